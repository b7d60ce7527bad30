# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The dossier's life: one table of states and moves, in one place.

National statuses are those of Thông tư 18/2019; ``draft`` has none.
"""

DRAFT, SUBMITTED, RECEIVED, REFUSED = "draft", "submitted", "received", "refused"
PROCESSING, SUPPLEMENT, PAYMENT = "processing", "supplement", "payment"
WITHDRAWN, STOPPED, DONE, RETURNED = "withdrawn", "stopped", "done", "returned"

NATIONAL_STATUS = {
    DRAFT: None,
    SUBMITTED: 1,
    RECEIVED: 2,
    REFUSED: 3,
    PROCESSING: 4,
    SUPPLEMENT: 5,
    PAYMENT: 6,
    WITHDRAWN: 7,
    STOPPED: 8,
    DONE: 9,
    RETURNED: 10,
}
STATES = tuple(NATIONAL_STATUS)

# (from, to): the verb that moves
TRANSITIONS = {
    (DRAFT, SUBMITTED): "submit",
    (SUBMITTED, RECEIVED): "receive",
    (SUBMITTED, PAYMENT): "receive",
    (SUBMITTED, REFUSED): "refuse",
    (RECEIVED, REFUSED): "refuse",
    (PROCESSING, REFUSED): "refuse",
    (SUBMITTED, SUPPLEMENT): "request_supplement",
    (RECEIVED, SUPPLEMENT): "request_supplement",
    (PROCESSING, SUPPLEMENT): "request_supplement",
    (SUPPLEMENT, SUBMITTED): "supplement",
    (SUPPLEMENT, RECEIVED): "supplement",
    (SUPPLEMENT, PROCESSING): "supplement",
    (PAYMENT, RECEIVED): "pay",
    (RECEIVED, PROCESSING): "start",
    (PROCESSING, DONE): "finish",
    (DONE, RETURNED): "return",
    (DONE, PROCESSING): "reopen",
    (DRAFT, WITHDRAWN): "withdraw",
    (SUBMITTED, WITHDRAWN): "withdraw",
    (RECEIVED, WITHDRAWN): "withdraw",
    (PROCESSING, WITHDRAWN): "withdraw",
    (SUPPLEMENT, WITHDRAWN): "withdraw",
    (PAYMENT, WITHDRAWN): "withdraw",
    (SUPPLEMENT, STOPPED): "stop",
    (PAYMENT, STOPPED): "stop",
    (PROCESSING, STOPPED): "stop",
}
# Who may make a move, besides the system itself; the citizen is always the owner.
ACTORS = {
    "submit": ("citizen", "integrator", "officer"),
    "receive": ("officer",),
    "refuse": ("officer", "specialist"),
    "request_supplement": ("officer", "specialist"),
    "supplement": ("citizen", "integrator", "officer"),
    "pay": ("citizen", "integrator", "officer"),
    "start": ("specialist",),
    "finish": ("leader",),
    "return": ("officer",),
    "reopen": ("leader", "manager"),
    "withdraw": ("citizen", "integrator", "officer"),
    "stop": ("officer", "manager"),
}
FINAL = frozenset(STATES) - {source for source, _target in TRANSITIONS}
# A specialist refuses and asks only after reception.
DESK_ONLY = frozenset({(SUBMITTED, REFUSED), (SUBMITTED, SUPPLEMENT)})
# The clock stands still.
STANDING = frozenset({SUPPLEMENT, PAYMENT})
OPEN = frozenset(STATES) - FINAL - {DRAFT}


def sources(verb: str) -> frozenset[str]:
    """Return the states from which a verb moves."""
    return frozenset(source for (source, _target), name in TRANSITIONS.items() if name == verb)


def verb_for(source: str, target: str) -> str | None:
    """Return the verb that moves from one state to another, or None."""
    return TRANSITIONS.get((source, target))


def mermaid() -> str:
    """Return the table as a Mermaid state picture."""
    lines = ["stateDiagram-v2", f"    [*] --> {DRAFT}"]
    lines += [f"    {source} --> {target}: {verb}" for (source, target), verb in TRANSITIONS.items()]
    lines += [f"    {state} --> [*]" for state in STATES if state in FINAL]
    return "\n".join(lines)
