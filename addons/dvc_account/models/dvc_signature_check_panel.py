# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .. import signature_reasons
from ..contract import has_role
from ..exceptions import Refusal

RECHECK_ROLES = ("officer", "specialist", "leader")
HISTORY_MAX = 30


class DvcSignatureCheck(models.Model):
    """The panel that a file's verdict opens, and what can be done from it."""

    _inherit = "dvc.signature.check"

    account_id = fields.Many2one(
        "dvc.account", string="Whose file", index="btree_not_null", ondelete="restrict", help="As far as it was known."
    )
    sentence = fields.Char(string="What it means", compute="_compute_sentence")
    signers = fields.Char(compute="_compute_signers")
    panel_html = fields.Html(compute="_compute_panel_html", sanitize=False, string="Details")
    history_ids = fields.Many2many(
        "dvc.signature.check", string="All checks of this file", compute="_compute_history_ids"
    )
    can_check_again = fields.Boolean(compute="_compute_can_check_again")

    _at_idx = models.Index("(company_id, at)")

    @api.depends("reason", "verdict")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for check in self:
            check.sentence = signature_reasons.sentence(self.env, check.reason or "", check.verdict or "")

    @api.depends("signatures")
    def _compute_signers(self):
        for check in self:
            names = (line.get("signer") for line in check.signatures or [])
            check.signers = ", ".join(dict.fromkeys(filter(None, names)))

    @api.depends("signatures", "reason")
    @api.depends_context("lang")
    def _compute_panel_html(self):
        for check in self:
            check.panel_html = self.env["ir.qweb"]._render("dvc_account.signature_sheet", {"sheet": check._sheet()})

    @api.depends("sha256")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_history_ids(self):
        for check in self:
            check.history_ids = self.search([("sha256", "=", check.sha256)], limit=HISTORY_MAX)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can_check_again(self):
        may = has_role(self.env, *RECHECK_ROLES)
        for check in self:
            check.can_check_again = may and bool(check._file_holder())

    def _file_holder(self):
        """Hook: return the record that the caller may read and that keeps the checked file; empty: none does.

        It has a method ``_check_again(check)``, which checks the file anew and returns the evidence.
        """
        return self.browse()

    def action_check_again(self) -> dict:
        """Check the file again by today's trust; the earlier evidence stays.

        :raise AccessError: neither an officer nor a specialist nor a leader, or another agency's
        :raise Refusal: signature.file_gone: only its evidence is kept
        """
        self.ensure_one()
        if not has_role(self.env, *RECHECK_ROLES):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        holder = self._file_holder()
        if not holder:
            raise Refusal(
                "signature.file_gone",
                self.env._("The file itself is not kept here, only the evidence. Hand the file in again to check it."),
            )
        new = holder._check_again(self)
        self._note_check_again(new)
        return self.browse(new.id)._panel_action()

    def _note_check_again(self, new) -> None:
        self.env["dvc.journal"]._log(
            "signature.checked_again",
            record=new,
            # The journal names whose file it is, which the one who checks need not read.
            account=new.sudo().account_id,
            detail={"before": self.verdict, "after": new.verdict, "sha256": new.sha256},
        )

    def _panel_action(self) -> dict:
        """Return what opens the panel."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check of the signatures"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("dvc_account.dvc_signature_check_view_form_dialog").id, "form")],
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    def action_open_panel(self) -> dict:
        """Open the panel from a list."""
        self.check_access("read")
        return self._panel_action()
