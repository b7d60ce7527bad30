# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_dossier.domain import states
from odoo.addons.dvc_dossier.models.dvc_dossier import DvcDossier as Dossier

from ..domain import fee_formula
from .dvc_wallet_transfer import PAYMENTS

# In these nothing is asked for any more.
CLOSED = frozenset({states.REFUSED, states.WITHDRAWN, states.STOPPED, states.RETURNED})


class DvcDossier(models.Model):
    """What a dossier costs; who pays it and how: dvc_dossier_payment."""

    _inherit = "dvc.dossier"
    _guarded_fields = Dossier._guarded_fields | {"fee_rules"}

    fee_rules = fields.Json(
        readonly=True, copy=False, help="The fees as they were at the submission: a later change alters no promise."
    )
    fee_pages = fields.Integer(
        string="Pages of the original", default=1, copy=False, help="Certified copies are paid by the original's pages."
    )
    fee_total = fields.Monetary(string="Fee", compute="_compute_fee")
    fee_explanation = fields.Text(string="How the fee is counted", compute="_compute_fee")
    transfer_ids = fields.One2many("dvc.wallet.transfer", "dossier_id", string="Transfers", readonly=True)
    receipt_ids = fields.One2many("dvc.receipt", "dossier_id", string="Receipts", readonly=True)
    hold_ids = fields.One2many("dvc.wallet.hold", "dossier_id", string="Holds", readonly=True)
    receipt_count = fields.Integer(compute="_compute_receipt_count")

    _fee_pages_positive = models.Constraint(
        "CHECK (fee_pages IS NULL OR fee_pages BETWEEN 1 AND 100000)", "An original has at least one page."
    )

    def _compute_fee(self):
        for dossier in self:
            lines = dossier._fee_lines()
            dossier.fee_total = sum(line["amount"] for line in lines)
            dossier.fee_explanation = "\n".join(f"{line['name']}: {line['explanation']}" for line in lines)

    def _compute_fee_due(self):
        dues = self._fee_dues()
        for dossier in self:
            dossier.fee_due = dues[dossier.id]

    def _compute_receipt_count(self):
        counts = dict(
            self.env["dvc.receipt"]._read_group([("dossier_id", "in", self.ids)], ["dossier_id"], ["__count"])
        )
        for dossier in self:
            dossier.receipt_count = counts.get(dossier, 0)

    def write(self, vals):
        fixed = (states.DRAFT, states.SUBMITTED)
        if "fee_pages" in vals and not self._is_flow() and any(dossier.state not in fixed for dossier in self):
            raise Refusal("wallet.fee_fixed", self.env._("The fee is fixed once the dossier is received."))
        return super().write(vals)

    def _fee_lines(self):
        self.ensure_one()
        # Fees are public; citizens may not read the tables behind them.
        dossier_sudo = self.sudo()
        lines = [
            fee_formula.compute(rule, max(dossier_sudo.copies, 1), max(dossier_sudo.fee_pages, 1))
            for rule in dossier_sudo._fee_rules()
        ]
        return super()._fee_lines() + [line.as_dict() for line in lines if line.amount]

    def _fee_rules(self) -> list[fee_formula.FeeRule]:
        """Return the rules the fee follows: those kept at the submission, before it those in force; in sudo."""
        if self.fee_rules:
            return [fee_formula.FeeRule(**kept) for kept in self.fee_rules["rules"]]
        fees = self.env["dvc.fee"]._in_force(self.procedure_id, self.company_id, self._fee_day())
        return [fee._rule() for fee in fees]

    def _keep_fee_rules(self) -> None:
        """Keep the rules in force; in sudo."""
        # In a dictionary: Odoo keeps an empty list as nothing, and free of charge is a promise too.
        self._in_flow().write({"fee_rules": {"rules": [rule.as_dict() for rule in self._fee_rules()]}})

    def _fee_day(self):
        """Return the day whose fees hold: that of the submission, in Vietnam's time."""
        local = self.with_context(tz="Asia/Ho_Chi_Minh")
        return fields.Datetime.context_timestamp(local, self.submitted_at or fields.Datetime.now()).date()

    def _fee_due(self):
        self.ensure_one()
        return super()._fee_due() + self._fee_dues()[self.id]

    def _fee_dues(self) -> dict[int, float]:
        """Return what is still to be paid by dossier id."""
        # What is due is told to all who may read the dossier.
        dossiers_sudo = self.sudo()
        asked = dossiers_sudo.filtered(
            lambda dossier: dossier.state not in CLOSED and (not dossier.received_at or dossier.procedure_id.fee_after)
        )
        unpaid = asked._fee_unpaid()
        return {dossier_id: unpaid.get(dossier_id, 0.0) for dossier_id in self._ids}

    def _fee_unpaid(self) -> dict[int, float]:
        """Return the fee less what was paid by dossier id, whatever the state; in sudo."""
        fees = {dossier: sum(line["amount"] for line in dossier._fee_lines()) for dossier in self}
        paid = self.browse(dossier.id for dossier, fee in fees.items() if fee)._fee_paid()
        return {dossier.id: max(fee - paid.get(dossier, 0.0), 0.0) for dossier, fee in fees.items()}

    def _fee_paid(self) -> dict:
        """Return what was paid by dossier; in sudo."""
        if not self:
            return {}
        return dict(
            self.env["dvc.wallet.transfer"]._read_group(
                [("dossier_id", "in", self.ids), ("kind", "in", PAYMENTS)], ["dossier_id"], ["amount:sum"]
            )
        )

    def _needs_payment_first(self):
        due = self._fee_due()
        # The fee waits after reception where the procedure says so, and not at all where enough is held.
        return super()._needs_payment_first() or (
            due > 0 and not self.procedure_id.fee_after and self._held_fee().amount < due
        )

    def _release_blockers(self):
        blockers = super()._release_blockers()
        if self.procedure_id.fee_after and self._fee_due():
            blockers.append(
                Refusal("wallet.fee_unpaid", self.env._("The fee must be paid before the result is given."))
            )
        return blockers

    def action_open_receipts(self) -> dict:
        """Open the dossier's receipts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_wallet.dvc_receipt_action")
        return {**action, "domain": [("dossier_id", "=", self.id)], "context": {}}
