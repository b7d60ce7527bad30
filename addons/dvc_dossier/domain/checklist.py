# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Which components a submission must have."""

from collections.abc import Collection, Mapping


def unknown(given: Collection[str], catalogue: Collection[str]) -> list[str]:
    """Return the codes that the procedure does not have."""
    return sorted(set(given) - set(catalogue))


def missing(given: Collection[str], required: Collection[str], instead_of: Mapping[str, str]) -> list[str]:
    """Return the required codes that are neither given nor replaced by an alternative.

    :param instead_of: the code that an alternative replaces, by the alternative's code
    """
    replaced = {instead_of[code] for code in given if instead_of.get(code)}
    return [code for code in required if code not in given and code not in replaced]
