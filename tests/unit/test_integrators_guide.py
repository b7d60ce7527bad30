# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The guide's table of methods is what the sources declare."""

import ast

from conftest import ADDONS

GUIDE = ADDONS.parent / "docs" / "integrators.md"
ORDER = ("dvc_account", "dvc_dossier", "dvc_wallet", "dvc_result")


def _model(definition: ast.ClassDef) -> str:
    return next(
        line.value.value
        for line in definition.body
        if isinstance(line, ast.Assign)
        and line.targets[0].id in ("_name", "_inherit")
        and isinstance(line.value, ast.Constant)
    )


def _row(model: str, method: ast.FunctionDef, gate: ast.Call) -> str:
    roles = ", ".join(role.value for role in gate.args) or "everybody"
    names = method.args.args[1:]
    defaults = [None] * (len(names) - len(method.args.defaults)) + method.args.defaults
    given = [
        name.arg + (f"={ast.unparse(value)}" if value else "") for name, value in zip(names, defaults, strict=True)
    ]
    given += [
        f"{name.arg}={ast.unparse(value)}"
        for name, value in zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True)
    ]
    arguments = ", ".join((["*ids*"] if gate.keywords else []) + ([f"`{', '.join(given)}`"] if given else []))
    summary = ast.get_docstring(method).splitlines()[0].rstrip(".")
    return f"| `{model}.{method.name}` | {arguments} | {roles} | {summary} |"


def table() -> list[str]:
    """Return the rows of all methods behind ``@contract``; an extended one as the last addon declares it."""
    rows = {}
    for addon in ORDER:
        for path in sorted((ADDONS / addon / "models").glob("*.py")):
            for definition in ast.parse(path.read_text()).body:
                for method in getattr(definition, "body", []):
                    for gate in getattr(method, "decorator_list", []):
                        if isinstance(gate, ast.Call) and getattr(gate.func, "id", "") == "contract":
                            model = _model(definition)
                            rows[f"{model}.{method.name}"] = _row(model, method, gate)
    # What only the board and buttons call is no method of integrators.
    rows.pop("dvc.dossier.board_move")
    return [rows[name] for name in sorted(rows) if not name.rpartition(".")[2].startswith("action_")]


def test_the_guide_lists_the_methods():
    shown = GUIDE.read_text().partition("<!-- methods:begin -->\n")[2].partition("<!-- methods:end -->")[0]
    wanted = ["| method | arguments | who | what |", "|---|---|---|---|", *table()]
    assert shown.splitlines() == wanted, "\n".join(wanted)
