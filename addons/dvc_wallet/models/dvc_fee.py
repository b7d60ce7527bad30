# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..domain import fee_formula


class DvcFee(models.Model):
    """What a procedure costs: a rule of the law, or of one agency, with the days on which it holds."""

    _name = "dvc.fee"
    _description = "Fee"
    _inherit = ["mail.thread"]
    _order = "procedure_id, sequence, valid_from desc, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    procedure_id = fields.Many2one("dvc.procedure", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(
        "res.company",
        string="Agency",
        index="btree_not_null",
        default=lambda self: self._default_company(),
        help="Empty: all agencies. An agency's own fee replaces the general one of the same code.",
    )
    code = fields.Char(required=True, help="The same code on receipts, in reports and in the catalogue.")
    name = fields.Char(required=True, tracking=True)
    kind = fields.Selection(
        [("fixed", "Per case"), ("per_copy", "Per copy"), ("per_page", "Per page")],
        required=True,
        default="fixed",
        tracking=True,
    )
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.ref("base.VND"))
    amount = fields.Monetary(required=True, default=0.0, tracking=True, help="Of a case, a copy, or each first page.")
    first_pages = fields.Integer(default=2, help="Pages of a copy that cost the amount each.")
    next_amount = fields.Monetary(required=True, default=0.0, help="Of each further page.")
    cap = fields.Monetary(string="Most per copy", required=True, default=0.0, help="0: no limit.")
    valid_from = fields.Date(required=True, default="2016-01-01", tracking=True)
    valid_to = fields.Date(tracking=True)
    legal_basis = fields.Char(tracking=True)
    note = fields.Char(help="What is still to be checked or decided about this fee.")

    _whole = models.Constraint(
        "CHECK (amount >= 0 AND next_amount >= 0 AND cap >= 0 AND amount = trunc(amount)"
        " AND next_amount = trunc(next_amount) AND cap = trunc(cap) AND first_pages >= 0)",
        "Fees are whole đồng and not negative.",
    )
    _days = models.Constraint("CHECK (valid_to IS NULL OR valid_to >= valid_from)", "The fee ends before it begins.")
    _code_uniq = models.UniqueIndex(
        "(procedure_id, (COALESCE(company_id, 0)), code, valid_from) WHERE active",
        "This fee begins on this day already.",
    )

    def write(self, vals):
        done = super().write(vals)
        # Rules look at a record before it is changed: nobody may hand their fee to all agencies, or to another.
        if "company_id" in vals:
            self.check_access("write")
        return done

    @api.model
    def _default_company(self):
        """Return the user's agency; none for those who may enter fees of all agencies."""
        shared = self.env.su or self.env.user.has_group("base.group_system")
        return self.env["res.company"] if shared else self.env.company

    def _rule(self) -> fee_formula.FeeRule:
        """Return the rule as the formula takes it."""
        self.ensure_one()
        return fee_formula.FeeRule(
            code=self.code,
            name=self.name,
            kind=self.kind,
            amount=int(self.amount),
            first_pages=self.first_pages,
            next_amount=int(self.next_amount),
            cap=int(self.cap),
        )

    @api.model
    def _in_force(self, procedure, company, day):
        """Return the fees of a procedure at an agency on a day: its own before the general ones.

        :param company: may be empty: the general fees
        :param day: date in Vietnam's time
        """
        chosen = {}
        # In falling order of the first day: a newer fee of the same code ends an older one.
        for fee in procedure.fee_ids.sorted(lambda fee: (not fee.company_id, -fee.valid_from.toordinal())):
            holds = fee.valid_from <= day and (not fee.valid_to or day <= fee.valid_to)
            if holds and (not fee.company_id or fee.company_id == company):
                chosen.setdefault(fee.code, fee)
        return self.browse(fee.id for fee in chosen.values()).sorted("sequence")
