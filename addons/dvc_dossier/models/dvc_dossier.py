# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import form_schema, states
from .dvc_dossier_event import STATE_LABELS

SLA = [
    ("on_time", "On time"),
    ("at_risk", "At risk"),
    ("late", "Late"),
    ("met", "Met"),
    ("missed", "Missed"),
]


class DvcDossier(models.Model):
    """A dossier (hồ sơ): what a citizen asks an agency for."""

    _name = "dvc.dossier"
    _description = "Dossier"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin", "dvc.guarded", "dvc.sealed"]
    _order = "sla_deadline_at, id desc"
    _rec_name = "code"
    _rec_names_search = ["code", "applicant_name", "procedure_id.name"]
    _mail_post_access = "write"
    _guarded_fields = frozenset(
        """code state procedure_id company_id unit_id account_id partner_id applicant_name
        applicant_citizen_hash applicant_citizen_masked applicant_phone_masked channel delivery copies
        form_data form_sealed client_ref client_fingerprint client_answer submitted_by_id submitted_at
        receive_deadline received_at due_at done_at returned_at closed_at assignee_id resume_state
        stopped_at rule_set guidance_round postponed_at sla sla_deadline_at sla_risk_at sla_outcome
        receive_proof due_proof fee_due national_status""".split()
    )

    code = fields.Char(readonly=True, copy=False, index="trigram")
    state = fields.Selection(STATE_LABELS, default="draft", required=True, readonly=True, copy=False, index=True)
    stage_id = fields.Many2one(
        "dvc.dossier.stage", string="Stage", copy=False, index=True, group_expand="_read_group_stage_ids"
    )
    national_status = fields.Integer(compute="_compute_national_status")
    procedure_id = fields.Many2one("dvc.procedure", required=True, ondelete="restrict", index=True, readonly=True)
    category_id = fields.Many2one(related="procedure_id.category_id", string="Field")
    company_id = fields.Many2one(
        "res.company", string="Agency", required=True, ondelete="restrict", index=True, readonly=True
    )
    unit_id = fields.Many2one("dvc.unit", string="Unit", index="btree_not_null", readonly=True)
    account_id = fields.Many2one("dvc.account", string="Account", ondelete="restrict", index=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", ondelete="restrict", index="btree_not_null")
    applicant_name = fields.Char(string="Applicant", readonly=True, index="trigram")
    applicant_citizen_hash = fields.Char(readonly=True, index="btree_not_null", groups=fields.NO_ACCESS)
    applicant_citizen_masked = fields.Char(string="CCCD number", readonly=True)
    applicant_phone_masked = fields.Char(string="Phone", readonly=True)
    applicant_address = fields.Char(string="Address")
    channel = fields.Selection(
        [("online", "Online"), ("counter", "At the desk"), ("post", "By post")], default="online", required=True
    )
    delivery = fields.Selection(
        [("electronic", "Electronically"), ("counter", "At the desk"), ("post", "By post")], required=True
    )
    copies = fields.Integer(default=1)
    form_data = fields.Json(copy=False, help="Identity numbers are masked in it.")
    form_sealed = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    form_html = fields.Html(string="Electronic form", compute="_compute_form_html", sanitize=False)
    client_ref = fields.Char(readonly=True, copy=False)
    client_fingerprint = fields.Char(readonly=True, copy=False)
    client_answer = fields.Json(readonly=True, copy=False, help="What the first call with it was answered.")
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    submitted_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    receive_deadline = fields.Datetime(string="Receive by", readonly=True, copy=False)
    received_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    due_at = fields.Datetime(string="Due on", readonly=True, copy=False, index="btree_not_null")
    done_at = fields.Datetime(readonly=True, copy=False)
    returned_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    stopped_at = fields.Datetime(string="Clock stopped at", readonly=True, copy=False)
    assignee_id = fields.Many2one("res.users", string="Assigned to", readonly=True, copy=False, index="btree_not_null")
    resume_state = fields.Selection(STATE_LABELS, readonly=True, copy=False)
    rule_set = fields.Char(readonly=True, copy=False, help="Legal rules in force on the day of reception.")
    guidance_round = fields.Integer(readonly=True, copy=False)
    postponed_at = fields.Datetime(readonly=True, copy=False)
    priority = fields.Selection([("0", "Normal"), ("1", "Urgent")], default="0")
    color = fields.Integer()
    sla = fields.Selection(SLA, string="Time", compute="_compute_sla", search="_search_sla")
    sla_deadline_at = fields.Datetime(string="Running deadline", readonly=True, copy=False)
    sla_risk_at = fields.Datetime(readonly=True, copy=False)
    sla_outcome = fields.Selection([("met", "Met"), ("missed", "Missed")], readonly=True, copy=False)
    receive_proof = fields.Json(readonly=True, copy=False)
    due_proof = fields.Json(readonly=True, copy=False)
    fee_due = fields.Monetary(compute="_compute_fee_due")
    currency_id = fields.Many2one("res.currency", default=lambda self: self.env.ref("base.VND"))
    signature_verdict = fields.Char(compute="_compute_signature_verdict", string="Signatures")
    component_ids = fields.One2many("dvc.dossier.component", "dossier_id", string="Files")
    guidance_ids = fields.One2many("dvc.dossier.guidance", "dossier_id", string="Guidance")
    event_ids = fields.One2many("dvc.dossier.event", "dossier_id", string="History")
    violation_ids = fields.One2many("dvc.violation", "dossier_id", string="Violations")
    document_ids = fields.One2many("dvc.document", "dossier_id", string="Documents")
    document_count = fields.Integer(compute="_compute_counts")
    violation_count = fields.Integer(compute="_compute_counts")
    can_start = fields.Boolean(compute="_compute_can_start", help="For whom the button is: their unit's dossiers.")

    _code_uniq = models.UniqueIndex("(code) WHERE code IS NOT NULL", "This dossier code is taken.")
    _client_ref_uniq = models.UniqueIndex("(submitted_by_id, client_ref) WHERE client_ref IS NOT NULL")
    _desk_idx = models.Index("(company_id, receive_deadline) WHERE state = 'submitted'")
    _open_idx = models.Index(
        "(company_id, sla_deadline_at, id)"
        " WHERE state IN ('submitted', 'received', 'processing', 'supplement', 'payment', 'done')"
    )
    _copies_positive = models.Constraint("CHECK (copies BETWEEN 1 AND 1000)", "Between 1 and 1000 copies.")
    _coded = models.Constraint("CHECK (state = 'draft' OR code IS NOT NULL)", "A submitted dossier has a code.")

    @api.depends("code", "applicant_name", "procedure_id.name")
    @api.depends_context("dvc_display")
    def _compute_display_name(self):
        if self.env.context.get("dvc_display") != "applicant":
            return super()._compute_display_name()
        # In a calendar's cell the code says nothing.
        for dossier in self:
            dossier.display_name = f"{dossier.applicant_name or ''} – {dossier.procedure_id.name}"
        return None

    @api.depends("state")
    def _compute_national_status(self):
        for dossier in self:
            dossier.national_status = states.NATIONAL_STATUS[dossier.state] or 0

    @api.depends("sla_outcome", "sla_deadline_at", "sla_risk_at")
    def _compute_sla(self):
        now = fields.Datetime.now()
        for dossier in self:
            if dossier.sla_outcome:
                dossier.sla = dossier.sla_outcome
            elif dossier.sla_deadline_at and dossier.sla_deadline_at < now:
                dossier.sla = "late"
            elif dossier.sla_deadline_at and dossier.sla_risk_at and dossier.sla_risk_at <= now:
                dossier.sla = "at_risk"
            else:
                dossier.sla = "on_time"

    def _search_sla(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        running = Domain("sla_outcome", "=", False)
        late = running & Domain("sla_deadline_at", "<", now)
        at_risk = running & Domain("sla_deadline_at", ">=", now) & Domain("sla_risk_at", "<=", now)
        domains = {
            "met": Domain("sla_outcome", "=", "met"),
            "missed": Domain("sla_outcome", "=", "missed"),
            "late": late,
            "at_risk": at_risk,
            "on_time": running & (Domain("sla_deadline_at", "=", False) | Domain("sla_risk_at", ">", now)),
        }
        return Domain.OR([domains[name] for name in value if name in domains])

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr != "sla":
            return super()._field_to_sql(alias, field_expr, query)
        # The same truth as _compute_sla, for groups, progress bars and orders.
        self._check_field_access(self._fields["sla"], "read")
        return SQL(
            "CASE WHEN %(outcome)s IS NOT NULL THEN %(outcome)s WHEN %(deadline)s < %(now)s THEN 'late'"
            " WHEN %(risk)s <= %(now)s AND %(deadline)s IS NOT NULL THEN 'at_risk' ELSE 'on_time' END",
            outcome=super()._field_to_sql(alias, "sla_outcome", query),
            deadline=super()._field_to_sql(alias, "sla_deadline_at", query),
            risk=super()._field_to_sql(alias, "sla_risk_at", query),
            now=fields.Datetime.now(),
        )

    @api.depends("form_data", "procedure_id.form_schema")
    def _compute_form_html(self):
        row = Markup("<tr><th class='fw-normal text-muted pe-4'>%s</th><td>%s</td></tr>")
        for dossier in self:
            # What the form asks is public; citizens may not read the catalogue's table.
            schema = dossier.procedure_id.sudo().form_schema or []
            lines = form_schema.lines(schema, dossier.form_data or {})
            rows = Markup().join(row % line for line in lines)
            dossier.form_html = Markup("<table class='table table-sm'>%s</table>") % rows if lines else False

    def _compute_fee_due(self):
        for dossier in self:
            dossier.fee_due = dossier._fee_due()

    @api.depends("component_ids.verdict", "component_ids.is_current")
    def _compute_signature_verdict(self):
        order = self.env["dvc.signature"]._verdict_order()
        for dossier in self:
            verdicts = {part.verdict or "pending" for part in dossier.component_ids if part.is_current}
            # What is known to be bad is shown at once; what looks good waits for the last check.
            order_now = [*order[: order.index("unknown")], "pending", *order[order.index("unknown") :]]
            dossier.signature_verdict = next((verdict for verdict in order_now if verdict in verdicts), False)

    @api.depends("unit_id", "assignee_id")
    @api.depends_context("uid")
    def _compute_can_start(self):
        for dossier in self:
            dossier.can_start = dossier._is_unit_of(self.env.user)

    def _compute_counts(self):
        documents = dict(
            self.env["dvc.document"]._read_group([("dossier_id", "in", self.ids)], ["dossier_id"], ["__count"])
        )
        # How many there are is told to all who may read the dossier; what they are is not.
        violations = dict(
            self.env["dvc.violation"].sudo()._read_group([("dossier_id", "in", self.ids)], ["dossier_id"], ["__count"])
        )
        for dossier in self:
            dossier.document_count = documents.get(dossier, 0)
            dossier.violation_count = violations.get(dossier.sudo(), 0)

    def _compute_access_url(self):
        super()._compute_access_url()
        for dossier in self:
            dossier.access_url = f"/my/dossiers/{dossier.id}"

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        # Empty columns are shown too; agencies may have their own.
        return stages.search(["|", ("company_id", "=", False), ("company_id", "in", self.env.companies.ids)])

    def write(self, vals):
        if "stage_id" not in vals or self._is_flow():
            return super().write(vals)
        # A dragged card is the same checked move as the button; what needs input has its dialog (board_move).
        stage = self.env["dvc.dossier.stage"].browse(vals["stage_id"] or [])
        for dossier in self:
            if dossier._move_to_stage(stage) is not True:
                raise Refusal("dossier.input_required", self.env._("This move needs a reason: use the button for it."))
        rest = {name: value for name, value in vals.items() if name != "stage_id"}
        return super().write(rest) if rest else True

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        if any(dossier.state != states.DRAFT for dossier in self):
            raise UserError(self.env._("Only drafts can be deleted."))

    def _unknown(self):
        """Return the refusal of a dossier that does not exist."""
        return Refusal("dossier.unknown", self.env._("This dossier does not exist."))

    # Hooks that higher addons extend

    def _fee_due(self) -> float:
        """Hook: return what is still to be paid, in đồng."""
        return 0.0

    def _fee_lines(self) -> list[dict]:
        """Hook: return the fee's lines ``{code, name, amount, explanation}``."""
        return []

    def _needs_payment_first(self) -> bool:
        """Hook: tell whether reception waits for a payment."""
        return False

    def _submit_blockers(self, values: dict) -> list:
        """Hook: return the refusals that stand against a submission.

        :param values: the records and values it means, see ``_check_submission``, and ``arguments``, as they were sent
        """
        return []

    def _start_blockers(self) -> list:
        """Hook: return the refusals that stand against the start of the processing."""
        return []

    def _release_blockers(self) -> list:
        """Hook: return the refusals that stand against returning the result."""
        return []

    def _fee_settled(self) -> None:
        """Hook: nothing is due any more."""

    def _after_move(self, event) -> None:
        """Hook: a move was made; ``event`` tells which."""
