# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A result's life. ``signed`` counts as an answer; ``issued`` has left the office."""

DRAFT, TO_SIGN, SIGNED, ISSUED, REPLACED, REVOKED = "draft", "to_sign", "signed", "issued", "replaced", "revoked"

STATES = (DRAFT, TO_SIGN, SIGNED, ISSUED, REPLACED, REVOKED)

# In force: what the office answers for and the public page calls valid.
IN_FORCE = frozenset({SIGNED, ISSUED})

# Out of force: no longer counts for the dossier, stays on record.
OUT_OF_FORCE = frozenset({REPLACED, REVOKED})

MOVES = frozenset(
    {
        (DRAFT, TO_SIGN),
        (DRAFT, SIGNED),
        (DRAFT, REVOKED),
        (TO_SIGN, SIGNED),
        (TO_SIGN, REVOKED),
        (SIGNED, ISSUED),
        (SIGNED, REVOKED),
        (ISSUED, REPLACED),
        (ISSUED, REVOKED),
        (REVOKED, REPLACED),
    }
)


def may_move(source: str, target: str) -> bool:
    """Tell whether a result may go from one state to another."""
    return (source, target) in MOVES


def complete(states) -> bool:
    """Tell whether a dossier's results answer it: at least one in force, none waiting."""
    counted = [state for state in states if state not in OUT_OF_FORCE]
    return bool(counted) and all(state in IN_FORCE for state in counted)
