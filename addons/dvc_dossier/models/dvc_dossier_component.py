# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib

from odoo import api, fields, models

VERDICTS = [
    ("valid", "Signature valid"),
    ("amended", "Valid, amended by the agency"),
    ("modified", "Changed after signing"),
    ("revoked", "Certificate revoked"),
    ("expired", "Certificate expired"),
    ("untrusted", "Signer not trusted"),
    ("unknown", "Cannot be established yet"),
    ("unsupported", "Kind of signature not supported"),
    ("unsigned", "Not signed"),
    ("unreadable", "Unreadable"),
]


class DvcDossierComponent(models.Model):
    """A file handed in for a component; a new version replaces it and keeps the old one."""

    _name = "dvc.dossier.component"
    _description = "Dossier file"
    _inherit = ["dvc.guarded"]
    _order = "dossier_id, sequence, version desc, id"
    _rec_name = "name"
    _guarded_fields = frozenset(
        "dossier_id component_id code name filename attachment_id sha256 verdict check_id document_id version is_current".split()
    )

    dossier_id = fields.Many2one("dvc.dossier", required=True, ondelete="cascade", index=True)
    component_id = fields.Many2one("dvc.procedure.component", required=True, ondelete="restrict", index=True)
    sequence = fields.Integer(related="component_id.sequence", store=True, precompute=True)
    code = fields.Char(required=True)
    name = fields.Char(required=True)
    filename = fields.Char(required=True)
    attachment_id = fields.Many2one("ir.attachment", required=True, ondelete="restrict")
    sha256 = fields.Char(required=True)
    verdict = fields.Selection(VERDICTS)
    check_id = fields.Many2one("dvc.signature.check", ondelete="restrict")
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

    @api.model
    def _hand_in(self, dossier, parts: list[dict]):
        """Keep files of a dossier as the current version of their components.

        :param dossier: in sudo, in the flow
        :param parts: ``{component, filename, data}`` or ``{component, document}``, checked
        """
        components = [part["component"].id for part in parts]
        old = self.search([("dossier_id", "=", dossier.id), ("component_id", "in", components), ("is_current", "=", True)])
        versions = {part.component_id: part.version for part in old}
        old._in_flow().write({"is_current": False})
        attachments = iter(
            self.env["ir.attachment"].create(
                [
                    {"name": part["filename"], "raw": part["data"], "res_model": "dvc.dossier", "res_id": dossier.id}
                    for part in parts
                    if "data" in part
                ]
            )
        )
        values = []
        for part in parts:
            component, document = part["component"], part.get("document")
            attachment = document.attachment_id if document else next(attachments)
            verdict, check = (
                (document.verdict, document.check_id)
                if document
                else self.env["dvc.signature"]._verdict_for(part["data"], part["filename"], record=dossier)
            )
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
                }
            )
        return self._in_flow().create(values)
