# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Template databases for the tests: each grows from another, so that one-by-one installation is tested on the way."""

import threading
from dataclasses import dataclass

from . import databases, odoo_source
from .scores import Score
from .settings import ADDONS, Settings
from .steps import Failure, Stamp, timed

BASE = ("base", "web", "portal", "mail", "resource", "sms", "auth_totp", "payment")
DEMO = ("--with-demo", f"--load-language={databases.LANGUAGE}")


ONE_AT_A_TIME = threading.Lock()  # test layers that run side by side share templates


@dataclass(frozen=True)
class Stage:
    """A template: the one it grows from, and the modules it adds to it."""

    parent: str | None
    modules: tuple[str, ...]
    options: tuple[str, ...] = ()
    assets: bool = False


STAGES = {
    "base": Stage(None, BASE, assets=True),
    "account": Stage("base", ("dvc_account",)),
    "dossier": Stage("account", ("dvc_dossier",)),
    "wallet": Stage("dossier", ("dvc_wallet",)),
    "result": Stage("dossier", ("dvc_result",)),
    "all": Stage("wallet", ("dvc_result",)),
    "demo": Stage(None, ADDONS, DEMO, assets=True),
}


def _name(settings: Settings, stage: str) -> str:
    return f"dvct_{settings.key}_{stage}"


def _addons(stage: str) -> tuple[str, ...]:
    """Return our addons that a stage is made from."""
    own = tuple(module for module in STAGES[stage].modules if module in ADDONS)
    parent = STAGES[stage].parent
    return (*_addons(parent), *own) if parent else own


def ensure(settings: Settings, stage: str) -> str:
    """Return a template's name; it is built where its sources have changed, one template at a time.

    :raise Failure: it cannot be installed, or the installation warns
    """
    with ONE_AT_A_TIME:
        return _ensure(settings, stage)


def _ensure(settings: Settings, stage: str) -> str:
    name, wanted = _name(settings, stage), STAGES[stage]
    inputs = f"{odoo_source.python_path(settings)} {wanted} {databases.sources(_addons(stage))}"
    stamp = Stamp(settings.home, f"database-{name}", inputs)
    if stamp.fresh() and databases.exists(settings, name):
        return name
    stamp.clear()
    source = _ensure(settings, wanted.parent) if wanted.parent else None
    log = settings.log(f"template-{stage}")
    log.unlink(missing_ok=True)
    with timed(f"template database {stage}"):
        part = f"{name}_setup"
        if source:
            databases.clone(settings, source, part)
        else:
            databases.create(settings, part)
        databases.install(settings, part, wanted.modules, *wanted.options, log=log.stem)
        if wanted.assets:
            databases.pregenerate_assets(settings, part, log.stem)
        databases.rename(settings, part, name)
    score = Score()
    score.add_log(f"template {stage}", log)
    if score.complaints:
        raise Failure("\n".join(score.complaints))
    stamp.set()
    return name


def scratch(settings: Settings, stage: str, purpose: str) -> str:
    """Return a clone of a template that is there, for one use."""
    name = f"{_name(settings, stage)}_{purpose}"
    databases.clone(settings, _name(settings, stage), name)
    return name
