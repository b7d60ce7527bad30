# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

import pytz

from odoo import api, fields, models
from odoo.fields import Domain

from ..domain import data_request, masking
from ..exceptions import Refusal

TIME_ZONE = pytz.timezone("Asia/Ho_Chi_Minh")
TYPES = [
    ("access", "Access to my data"),
    ("correction", "Correction"),
    ("restriction", "Restriction of processing"),
    ("objection", "Objection to processing"),
    ("deletion", "Deletion of my account and data"),
    ("withdrawal", "Withdrawal of a consent"),
]
STATES = [
    ("new", "New"),
    ("accepted", "In progress"),
    ("done", "Done"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]
TEXT_MAX = 4000
OPEN_MAX = 10


class DvcDataRequest(models.Model):
    """A request of a data subject under the law on personal data; its deadlines are those of the law."""

    _name = "dvc.data.request"
    _description = "Request about personal data"
    _inherit = ["dvc.guarded"]
    _order = "deadline_at, id desc"
    _guarded_fields = frozenset(
        """account_id company_id type text channel state received_at answer_due_at answered_at done_due_at done_at
        deadline_at answer extension_days extension_reason refusal_reason refusal_ground third_parties decided_by_id
        erasure_prepared_at erasure_prepared_by_id handler_id""".split()
    )

    name = fields.Char(string="Number", compute="_compute_name", search="_search_name")
    account_id = fields.Many2one("dvc.account", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(
        "res.company", string="Agency", required=True, readonly=True, ondelete="restrict", index=True
    )
    type = fields.Selection(TYPES, required=True, readonly=True)
    text = fields.Text(string="What is asked", readonly=True)
    channel = fields.Selection(
        [("portal", "Citizen's page"), ("desk", "At the desk")], default="portal", required=True, readonly=True
    )
    state = fields.Selection(STATES, default="new", required=True, readonly=True, index=True)
    received_at = fields.Datetime(string="Received on", required=True, readonly=True)
    answer_due_at = fields.Datetime(string="Answer by", required=True, readonly=True)
    answered_at = fields.Datetime(string="Answered on", readonly=True)
    answer = fields.Text(readonly=True)
    third_parties = fields.Boolean(
        string="Others must act too", readonly=True, help="The data were passed to others: 20 days instead of 15."
    )
    done_due_at = fields.Datetime(string="Do by", required=True, readonly=True)
    done_at = fields.Datetime(string="Closed on", readonly=True)
    deadline_at = fields.Datetime(string="Running deadline", readonly=True, index="btree_not_null")
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")
    extension_days = fields.Integer(string="Extended by (days)", readonly=True)
    extension_reason = fields.Text(string="Reason of the extension", readonly=True)
    refusal_reason = fields.Text(string="Reason of the refusal", readonly=True)
    refusal_ground = fields.Char(string="Legal ground", readonly=True)
    handler_id = fields.Many2one("res.users", string="Handled by", readonly=True, index="btree_not_null")
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    erasure_prepared_at = fields.Datetime(string="Deletion prepared on", readonly=True)
    erasure_prepared_by_id = fields.Many2one("res.users", string="Deletion prepared by", readonly=True)
    event_ids = fields.One2many("dvc.data.request.event", "request_id", string="History", readonly=True)

    _extension_range = models.Constraint(
        "CHECK (extension_days IS NULL OR extension_days BETWEEN 0 AND 15)", "An extension is of at most 15 days."
    )
    _refused_with_ground = models.Constraint(
        "CHECK (state <> 'refused' OR (refusal_reason IS NOT NULL AND refusal_ground IS NOT NULL))",
        "A refusal has a reason and a legal ground.",
    )
    _one_open_uniq = models.UniqueIndex(
        "(account_id, type) WHERE state IN ('new', 'accepted')", "A request of this kind is open already."
    )

    def _compute_name(self):
        for record in self:
            record.name = f"DL-{record.id:06d}" if isinstance(record.id, int) else ""

    @api.model
    def _search_name(self, operator, value):
        if operator not in ("=", "ilike", "=ilike", "like", "in"):
            return NotImplemented
        texts = [value] if isinstance(value, str) else value or []
        figures = ["".join(char for char in str(text) if char.isdigit()) for text in texts]
        return Domain("id", "in", [int(text) for text in figures if text and len(text) < 10])

    @api.depends("deadline_at")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for record in self:
            record.is_late = bool(record.deadline_at and record.deadline_at < now)

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("deadline_at", "<", fields.Datetime.now())
        return late if True in value and False not in value else ~late if True not in value else Domain.TRUE

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise Refusal("record.append_only", self.env._("This record is kept as it is: it cannot be deleted."))

    # Filing

    @api.model
    def _file(self, account, kind: str, text: str, company, channel: str = "portal"):
        """File a request; the caller may act for the account.

        :param kind: a key of TYPES
        :param text: what is asked, in the person's words
        :param company: the agency that answers
        :return: the request, in sudo
        :raise Refusal: input.invalid, data_request.open
        """
        text = masking.in_text(text.strip())[:TEXT_MAX]
        if kind not in data_request.DAYS or not company or not company.dvc_agency_code:
            raise Refusal("input.invalid", self.env._("Choose what you ask for, and the agency that is to answer."))
        if kind in ("correction", "restriction", "objection", "withdrawal") and not text:
            raise Refusal("input.invalid", self.env._("Write what it is about."))
        # Citizens have no right on the model; whoever calls may act for the account.
        requests_sudo = self.sudo()
        domain = Domain("account_id", "=", account.id) & Domain("type", "=", kind)
        if requests_sudo.search_count(domain & Domain("state", "in", data_request.OPEN), limit=1):
            raise Refusal("data_request.open", self.env._("A request of this kind is open already."))
        now = fields.Datetime.now()
        answer_due = self._answer_due(now, company)
        request_sudo = requests_sudo._in_flow().create(
            {
                "account_id": account.id,
                "company_id": company.id,
                "type": kind,
                "text": text or False,
                "channel": channel,
                "received_at": now,
                "answer_due_at": answer_due,
                "deadline_at": answer_due,
                "done_due_at": self._done_due(now, kind, company),
            }
        )
        request_sudo = request_sudo.with_context(dvc_flow=None)
        request_sudo._note("file", text)
        return request_sudo

    @api.model
    def _answer_due(self, received: datetime.datetime, company) -> datetime.datetime:
        """Return the end of the second working day after the day of reception, as naive UTC."""
        return self._end_of_working_day(received, company, skip=1, days=data_request.ANSWER_WORKING_DAYS)

    @api.model
    def _done_due(self, received, kind: str, company, third_parties=False, extension=0) -> datetime.datetime:
        """Return when a request is to be done, as naive UTC; never on a day off."""
        day = pytz.utc.localize(received).astimezone(TIME_ZONE).date()
        skip = (data_request.done_day(day, kind, third_parties, extension) - day).days
        return self._end_of_working_day(received, company, skip=skip, days=1)

    @api.model
    def _end_of_working_day(self, moment, company, skip: int, days: int) -> datetime.datetime:
        """Return the end of the n-th working day from a number of days after a moment on.

        :param skip: days after the moment's own day in Vietnam
        :param days: working days, 1 for the first one
        """
        local = pytz.utc.localize(moment).astimezone(TIME_ZONE)
        day = local.date() + datetime.timedelta(days=skip)
        midnight = TIME_ZONE.localize(datetime.datetime.combine(day, datetime.time.min))
        # Citizens may not read calendars; what comes of one is told to them.
        calendar_sudo = company.sudo().resource_calendar_id
        found = calendar_sudo.plan_days(days, midnight, compute_leaves=True)
        if not found:
            # Where nobody ever works, the days count as they come.
            return (midnight + datetime.timedelta(days=days)).astimezone(pytz.utc).replace(tzinfo=None)
        start = TIME_ZONE.localize(datetime.datetime.combine(found.astimezone(TIME_ZONE).date(), datetime.time.min))
        spans = calendar_sudo._work_intervals_batch(start, start + datetime.timedelta(days=1))[False]
        return max(stop for _start, stop, _meta in spans).astimezone(pytz.utc).replace(tzinfo=None)

    def _note(self, verb: str, text: str = "", detail: dict | None = None) -> None:
        """Keep a step in the history and in the journal, in sudo."""
        role = self.env["dvc.journal"]._role()
        self.env["dvc.data.request.event"].create(
            {
                "request_id": self.id,
                "user_id": self.env.uid,
                "role": role,
                "verb": verb,
                "text": text or False,
                "detail": detail or {},
            }
        )
        self.env["dvc.journal"]._log(
            f"data_request.{verb}", record=self, account=self.account_id, detail={"type": self.type, **(detail or {})}
        )

    def _own_values(self) -> dict:
        """Return what the person is told of the request, in sudo."""
        self.ensure_one()
        local = self.account_id._local_text
        return {
            "number": self.name,
            "type": self.type,
            "state": self.state,
            "agency": self.company_id.name,
            "text": self.text or "",
            "at": local(self.received_at),
            "due_at": local(self.done_due_at),
            "done_at": local(self.done_at),
            "answer": self.refusal_reason or self.answer or "",
        }
