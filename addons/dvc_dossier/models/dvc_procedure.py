# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dvc_account.contract import contract
from odoo.addons.dvc_account.domain.arguments import InvalidArgument

SEARCH_MAX = 1000


class DvcProcedure(models.Model):
    """A procedure of the national catalogue (thủ tục hành chính)."""

    _name = "dvc.procedure"
    _description = "Procedure"
    _inherit = ["mail.thread"]
    _order = "category_id, code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, index=True)
    name = fields.Char(required=True, tracking=True, index="trigram")
    category_id = fields.Many2one("dvc.procedure.category", string="Field", required=True, index=True)
    active = fields.Boolean(default=True)
    time_limit_value = fields.Integer(default=1, tracking=True, help="0 working days: the same day.")
    time_limit_unit = fields.Selection(
        [("working_hour", "Working hours"), ("working_day", "Working days"), ("day", "Days")],
        default="working_day",
        required=True,
        tracking=True,
    )
    delivery_electronic = fields.Boolean(default=True)
    delivery_counter = fields.Boolean(default=True)
    delivery_post = fields.Boolean()
    requires_presence = fields.Boolean(help="The applicant must come: no electronic delivery.")
    fee_after = fields.Boolean(string="Fee after reception", help="The limit starts before the fee is paid.")
    supplement_rule = fields.Selection(
        [("restart", "The limit starts anew"), ("pause", "The limit goes on")],
        default="restart",
        required=True,
        help="What happens to the limit when the complete answer to a supplement request arrives.",
    )
    online_level = fields.Selection(
        [("full", "Fully online"), ("partial", "Partly online"), ("information", "Information only")], default="full"
    )
    legal_basis = fields.Text()
    instructions = fields.Html()
    result_type_id = fields.Many2one("dvc.document.type", string="Result")
    form_schema = fields.Json(help="Fields of the electronic form: list of {name, label, type, required}.")
    component_ids = fields.One2many("dvc.procedure.component", "procedure_id", string="Components")
    unit_ids = fields.Many2many("dvc.unit", "dvc_unit_procedure_rel", "procedure_id", "unit_id", string="Units")

    _code_uniq = models.UniqueIndex("(code) WHERE active", "This procedure is in the catalogue already.")
    _limit_positive = models.Constraint("CHECK (time_limit_value >= 0)", "A time limit is not negative.")

    @api.depends("code", "name")
    def _compute_display_name(self):
        for procedure in self:
            procedure.display_name = f"{procedure.code} {procedure.name or ''}".strip()

    def _delivery_modes(self) -> list[str]:
        """Return the ways a result may be delivered; the first is the one nobody has to choose."""
        self.ensure_one()
        modes = {
            "electronic": self.delivery_electronic and not self.requires_presence,
            "counter": self.delivery_counter,
            "post": self.delivery_post,
        }
        return [mode for mode, allowed in modes.items() if allowed] or ["counter"]

    @api.model
    def _by_code(self, code: str):
        # The catalogue is public.
        return self.sudo().search([("code", "=", code)], limit=1)

    def _fee_catalogue(self, company) -> list[dict]:
        """Hook: list the fees of the procedure as ``{code, name, amount}``."""
        return []

    def _describe(self, company) -> dict:
        """Return the procedure as the catalogue shows it."""
        return {
            "code": self.code,
            "name": self.name,
            "category": self.category_id.name,
            "time_limit": {"value": self.time_limit_value, "unit": self.time_limit_unit},
            "fees": self._fee_catalogue(company),
            "components": [
                {
                    "code": component.code,
                    "name": component.name,
                    "required": component.required,
                    "instead_of": component.instead_of_id.code or False,
                    "paper_rule": component.paper_rule,
                    "document_type": component.document_type_id.code or False,
                }
                for component in self.component_ids
            ],
            "delivery": self._delivery_modes(),
        }

    @api.readonly
    @api.model
    @contract()
    def search_catalogue(self, query: str = "", agency_code: str | None = None, limit: int = 20) -> list:
        """Search the public catalogue; accents are optional.

        :param query: words of the name or a code; empty: everything
        :param agency_code: only what this agency's units handle
        :param limit: 1 to 1000
        :return: list of ``{code, name, category, time_limit, fees, components, delivery}``
        """
        if not 1 <= limit <= SEARCH_MAX:
            raise InvalidArgument("limit", "range")
        domain = Domain.TRUE
        for word in query.split():
            domain &= Domain("name", "ilike", word) | Domain("code", "=ilike", f"{word}%")
        # The catalogue is public, its tables are not.
        catalogue_sudo = self.sudo()
        company = catalogue_sudo.env["res.company"]
        if agency_code:
            company = company._dvc_agency_by_code(agency_code)
            domain &= Domain("unit_ids.company_id", "in", company.ids)
        found = catalogue_sudo.search(domain, limit=limit)
        return [procedure._describe(company) for procedure in found]
