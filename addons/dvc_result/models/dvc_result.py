# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
import os

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import result_code, result_states


class DvcResult(models.Model):
    """A result of a dossier: the file the agency answers with, its signature and where it went."""

    _name = "dvc.result"
    _description = "Result"
    _inherit = ["dvc.guarded", "dvc.recheck"]
    _order = "id desc"
    _rec_names_search = ["code", "number"]
    _rec_name = "code"

    _guarded_fields = frozenset(
        {
            "dossier_id",
            "code",
            "position",
            "number",
            "issue_date",
            "filename",
            "attachment_id",
            "signed_attachment_id",
            "sha256",
            "state",
            "verdict",
            "check_id",
            "signer_id",
            "certificate_id",
            "signed_at",
            "issued_at",
            "urgent_requested_at",
            "replaced_by_id",
            "end_reason",
            "document_id",
            "recheck_at",
            "recheck_since",
            "recheck_tries",
        }
    )

    dossier_id = fields.Many2one("dvc.dossier", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="dossier_id.company_id", string="Agency", store=True, index=True)
    unit_id = fields.Many2one(related="dossier_id.unit_id", store=True, index=True)
    procedure_id = fields.Many2one(related="dossier_id.procedure_id")
    applicant_name = fields.Char(related="dossier_id.applicant_name")
    delivery = fields.Selection(related="dossier_id.delivery")
    due_at = fields.Datetime(related="dossier_id.due_at")
    dossier_state = fields.Selection(related="dossier_id.state", string="Dossier state")

    code = fields.Char(required=True, copy=False, help="Printed on the result and taken by the public page.")
    position = fields.Integer(required=True, copy=False, help="The dossier's n-th result.")
    number = fields.Char(copy=False, help="Number and symbol of the document, e.g. 12/TLKS-BS.")
    issue_date = fields.Date(copy=False)
    filename = fields.Char(copy=False)
    attachment_id = fields.Many2one("ir.attachment", string="Published file", copy=False, ondelete="restrict")
    signed_attachment_id = fields.Many2one("ir.attachment", string="Signed file", copy=False, ondelete="restrict")
    sha256 = fields.Char(string="SHA-256", copy=False, help="Of the signed file, or of the published one before.")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_sign", "To sign"),
            ("signed", "Signed"),
            ("issued", "Handed over"),
            ("replaced", "Replaced"),
            ("revoked", "Revoked"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
    )
    verdict = fields.Selection(
        selection=lambda self: self.env["dvc.signature.check"]._fields["verdict"]._description_selection(self.env),
        copy=False,
    )
    check_id = fields.Many2one(
        "dvc.signature.check", string="Signature check", copy=False, ondelete="restrict", index="btree_not_null"
    )
    signer_id = fields.Many2one("res.users", copy=False, index="btree_not_null")
    certificate_id = fields.Many2one("dvc.certificate", copy=False, ondelete="restrict")
    signed_at = fields.Datetime(copy=False)
    issued_at = fields.Datetime(string="Handed over on", copy=False)
    urgent_requested_at = fields.Datetime(
        string="Urgent signing asked on", copy=False, help="When the desk found it unsigned at the handover."
    )
    replaced_by_id = fields.Many2one("dvc.result", copy=False, index="btree_not_null")
    end_reason = fields.Text(string="Reason of revocation", copy=False)
    document_id = fields.Many2one("dvc.document", string="Document in the vault", copy=False)
    handover_ids = fields.One2many("dvc.handover", "result_id", string="Handovers")
    file_preview = fields.Binary(compute="_compute_file_preview", string="File")
    verify_url = fields.Char(compute="_compute_verify_url", string="Verification page")

    _code_uniq = models.UniqueIndex("(code)", "This result code is already taken.")
    _position_uniq = models.UniqueIndex("(dossier_id, position)", "This result is already counted.")
    _in_force_is_signed = models.Constraint(
        "CHECK (state NOT IN ('signed', 'issued') OR (verdict IN ('valid', 'amended') AND sha256 IS NOT NULL))",
        "A result in force has a valid signature.",
    )
    _to_sign_idx = models.Index("(company_id, id) WHERE state = 'to_sign'")

    @api.depends("signed_attachment_id", "attachment_id")
    @api.depends_context("bin_size")
    def _compute_file_preview(self):
        for result in self:
            file = result.signed_attachment_id or result.attachment_id
            result.file_preview = file.datas

    @api.depends("code")
    def _compute_verify_url(self):
        base = self.browse().get_base_url()
        for result in self:
            result.verify_url = f"{base}/dvc/verify/{result.code}" if result.code else False

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise Refusal("record.append_only", self.env._("A result is never deleted: revoke it instead."))

    def _file(self) -> bytes:
        """Return the bytes that count: of the signed file, else of the published one."""
        self.ensure_one()
        return (self.signed_attachment_id or self.attachment_id).raw or b""

    def _file_sha256(self) -> str:
        """Return the hash of the file that counts, as it lies in the store at this moment."""
        self.ensure_one()
        attachment = self.signed_attachment_id or self.attachment_id
        if not attachment.store_fname:
            return hashlib.sha256(attachment.raw or b"").hexdigest()
        path = attachment._full_path(attachment.store_fname)
        try:
            facts = os.stat(path)
        except OSError:
            return ""
        return self._stored_sha256(path, facts.st_ino, facts.st_size, facts.st_ctime_ns)

    @api.model
    @ormcache("path", "inode", "size", "changed_ns")
    def _stored_sha256(self, path: str, inode: int, size: int, changed_ns: int) -> str:
        """Return the hash of a stored file, read once for as long as nobody touches the file.

        Anybody may ask the public page as often as they like. The moment of the last change is the
        one that the system sets: it cannot be put back, unlike that of the content.
        """
        try:
            with open(path, "rb") as source:
                return hashlib.file_digest(source, "sha256").hexdigest()
        except OSError:
            return ""

    def _set_state(self, target: str, **values) -> None:
        """Move the results to a state, the only way it is written."""
        for result in self:
            if not result_states.may_move(result.state, target):
                raise Refusal(
                    "result.already", self.env._("Result %(code)s is no longer in this step.", code=result.code)
                )
        self._in_flow().write({"state": target, **values})

    @api.model
    def _lock_dossier(self, dossier) -> None:
        """Make changes of one dossier's results follow each other.

        An UPDATE that changes nothing: under REPEATABLE READ a lock alone would let the second
        writer go on with what it read before the first one committed.
        """
        dossier.flush_recordset()
        self.env.cr.execute(SQL("UPDATE dvc_dossier SET write_date = write_date WHERE id = %s", dossier.id))

    @api.model
    def _create_published(self, dossier, content: bytes, filename: str, number, issue_date):
        """Create a draft result of a dossier with its file."""
        position = max(dossier.result_ids.mapped("position"), default=0) + 1
        code = result_code.result_code(dossier.code, position)
        result = self._in_flow().create(
            {
                "dossier_id": dossier.id,
                "code": code,
                "position": position,
                "number": number or False,
                "issue_date": issue_date or fields.Date.context_today(self.with_context(tz="Asia/Ho_Chi_Minh")),
                "filename": filename,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        result = self.browse(result.id)
        result._in_flow().write({"attachment_id": result._attach(filename, content).id})
        earlier = dossier.result_ids.filtered(lambda other: other.state == "revoked" and not other.replaced_by_id)
        if earlier:
            earlier._set_state("replaced", replaced_by_id=result.id)
        return result

    def _attach(self, filename: str, content: bytes):
        self.ensure_one()
        return self.env["ir.attachment"].create(
            {
                "name": filename,
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _revoke(self, reason: str) -> None:
        """Take the results out of force, with the reason."""
        self._set_state("revoked", end_reason=reason)

    @api.model
    def _verified_in_sandbox(self, code: str) -> bool:
        """Tell whether a result's signature leads to a trust anchor of the sandbox only."""
        # sudo: a flag for the public page, nothing about persons
        result_sudo = self.sudo().search([("code", "=", result_code.clean_code(code))], limit=1)
        return result_sudo.certificate_id.is_sandbox or result_sudo.check_id.is_sandbox

    def action_open_publish(self):
        """Open the dialog that publishes a result of a dossier."""
        return self.env["ir.actions.act_window"]._for_xml_id("dvc_result.dvc_result_publish_action")

    def action_sign(self):
        """Sign the chosen results one after the other and tell what came out."""
        signed = self.filtered(lambda result: result.state == "to_sign")
        if not signed:
            raise Refusal("result.already", self.env._("There is nothing to sign among the chosen results."))
        certificate = self.env["dvc.certificate"]._for_signer(self.env.user, signed[:1].company_id)
        if certificate._asks_holder():
            return signed._ask_holder(certificate, "sign")
        for result in signed:
            result.sign()
        if certificate._is_confirmed():
            return self._told(
                self.env._("%(count)s signatures wait for the confirmation on your phone.", count=len(signed))
            )
        return self._told(self.env._("%(count)s results signed.", count=len(signed)) + signed._levels())

    def action_hand_over(self):
        """Open the handover dialog of the result."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_result.dvc_result_hand_over_action")
        return action | {"context": {"default_result_id": self.id}}

    def action_take_back(self):
        """Open the dialog that takes a signed result back, or rejects one that waits for its signature."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_result.dvc_result_take_back_action")
        if self.state == "to_sign":
            action["name"] = self.env._("Reject the result")
        return action | {"context": {"default_result_id": self.id}}

    def action_download(self):
        """Download the file that counts."""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/dvc/result/{self.id}/file", "target": "download"}
