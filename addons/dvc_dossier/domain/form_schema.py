# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The fields of an electronic form: a list of ``{name, label, type, required}``."""

import datetime
import re

TYPES = ("text", "date", "integer", "boolean", "citizen_id")
TEXT_MAX = 2000
CITIZEN_ID = re.compile(r"\d{12}", re.ASCII)


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
    if not isinstance(value, str) or len(value) > TEXT_MAX or not _is_clean(value):
        return False
    if kind == "citizen_id":
        return bool(CITIZEN_ID.fullmatch(value.strip()))
    if kind == "date":
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            return False
    return True


def _is_clean(text: str) -> bool:
    """Tell whether PostgreSQL can keep a text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def citizen_ids(schema: list[dict], values: dict) -> dict[str, str]:
    """Return the identity numbers in a form, by field."""
    names = [field["name"] for field in schema if field.get("type") == "citizen_id"]
    return {name: values[name].strip() for name in names if isinstance(values.get(name), str) and values[name].strip()}


def lines(schema: list[dict], values: dict) -> list[tuple[str, str]]:
    """Return label and text of what was filled in, in the form's order; dates as they are written in Vietnam."""
    found = []
    for field in schema:
        value = values.get(field["name"])
        if value is None or value is False or value == "":
            continue
        if field.get("type") == "date":
            value = f"{datetime.date.fromisoformat(value):%d/%m/%Y}"
        found.append((field.get("label") or field["name"], "✓" if value is True else str(value)))
    return found
