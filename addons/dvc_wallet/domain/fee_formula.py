# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a fee comes to, and how: every amount can be explained to the one who pays it.

Explanations are Vietnamese, as they are printed on official papers.
"""

from dataclasses import asdict, dataclass

FIXED, PER_COPY, PER_PAGE = "fixed", "per_copy", "per_page"


@dataclass(frozen=True)
class FeeRule:
    """One fee as the law sets it, in whole đồng.

    :param amount: of a case, of a copy, or of each of the first pages
    :param first_pages: pages that cost ``amount`` each
    :param next_amount: of each further page
    :param cap: most that one copy may cost; 0: no limit
    """

    code: str
    name: str
    kind: str
    amount: int
    first_pages: int = 0
    next_amount: int = 0
    cap: int = 0

    def as_dict(self) -> dict:
        """Return the rule as a dossier keeps it: ``FeeRule(**kept)`` is the rule again."""
        return asdict(self)


@dataclass(frozen=True)
class FeeLine:
    """One line of what is to be paid."""

    code: str
    name: str
    amount: int
    explanation: str

    def as_dict(self) -> dict:
        """Return the line as the hooks and the receipts keep it."""
        return {
            "code": self.code,
            "name": self.name,
            "amount": float(self.amount),
            "explanation": self.explanation,
        }


def dong(amount: int) -> str:
    """Return ``8.000 đ``."""
    return f"{amount:,} đ".replace(",", ".")


def per_copy_of_pages(rule: FeeRule, pages: int) -> tuple[int, str]:
    """Return what one copy of so many pages costs, and why (Thông tư 226/2016/TT-BTC)."""
    first = min(pages, rule.first_pages)
    rest = pages - first
    amount = first * rule.amount + rest * rule.next_amount
    parts = [f"{first} trang × {dong(rule.amount)}"] if first else []
    if rest:
        parts.append(f"{rest} trang × {dong(rule.next_amount)}")
    explanation = " + ".join(parts)
    if rule.cap and amount > rule.cap:
        return rule.cap, f"{explanation} = {dong(amount)}, tối đa {dong(rule.cap)}"
    return amount, explanation


def compute(rule: FeeRule, copies: int = 1, pages: int = 1) -> FeeLine:
    """Return the line that a rule gives.

    :param copies: at least 1
    :param pages: of the original, at least 1
    :raise ValueError: no copies, no pages, or a kind that does not exist
    """
    if copies < 1 or pages < 1:
        raise ValueError("A fee counts at least one copy of one page.")
    if rule.kind == FIXED:
        return FeeLine(rule.code, rule.name, rule.amount, f"1 trường hợp × {dong(rule.amount)}")
    if rule.kind == PER_COPY:
        return FeeLine(rule.code, rule.name, copies * rule.amount, f"{copies} bản × {dong(rule.amount)}")
    if rule.kind == PER_PAGE:
        one, why = per_copy_of_pages(rule, pages)
        return FeeLine(rule.code, rule.name, copies * one, f"{copies} bản × ({why})")
    raise ValueError(f"No such kind of fee: {rule.kind}")


def share(lines: list[dict], before: int, amount: int) -> list[dict]:
    """Return the lines of a payment that does not cover all: what it pays of each, so that they sum to it.

    :param lines: of the whole fee, as ``FeeLine.as_dict`` gives them
    :param before: what was paid of them, from the first line on
    :param amount: what is paid now
    """
    shared = []
    for line in lines:
        whole = int(line["amount"])
        paid = min(before, whole)
        now = min(amount, whole - paid)
        before, amount = before - paid, amount - now
        if now == whole:
            shared.append(line)
        elif now:
            why = f"{line['explanation']} = {dong(whole)}, lần này thu {dong(now)}"
            shared.append({**line, "amount": float(now), "explanation": why})
    return shared
