# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Checks of what callers send: types, lengths and formats, without Odoo.

The public methods declare their arguments by annotations; :func:`checked` holds a call against
them, so that a wrong type never reaches the ORM or PostgreSQL.
"""

import datetime
import inspect
import math
import re
import types
import typing
from typing import Annotated

SHORT_TEXT = 255
INT_MAX = 2**31 - 1
LIST_MAX = 1000
# More than a file may have, so that a file too large is told as such; what is larger still, no server takes in.
CONTENT_MAX = 140_000_000

SURROGATE = re.compile("[\ud800-\udfff]")

LongText = Annotated[str, 10_000]
Content = Annotated[str, CONTENT_MAX]


class InvalidArgument(ValueError):
    """A value that cannot be taken; ``name`` is the argument, ``problem`` one of PROBLEMS."""

    PROBLEMS = ("missing", "unexpected", "type", "too_long", "format", "range")

    def __init__(self, name: str, problem: str):
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem


def checked(signature: inspect.Signature, hints: dict, args: tuple, kwargs: dict) -> dict:
    """Bind a call to a signature and check each value against its annotation.

    :param signature: of the method without ``self``
    :param hints: annotations by parameter name, as ``typing.get_type_hints(include_extras=True)``
    :return: all arguments by name, ``False`` taken as ``None`` where the annotation allows None
    :raise InvalidArgument: missing, unexpected, of a wrong type, too long or out of range
    """
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        raise InvalidArgument(_misfit(signature, args, kwargs), _misfit_kind(signature, args, kwargs)) from None
    bound.apply_defaults()
    return {
        name: check_value(value, hints[name], name) if name in hints else value
        for name, value in bound.arguments.items()
    }


def _misfit(signature: inspect.Signature, args: tuple, kwargs: dict) -> str:
    names = list(signature.parameters)
    if len(args) > len(names):
        return "arguments"
    unexpected = [name for name in kwargs if name not in names[len(args) :]]
    if unexpected:
        return str(unexpected[0])[:SHORT_TEXT]
    return next(
        (
            name
            for name, parameter in list(signature.parameters.items())[len(args) :]
            if parameter.default is parameter.empty and name not in kwargs
        ),
        "arguments",
    )


def _misfit_kind(signature: inspect.Signature, args: tuple, kwargs: dict) -> str:
    known = len(args) <= len(signature.parameters) and set(kwargs) <= set(list(signature.parameters)[len(args) :])
    return "missing" if known else "unexpected"


def check_value(value, hint, name: str):
    """Return the value as the annotation wants it.

    :raise InvalidArgument: see :func:`checked`
    """
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(hint)
        # XML-RPC has no null: clients send False for "not given".
        if type(None) in options and (value is None or (value is False and bool not in options)):
            return None
        return check_value(value, next(option for option in options if option is not type(None)), name)
    if origin is Annotated:
        base, limit = typing.get_args(hint)[:2]
        return _text(value, name, limit) if base is str else check_value(value, base, name)
    if hint is str:
        return _text(value, name, SHORT_TEXT)
    if origin is list or hint is list:
        if not isinstance(value, list | tuple):
            raise InvalidArgument(name, "type")
        if len(value) > LIST_MAX:
            raise InvalidArgument(name, "too_long")
        inner = typing.get_args(hint)
        return [check_value(item, inner[0], name) for item in value] if inner else list(value)
    if origin is dict or hint is dict:
        if not isinstance(value, dict):
            raise InvalidArgument(name, "type")
        return value
    return _scalar(value, hint, name)


def _text(value, name: str, limit: int) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(name, "type")
    if len(value) > limit:
        raise InvalidArgument(name, "too_long")
    # PostgreSQL stores neither NUL nor lone surrogates. Files come as millions of ASCII letters.
    if "\x00" in value or (not value.isascii() and SURROGATE.search(value)):
        raise InvalidArgument(name, "format")
    return value


def _scalar(value, hint, name: str):
    if hint is bool:
        if not isinstance(value, bool):
            raise InvalidArgument(name, "type")
    elif hint is int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidArgument(name, "type")
        if abs(value) > INT_MAX:
            raise InvalidArgument(name, "range")
    elif hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidArgument(name, "type")
        if not math.isfinite(value):
            raise InvalidArgument(name, "range")
        return float(value)
    return value


def check_item(item, required: dict, optional: dict, name: str) -> dict:
    """Check one dictionary of a list argument, e.g. a component.

    :param required: annotation by key; ``optional`` likewise
    :return: every known key, missing optional ones as None
    :raise InvalidArgument: with ``name`` as ``<list>.<key>``
    """
    if not isinstance(item, dict):
        raise InvalidArgument(name, "type")
    unexpected = [key for key in item if key not in required and key not in optional]
    if unexpected:
        raise InvalidArgument(f"{name}.{str(unexpected[0])[:50]}", "unexpected")
    missing = [key for key in required if key not in item]
    if missing:
        raise InvalidArgument(f"{name}.{missing[0]}", "missing")
    taken = {key: check_value(item[key], hint, f"{name}.{key}") for key, hint in required.items()}
    for key, hint in optional.items():
        value = item.get(key)
        absent = value is None or (value is False and hint is not bool)
        taken[key] = None if absent else check_value(value, hint, f"{name}.{key}")
    return taken


def parse_day(value: str, name: str) -> datetime.date:
    """Read ``YYYY-MM-DD``.

    :raise InvalidArgument: format
    """
    try:
        if len(value) != 10:
            raise ValueError
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise InvalidArgument(name, "format") from None


def parse_moment(value: str, name: str) -> datetime.datetime:
    """Read ``YYYY-MM-DD HH:MM:SS``, UTC, as a naive datetime.

    :raise InvalidArgument: format
    """
    try:
        return datetime.datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise InvalidArgument(name, "format") from None
