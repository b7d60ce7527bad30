# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models


class DvcProcedureComponent(models.Model):
    """A component that a procedure asks for (thành phần hồ sơ)."""

    _name = "dvc.procedure.component"
    _description = "Procedure component"
    _order = "procedure_id, sequence, id"

    procedure_id = fields.Many2one("dvc.procedure", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True)
    required = fields.Boolean(default=True)
    instead_of_id = fields.Many2one(
        "dvc.procedure.component", string="Instead of", domain="[('procedure_id', '=', procedure_id)]"
    )
    is_declaration = fields.Boolean(
        string="Declaration",
        compute="_compute_is_declaration",
        store=True,
        readonly=False,
        precompute=True,
        help="The electronic form may take the place of its file.",
    )
    paper_rule = fields.Selection(
        [("none", "No paper"), ("archive", "Paper at handover"), ("original", "Original is checked")],
        default="none",
        required=True,
    )
    paper_note = fields.Char()
    document_type_id = fields.Many2one("dvc.document.type", string="Document type")

    _code_uniq = models.UniqueIndex("(procedure_id, code)", "The procedure has a component of this code already.")

    @api.depends("code")
    def _compute_is_declaration(self):
        for component in self:
            # The national catalogue codes declarations (tờ khai) so.
            component.is_declaration = (component.code or "").startswith("TK")

    def _instead_of(self) -> dict[str, str]:
        """Return the code that each alternative replaces, by its own code."""
        return {component.code: component.instead_of_id.code for component in self if component.instead_of_id}
