# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..contract import has_role
from ..domain import masking

OUTCOMES = [
    ("valid", "Valid"),
    ("invalid", "Not valid"),
    ("unknown", "Not determined"),
]
ROLES = ("officer", "specialist")


class DvcSignatureOpinion(models.Model):
    """What the national checking page said of a file: shown beside our verdict, and never in its place."""

    _name = "dvc.signature.opinion"
    _description = "Second opinion on a signature"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _rec_name = "outcome"
    _log_access = False

    at = fields.Datetime(string="Looked up on", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", string="Looked up by", required=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", string="Agency", required=True, index=True, ondelete="restrict")
    check_id = fields.Many2one("dvc.signature.check", required=True, index=True, ondelete="restrict")
    sha256 = fields.Char(required=True, index=True, help="Of the file: it counts for each check of the same bytes.")
    outcome = fields.Selection(OUTCOMES, required=True)
    note = fields.Text()
    attachment_id = fields.Many2one("ir.attachment", string="Picture of the page", ondelete="restrict")

    @api.model
    def _add(self, check, outcome: str, note: str, files: list[tuple[str, bytes]]):
        """Keep what the national page said of a check's file.

        :param check: dvc.signature.check that the caller may read
        :param outcome: of OUTCOMES
        :param files: name and bytes of a picture of the page, at most one
        :raise AccessError: neither an officer nor a specialist, or another agency's check
        """
        if not has_role(self.env, *ROLES):
            raise AccessError(self.env._("Your role does not allow this operation."))
        check.check_access("read")
        # Nobody has the right to write opinions: role and agency were checked.
        opinions_sudo = self.sudo()
        attachment_sudo = opinions_sudo.env["ir.attachment"].create(
            [{"name": name, "raw": data, "res_model": self._name} for name, data in files[:1]]
        )
        opinion_sudo = opinions_sudo.create(
            [
                {
                    "user_id": self.env.uid,
                    "company_id": (check.company_id or self.env.company).id,
                    "check_id": check.id,
                    "sha256": check.sha256,
                    "outcome": outcome,
                    "note": masking.in_text(note or "") or False,
                    "attachment_id": attachment_sudo.id,
                }
            ]
        )
        # Whoever may read the opinion may open its picture.
        attachment_sudo.res_id = opinion_sudo.id
        self.env["dvc.journal"]._log(
            "signature.opinion_added",
            record=opinion_sudo,
            # The journal names whose file it is, which the one who writes need not read.
            account=check.sudo().account_id,
            detail={"outcome": outcome, "verdict": check.verdict, "sha256": check.sha256},
        )
        return self.browse(opinion_sudo.id)

    def _personal_subject(self) -> tuple:
        """Return whose data the picture holds: account, dossier's code, what it is called; in sudo."""
        return self.check_id.account_id, "", self.check_id.filename or ""

    def action_open_picture(self) -> dict:
        """Open the picture of the page in a tab."""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.attachment_id.id}", "target": "new"}


class DvcSignatureCheck(models.Model):
    _inherit = "dvc.signature.check"

    opinion_ids = fields.Many2many(
        "dvc.signature.opinion",
        string="Second opinions",
        compute="_compute_opinion_ids",
        help="What the national checking page said of the same file; it changes no verdict.",
    )

    @api.depends("sha256")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_opinion_ids(self):
        found = self.env["dvc.signature.opinion"].search([("sha256", "in", self.mapped("sha256"))])
        by_file = found.grouped("sha256")
        for check in self:
            check.opinion_ids = by_file.get(check.sha256, found.browse())

    def _opinion_lines(self):
        labels = dict(self.env["dvc.signature.opinion"]._fields["outcome"]._description_selection(self.env))
        return [
            (
                labels[opinion.outcome],
                f"{opinion.user_id.name}, {self._local_text(opinion.at)}",
                opinion.note or "",
            )
            for opinion in self.opinion_ids
        ]

    def action_add_opinion(self) -> dict:
        """Ask what the national checking page says of the file."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Second opinion"),
            "res_model": "dvc.signature.opinion.entry",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_check_id": self.id},
        }
