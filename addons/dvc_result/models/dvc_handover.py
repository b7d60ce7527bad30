# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from odoo.addons.dvc_account.contract import invalid_input
from odoo.addons.dvc_account.domain.arguments import InvalidArgument
from odoo.addons.dvc_account.report import paper

from ..domain import result_code
from ..report import handover_receipt

SIGNATURE_MAX = 200_000
TRIES = 200
TIME_ZONE = "Asia/Ho_Chi_Minh"


class DvcHandover(models.Model):
    """A result handed over at the desk: to whom, when, by whom, which papers came back."""

    _name = "dvc.handover"
    _description = "Handover"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(required=True, help="Counted per agency and year.")
    sequence = fields.Integer(required=True)
    year = fields.Integer(required=True)
    company_id = fields.Many2one("res.company", string="Agency", required=True, index=True, ondelete="restrict")
    dossier_id = fields.Many2one("dvc.dossier", required=True, index=True, ondelete="restrict")
    result_id = fields.Many2one("dvc.result", required=True, index=True, ondelete="restrict")
    is_copy = fields.Boolean(string="Paper copy", help="On paper, of a result delivered electronically.")
    recipient_name = fields.Char(required=True)
    recipient_citizen_masked = fields.Char(string="Recipient's identity number")
    papers = fields.Json(string="Paper codes", help="Codes of the components collected or checked.")
    papers_text = fields.Char(compute="_compute_papers_text", string="Papers")
    signature = fields.Binary(attachment=True, help="Drawn by the recipient on a pad.")
    at = fields.Datetime(string="Handed over on", required=True)
    user_id = fields.Many2one("res.users", string="Handed over by", required=True, ondelete="restrict")
    attachment_id = fields.Many2one("ir.attachment", string="Receipt", required=True, ondelete="restrict")
    sha256 = fields.Char(string="SHA-256", help="Of the file handed over.")

    _number_uniq = models.UniqueIndex("(company_id, year, sequence)", "This handover number is already taken.")

    @api.depends("papers")
    def _compute_papers_text(self):
        for handover in self:
            handover.papers_text = ", ".join(handover.papers or [])

    @api.model
    def _issue(self, result, recipient_name: str, papers: list, signature, user, is_copy: bool):
        """Write a handover with the next number of the agency's year and its receipt.

        The number is taken by the INSERT itself: on a conflict the next one is tried.

        :param signature: base64 PNG or None
        """
        dossier = result.dossier_id
        now = fields.Datetime.now()
        year = fields.Datetime.context_timestamp(self.with_context(tz=TIME_ZONE), now).year
        values = {
            "year": year,
            "company_id": dossier.company_id.id,
            "dossier_id": dossier.id,
            "result_id": result.id,
            "is_copy": is_copy,
            "recipient_name": recipient_name,
            "recipient_citizen_masked": dossier.applicant_citizen_masked,
            "papers": papers,
            "signature": self._drawn(signature),
            "at": now,
            "user_id": user.id,
            "sha256": result.sha256,
        }
        last = self._read_group(
            [("company_id", "=", dossier.company_id.id), ("year", "=", year)], aggregates=["sequence:max"]
        )
        first = (last[0][0] or 0) + 1
        for sequence in range(first, first + TRIES):
            try:
                with self.env.cr.savepoint():
                    return self._write_down(values | {"sequence": sequence})
            except IntegrityError as error:
                if error.diag.constraint_name != "dvc_handover_number_uniq":
                    raise
        # Odoo runs the call again, on what the others have committed since.
        raise ConcurrencyError("dvc_handover_number_uniq")

    def _write_down(self, values: dict):
        number = result_code.handover_number(values["sequence"], values["year"])
        draft = self.new(values | {"number": number})
        receipt = self.env["ir.attachment"].create(
            {
                "name": f"{number.replace('/', '-')}.pdf",
                "raw": draft._handover_receipt_pdf(),
                "mimetype": "application/pdf",
                "res_model": self._name,
            }
        )
        handover = self.create(values | {"number": number, "attachment_id": receipt.id})
        handover.flush_recordset()
        receipt.res_id = handover.id
        return handover

    def _send_receipt(self) -> None:
        """Send the receipt to the citizen's address, so that a handover to somebody else does not stay unnoticed."""
        self.ensure_one()
        template, dossier = self.env.ref("dvc_result.mail_template_handover"), self.dossier_id
        outbox = self.env["dvc.outbox"]
        outbox._queue_paper("handover", template, self, dossier.account_id, self.attachment_id, about=dossier)

    def _drawn(self, signature):
        """Check a drawn signature and return it as Odoo stores it.

        :raise Refusal: ``input.invalid`` where it is not a PNG of a reasonable size
        """
        if not signature:
            return False
        try:
            image = base64.b64decode(signature, validate=True)
            if not image.startswith(b"\x89PNG\r\n\x1a\n"):
                raise InvalidArgument("signature", "format")
            if len(image) > SIGNATURE_MAX:
                raise InvalidArgument("signature", "too_long")
        except binascii.Error:
            raise invalid_input(self.env, InvalidArgument("signature", "format")) from None
        except InvalidArgument as error:
            raise invalid_input(self.env, error) from None
        return base64.b64encode(image)

    def _handover_receipt_pdf(self) -> bytes:
        """Draw the receipts of the handovers."""
        sheet = paper.Paper(handover_receipt.TITLE, self[:1].company_id.name or "", paper.A5, self[:1].number or "")
        for handover in self:
            handover_receipt.draw(sheet, handover._receipt())
        return sheet.to_bytes()

    def _receipt(self) -> handover_receipt.Receipt:
        self.ensure_one()
        company, dossier, result = self.company_id, self.dossier_id, self.result_id
        at = fields.Datetime.context_timestamp(self.with_context(tz=TIME_ZONE), self.at)
        names = {component.code: component.name for component in dossier.component_ids}
        return handover_receipt.Receipt(
            letterhead=paper.Letterhead(
                parent=company.dvc_parent_name or "",
                agency=company.name,
                number=self.number,
                place=company.dvc_place or "",
                day=at.date(),
                code=result.verify_url or result.code,
            ),
            number=self.number,
            code=dossier.code,
            request=dossier.procedure_id.name,
            result_code=result.code,
            result_number=result.number or "",
            sha256=self.sha256 or "",
            is_copy=self.is_copy,
            recipient=self.recipient_name,
            citizen_id=self.recipient_citizen_masked or "",
            papers=tuple(names.get(code, code) for code in self.papers or []),
            at=at,
            officer=self.user_id.name,
            drawn=base64.b64decode(self.signature) if self.signature else b"",
        )
