# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Which components a submission must have."""

from collections.abc import Collection, Mapping


def unknown(given: Collection[str], catalogue: Collection[str]) -> list[str]:
    """Return the codes that the procedure does not have."""
    return sorted(set(given) - set(catalogue))


def missing(
    given: Collection[str],
    required: Collection[str],
    instead_of: Mapping[str, str],
    declarations: Collection[str] = (),
    has_form: bool = False,
) -> list[str]:
    """Return the required codes that are neither given nor replaced.

    :param given: codes handed in
    :param required: codes the procedure demands
    :param instead_of: the code that an alternative replaces, by the alternative's code
    :param declarations: codes of the declarations, whose place the electronic form may take
    :param has_form: the electronic form was filled in
    """
    present = set(given) | {instead_of[code] for code in given if instead_of.get(code)}
    if has_form:
        present |= set(declarations)
    return [code for code in required if code not in present]


def unanswered(asked: Collection[str], given: Collection[str], instead_of: Mapping[str, str]) -> list[str]:
    """Return the codes asked for that neither they nor an alternative of theirs answers."""
    present = set(given) | {instead_of[code] for code in given if instead_of.get(code)}
    return [code for code in asked if code not in present]
