# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The gate that every integrator method passes: who calls, on what, with what.

``@contract("officer", unknown="dossier.unknown")`` above a method makes it part of the contract
with integrators: its arguments are checked against the annotations, its caller against the
roles, its record against existence and the record rules, and a database constraint that fires
is translated into its refusal. Screens' buttons call the same methods.
"""

import contextlib
import functools
import inspect
import typing

import psycopg2

from odoo.exceptions import AccessError
from odoo.tools.translate import LazyTranslate

from .domain import arguments
from .exceptions import Refusal

_lt = LazyTranslate(__name__)

ROLES = {
    "citizen": "base.group_portal",
    "integrator": "dvc_account.group_integrator",
    "officer": "dvc_account.group_officer",
    "specialist": "dvc_account.group_specialist",
    "leader": "dvc_account.group_leader",
    "accountant": "dvc_account.group_accountant",
    "manager": "dvc_account.group_manager",
    "auditor": "dvc_account.group_auditor",
}

_PROBLEMS = {
    "missing": _lt("%(name)s is missing."),
    "unexpected": _lt("%(name)s is not an argument of this method."),
    "type": _lt("%(name)s has a wrong type."),
    "too_long": _lt("%(name)s is too long."),
    "format": _lt("%(name)s has a wrong format."),
    "range": _lt("%(name)s is out of range."),
}

_CONSTRAINTS: dict[str, tuple[str, object]] = {}


def constraint_refusal(constraint: str, code: str, message) -> None:
    """Tell which refusal a database constraint stands for.

    :param constraint: the constraint's or unique index's name in PostgreSQL
    :param code: the stable code
    :param message: a LazyTranslate term
    """
    _CONSTRAINTS[constraint] = (code, message)


def has_role(env, *roles: str) -> bool:
    """Tell whether the user of ``env`` has one of the roles (keys of ROLES)."""
    return any(env.user.has_group(ROLES[role]) for role in roles)


def invalid_input(env, error: arguments.InvalidArgument) -> Refusal:
    """Return the ``input.invalid`` refusal for a wrong argument."""
    # A lazy term takes its arguments when it is made, so the name goes in after translating.
    text = env._(_PROBLEMS[error.problem])
    return Refusal("input.invalid", text % {"name": error.name})


@contextlib.contextmanager
def refusals(env):
    """Turn wrong arguments and fired constraints into coded refusals."""
    try:
        yield
        env.flush_all()
    except arguments.InvalidArgument as error:
        raise invalid_input(env, error) from None
    except psycopg2.IntegrityError as error:
        known = _CONSTRAINTS.get(error.diag.constraint_name)
        if not known:
            raise
        code, message = known
        raise Refusal(code, env._(message)) from None


@contextlib.contextmanager
def own_transaction(env):
    """Give an environment on a connection of its own, committed on leaving.

    For what must survive the refusal that is about to roll the request back: attempt counters,
    the urgent signing request, the journal's line of a refused gate.
    """
    if not env.registry.ready:
        # While addons are installed, other connections do not see their tables yet.
        yield env
        return
    with env.registry.cursor() as cr:
        yield env(cr=cr)


def contract(*roles: str, unknown: str | None = None):
    """Make a model's method part of the contract with integrators.

    :param roles: keys of ROLES that may call; none: everybody
    :param unknown: for a method on one record, the code for an id that does not exist;
        None: a method of the model (``@api.model``)
    :raise Refusal: ``input.invalid``, ``call.one_record``, the ``unknown`` code
    :raise AccessError: the caller has none of the roles, or may not read the record
    """

    def decorate(method):
        full = inspect.signature(method)
        signature = full.replace(parameters=list(full.parameters.values())[1:])
        hints = typing.get_type_hints(method, include_extras=True)

        @functools.wraps(method)
        def gate(self, *args, **kwargs):
            with refusals(self.env):
                given = arguments.checked(signature, hints, args, kwargs)
                _check_caller(self.env, roles)
                if unknown:
                    _check_record(self, unknown)
                return method(self, **given)

        return gate

    return decorate


def _check_caller(env, roles: tuple[str, ...]) -> None:
    # su is never reachable from outside: it is our own code calling on somebody's behalf.
    if roles and not env.su and not has_role(env, *roles):
        raise AccessError(env._("Your role does not allow this operation."))


def _check_record(record, unknown: str) -> None:
    if len(record) != 1:
        raise Refusal("call.one_record", record.env._("Exactly one record is expected."))
    if type(record.id) is not int or not record.exists():
        raise Refusal(unknown, record.env._("This record does not exist."))
    record.check_access("read")
