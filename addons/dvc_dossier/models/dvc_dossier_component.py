# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.models.dvc_signature_check import VERDICTS


class DvcDossierComponent(models.Model):
    """A file handed in for a component; a new version replaces it and keeps the old one."""

    _name = "dvc.dossier.component"
    _description = "Dossier file"
    _inherit = ["dvc.guarded", "dvc.recheck", "dvc.signature.file"]
    _order = "dossier_id, sequence, version desc, id"
    _rec_name = "name"
    _guarded_fields = frozenset(
        """dossier_id component_id code name filename attachment_id sha256 verdict check_id document_id version
        is_current review signature_attachment_id signature_sha256 recheck_at recheck_since recheck_tries""".split()
    )

    dossier_id = fields.Many2one("dvc.dossier", required=True, ondelete="cascade", index=True)
    component_id = fields.Many2one("dvc.procedure.component", required=True, ondelete="restrict", index=True)
    sequence = fields.Integer(related="component_id.sequence", store=True, precompute=True)
    code = fields.Char(required=True)
    name = fields.Char(required=True)
    filename = fields.Char(required=True)
    attachment_id = fields.Many2one("ir.attachment", required=True, ondelete="restrict", index=True)
    sha256 = fields.Char(required=True)
    verdict = fields.Selection(VERDICTS)
    check_id = fields.Many2one("dvc.signature.check", ondelete="restrict", index="btree_not_null")
    review = fields.Selection(
        [("pending", "To check"), ("accepted", "Accepted"), ("to_fix", "To fix")], default="pending", required=True
    )
    document_id = fields.Many2one("dvc.document", string="From the vault", ondelete="restrict", index="btree_not_null")
    version = fields.Integer(default=1)
    is_current = fields.Boolean(default=True)
    paper_rule = fields.Selection(related="component_id.paper_rule")
    company_id = fields.Many2one(related="dossier_id.company_id", store=True, index=True, precompute=True)

    _current_idx = models.Index("(dossier_id) WHERE is_current")

    def action_open_file(self):
        """Open the file in a tab."""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.attachment_id.id}", "target": "new"}

    def action_accept(self):
        """Mark files as checked and right."""
        return self._review("accepted")

    def action_mark_to_fix(self):
        """Mark files as wrong, for the supplement request to come."""
        return self._review("to_fix")

    def _review(self, outcome: str) -> bool:
        """Keep the outcome of an officer's or specialist's look at files.

        :raise AccessError: others, or another agency's
        """
        if not has_role(self.env, "officer", "specialist"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        # Files are written by the flow only; role and agency were checked.
        self.sudo()._in_flow().write({"review": outcome})
        return True

    @api.model
    def _hand_in(self, dossier, parts: list[dict]):
        """Keep files of a dossier as the current version of their components.

        :param dossier: in sudo
        :param parts: ``{component, filename, data, signature}`` (the last one where there is one) or
            ``{component, document}``, checked; with ``check`` where the signatures were looked at before
        :return: the new files
        """
        parts = self._check_parts(parts)
        old = dossier.component_ids.filtered(
            lambda file: file.is_current and file.component_id.id in [part["component"].id for part in parts]
        )
        versions = {file.component_id: file.version for file in old.sorted("version")}
        old._in_flow().write({"is_current": False})
        values = []
        kept = zip(self._attachments(parts), self._signature_values(parts), strict=True)
        for part, (attachment, signature) in zip(parts, kept, strict=True):
            component, document = part["component"], part.get("document")
            if document:
                verdict, check = document._verdict_in(dossier)
            else:
                verdict, check = self._verdict_of(part, dossier)
            values.append(
                {
                    "dossier_id": dossier.id,
                    "component_id": component.id,
                    "code": component.code,
                    "name": component.name,
                    "filename": attachment.name,
                    "attachment_id": attachment.id,
                    "sha256": document.sha256 if document else hashlib.sha256(part["data"]).hexdigest(),
                    "verdict": verdict,
                    "check_id": check.id,
                    "document_id": document.id if document else False,
                    "version": versions.get(component, 0) + 1,
                    **signature,
                }
            )
        files = self.browse(self._in_flow().create(values).ids)
        for file in files:
            # Whoever may read the file's line may open it.
            (file.attachment_id + file.signature_attachment_id).write({"res_id": file.id})
        self._queue_unchecked(files, parts)
        return files

    @api.model
    def _attachments(self, parts: list[dict]) -> list:
        """Return the attachment of each part: the vault document's, or a new one."""
        values = [
            {"name": part["filename"], "raw": part["data"], "res_model": self._name} for part in parts if "data" in part
        ]
        created = iter(self.env["ir.attachment"].create(values))
        # A document of the vault may come from another agency: its copy, which needs no room, belongs to this one.
        return [
            part["document"].attachment_id.copy({"res_model": self._name, "res_id": False})
            if "document" in part
            else next(created)
            for part in parts
        ]
