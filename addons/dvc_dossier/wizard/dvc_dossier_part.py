# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossierPart(models.AbstractModel):
    """A component that a citizen brought to the desk: a scan, or a document of the vault."""

    _name = "dvc.dossier.part"
    _description = "Component brought to the desk"

    account_id = fields.Many2one("dvc.account")
    component_id = fields.Many2one("dvc.procedure.component", required=True)
    code = fields.Char(related="component_id.code")
    document_type_id = fields.Many2one(related="component_id.document_type_id")
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    signature = fields.Binary(string="Signature file (.p7s)", attachment=False)
    signature_name = fields.Char()
    document_id = fields.Many2one(
        "dvc.document",
        string="From the vault",
        domain="""[('account_id', '=', account_id), ('type_id', '=', document_type_id),
            ('superseded_by_id', '=', False)]""",
    )

    def _part(self) -> list[dict]:
        """Return the component as ``submit`` takes it; nothing where nothing was brought."""
        self.ensure_one()
        if self.document_id:
            return [{"code": self.code, "document_id": self.document_id.id}]
        # The binary's content, whatever the client asked the form to show of it.
        whole = self.with_context(bin_size=False)
        if not whole.file:
            return []
        part = {"code": self.code, "filename": self.filename or self.code, "content": whole.file.decode()}
        return [{**part, "signature": whole.signature.decode()} if whole.signature else part]
