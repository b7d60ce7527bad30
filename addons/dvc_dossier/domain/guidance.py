# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Guidance once: what a request for a supplement must say, and what it may not ask.

Sources: NĐ 61/2018/NĐ-CP Art. 11(2)(c), 19(4); NĐ 45/2020/NĐ-CP Art. 6(2)(b); the ward's announcement of 17/08/2023.
"""

from dataclasses import dataclass

SIGNED = frozenset({"valid", "amended"})


@dataclass(frozen=True)
class Item:
    """One component of a request, with what is known about it.

    ``verdict`` is the worst of the component's current files (None: no file), ``paper_rule`` the procedure's,
    ``exception`` tells that a provincial special rule from the manager's list covers it.
    """

    code: str
    instruction: str
    citizen_fault: str
    paper: bool
    paper_reason: str
    paper_rule: str
    exception: bool
    verdict: str | None
    in_vault: bool


@dataclass(frozen=True)
class Finding:
    """A rule that an item breaks; a manager may force those that can be forced."""

    code: str
    component: str
    forcible: bool


def findings(items: list[Item], round_number: int, too_late: bool) -> list[Finding]:
    """Return what stands against a request, in the order it is told."""
    if not items or any(not item.instruction.strip() for item in items):
        return [Finding("guidance.items_required", "", False)]
    found = []
    for item in items:
        if item.in_vault and not _lawful_paper(item):
            found.append(Finding("guidance.in_vault", item.code, False))
        elif item.paper:
            found.extend(_paper(item))
    if round_number > 1:
        found += [
            Finding("guidance.fault_required", item.code, True) for item in items if not item.citizen_fault.strip()
        ]
    if too_late:
        found.append(Finding("guidance.too_late", "", True))
    return found


def _lawful_paper(item: Item) -> bool:
    """Tell whether the law wants this paper itself, whatever the vault holds."""
    return item.paper and (item.exception or item.paper_rule == "original")


def _paper(item: Item) -> list[Finding]:
    if item.exception:
        return []
    if item.paper_rule == "original":
        return [] if item.paper_reason.strip() else [Finding("paper.reason_required", item.code, False)]
    # `archive` paper is collected when the result is handed over; unsigned files may be asked for on paper.
    if item.paper_rule == "archive" or item.verdict in SIGNED:
        return [Finding("paper.not_allowed", item.code, True)]
    return []
