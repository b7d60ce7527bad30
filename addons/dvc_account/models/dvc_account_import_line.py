# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

OUTCOMES = [
    ("new", "New account"),
    ("known_ref", "Known by its old account code"),
    ("known_number", "Known by its identification number"),
    ("known_phone", "Known by phone and name"),
    ("repeated", "Stands in the list twice"),
    ("error", "Cannot be taken"),
]
TEXTS = {
    "no_phone": _lt("The phone is missing."),
    "bad_phone": _lt("The phone is not a valid Vietnamese number."),
    "bad_number": _lt("The identification number is not right: it has 12 digits."),
    "bad_date": _lt("The card cannot have been issued on this day; write it as 31/12/2021."),
    "bad_email": _lt("The e-mail address is not right."),
    "bad_name": _lt("The name is too long or holds a number."),
    "bad_reference": _lt("The old account code is a phone or an identification number: use another code."),
    "formula": _lt("A cell holds a formula, which is not evaluated: paste its value."),
    "too_long": _lt("A cell holds too long a text."),
    "number_zeros": _lt("The zeros lost before the identification number were added."),
    "phone_zero": _lt("The zero lost before the phone was added."),
    "phone_prefix": _lt("The phone of 11 digits was brought to its number since 2018."),
    "date_number": _lt("The issue date stood there as a number of days."),
}


class DvcAccountImportLine(models.Model):
    """What becomes of one line of a list, with masked values only."""

    _name = "dvc.account.import.line"
    _description = "Line of an account import"
    _inherit = ["dvc.guarded"]
    _order = "import_id desc, row"
    _rec_name = "row"
    _guarded_fields = frozenset(
        """import_id company_id row outcome notes same_as_row account_id name_masked phone_masked
        citizen_id_masked email_masked external_ref""".split()
    )

    import_id = fields.Many2one("dvc.account.import", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="import_id.company_id", store=True, precompute=True, index=True)
    row = fields.Integer(string="Line", readonly=True, aggregator=None)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    notes = fields.Char(readonly=True, help="Codes of what is wrong and of what was repaired.")
    same_as_row = fields.Integer(string="Same as line", readonly=True, aggregator=None)
    explanation = fields.Char(compute="_compute_explanation")
    account_id = fields.Many2one("dvc.account", readonly=True, index="btree_not_null", ondelete="restrict")
    account_state = fields.Selection(related="account_id.state", string="Account's state")
    name_masked = fields.Char(string="Full name", readonly=True)
    phone_masked = fields.Char(string="Phone", readonly=True)
    citizen_id_masked = fields.Char(string="Identification number", readonly=True)
    email_masked = fields.Char(string="E-mail", readonly=True)
    external_ref = fields.Char(string="Old account code", readonly=True)

    _import_row_uniq = models.UniqueIndex("(import_id, row)", "This line has its report already.")

    @api.depends("notes", "same_as_row")
    def _compute_explanation(self):
        for line in self:
            codes = (line.notes or "").split(",")
            texts = [self.env._(TEXTS[code]) for code in codes if code in TEXTS]
            if line.same_as_row:
                texts.insert(0, self.env._("The same account as line %s.", line.same_as_row))
            line.explanation = " ".join(texts)

    def _forget(self) -> None:
        """Delete the lines: a report is made anew with each check and with the import."""
        # Nobody may delete lines; the caller passed the import's own gate.
        self.sudo().unlink()
