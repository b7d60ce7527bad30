# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The fields of an electronic form: a list of ``{name, label, type, required}``."""

import datetime

TYPES = ("text", "date", "integer", "boolean")
TEXT_MAX = 2000


def problems(schema: list[dict], values: dict) -> list[str]:
    """Return the names of the fields that are missing, unknown or of a wrong type."""
    known = {field["name"]: field for field in schema}
    found = [str(name)[:50] for name in values if name not in known]
    for name, field in known.items():
        value = values.get(name)
        empty = value is None or value is False or (isinstance(value, str) and not value.strip())
        if empty and field.get("type") != "boolean":
            if field.get("required"):
                found.append(name)
        elif value is not None and not _fits(value, field.get("type", "text")):
            found.append(name)
    return found


def _fits(value, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "boolean":
        return isinstance(value, bool)
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        return False
    if kind == "date":
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            return False
    return True
