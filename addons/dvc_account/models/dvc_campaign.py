# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..contract import contract, has_role
from ..domain import invitation
from ..exceptions import Refusal
from .res_users import LANGUAGE

REMINDER_DAYS = 7
SETTLED = ("standardized", "locked")


class DvcCampaign(models.Model):
    """A ward's effort to have old accounts standardised: whose, until when, in which words.

    Accounts belong to no agency; a campaign is what links some of them to one.
    """

    _name = "dvc.campaign"
    _description = "Standardisation campaign"
    _inherit = ["dvc.guarded"]
    _order = "date_from desc, id desc"
    _guarded_fields = frozenset({"state", "round", "round_state", "round_started_at", "opened_at", "closed_at"})

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", string="Agency", required=True, index=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(
        string="Until",
        required=True,
        default=lambda self: fields.Date.context_today(self) + datetime.timedelta(days=60),
    )
    state = fields.Selection(
        [("draft", "In preparation"), ("open", "Running"), ("closed", "Closed")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    opened_at = fields.Datetime(string="Opened on", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    channel = fields.Selection(
        [("sms", "Text message, else e-mail"), ("mail", "E-mail, else text message")],
        default="sms",
        required=True,
        help="One message each: the second kind goes to those the first cannot reach.",
    )
    reminder_days = fields.Integer(
        string="Days between invitations", default=REMINDER_DAYS, required=True, help="Nobody is invited again earlier."
    )
    sms_text = fields.Text(string="Text message", required=True, default=lambda self: self._default_sms_text())
    mail_subject = fields.Char(
        string="Subject of the e-mail", required=True, default=lambda self: self._default_mail_subject()
    )
    mail_text = fields.Text(string="E-mail", required=True, default=lambda self: self._default_mail_text())
    sms_preview = fields.Text(string="As it is sent", compute="_compute_sms_preview")
    sms_parts = fields.Integer(
        string="Parts of each text message",
        compute="_compute_sms_preview",
        help="Each part is paid for: 67 signs where the text has accents, 153 where it has none.",
    )
    round = fields.Integer(string="Rounds of invitations", readonly=True, copy=False, aggregator=None)
    round_state = fields.Selection(
        [("idle", "Nothing is leaving"), ("running", "Invitations are leaving"), ("stopped", "Stopped")],
        string="Invitations",
        default="idle",
        required=True,
        readonly=True,
        copy=False,
    )
    round_started_at = fields.Datetime(string="Last round began", readonly=True, copy=False)
    line_ids = fields.One2many("dvc.campaign.line", "campaign_id", string="Accounts", readonly=True)
    import_ids = fields.One2many("dvc.account.import", "campaign_id", string="Lists", readonly=True)

    total_count = fields.Integer(string="Accounts in all", compute="_compute_counts")
    to_invite_count = fields.Integer(string="To invite", compute="_compute_counts")
    invited_count = fields.Integer(string="Invited", compute="_compute_counts")
    standardized_count = fields.Integer(string="Standardised", compute="_compute_counts")
    locked_count = fields.Integer(string="Locked", compute="_compute_counts")
    unreachable_count = fields.Integer(string="Unreachable", compute="_compute_counts")
    progress = fields.Float(
        compute="_compute_counts", help="Share of the accounts that are settled: standardised, or locked as duplicates."
    )

    _dates = models.Constraint("CHECK (date_to >= date_from)", "A campaign ends after it begins.")
    _reminder = models.Constraint("CHECK (reminder_days >= 1)", "At least one day lies between two invitations.")

    @api.model
    def _citizens_words(self):
        """Return the model in the language citizens are written to."""
        known = self.env["res.lang"]._get_data(code=LANGUAGE)
        return self.with_context(lang=LANGUAGE) if known else self

    @api.model
    def _default_sms_text(self) -> str:
        return self._citizens_words().env._(
            "{agency} invites you to standardise your account of online public services by {deadline}."
            " We never ask for a password or a one-time code. Open {link}"
        )

    @api.model
    def _default_mail_subject(self) -> str:
        return self._citizens_words().env._("Please standardise your account of online public services")

    @api.model
    def _default_mail_text(self) -> str:
        return self._citizens_words().env._(
            "Dear Sir or Madam,\n"
            "{agency} is standardising the accounts of online public services, so that each person has one account.\n"
            "Please have your identity card at hand and confirm your data by {deadline} at:\n"
            "{link}\n"
            "You can also come to the one-stop desk with your identity card. It costs nothing.\n"
            "We never ask for a password or a one-time code by phone, message or e-mail.\n"
            "{agency}"
        )

    @api.depends("sms_text", "date_to", "company_id")
    def _compute_sms_preview(self):
        for campaign in self:
            try:
                invitation.check(campaign.sms_text or "")
            except invitation.BadText:
                campaign.sms_preview, campaign.sms_parts = False, 0
                continue
            text = invitation.fill(campaign.sms_text, campaign._placeholder_values())
            campaign.sms_preview, campaign.sms_parts = text, invitation.sms_parts(text)

    def _compute_counts(self):
        groups = self.env["dvc.campaign.line"]._read_group(
            [("campaign_id", "in", self.ids)], ["campaign_id", "state"], ["__count"]
        )
        figures = {(campaign.id, state): count for campaign, state, count in groups}
        for campaign in self:
            mine = {state: figures.get((campaign._origin.id, state), 0) for state in self._line_states()}
            campaign.total_count = sum(mine.values())
            for state, count in mine.items():
                campaign[f"{state}_count"] = count
            settled = sum(mine[state] for state in SETTLED)
            campaign.progress = 100 * settled / campaign.total_count if campaign.total_count else 0

    @api.model
    def _line_states(self) -> list[str]:
        return self.env["dvc.campaign.line"]._fields["state"].get_values(self.env)

    @api.constrains("sms_text", "mail_subject", "mail_text")
    def _check_texts(self):
        for campaign in self:
            campaign._check_text(campaign.sms_text, invitation.SMS_MAX)
            campaign._check_text(campaign.mail_subject, needs_link=False)
            campaign._check_text(campaign.mail_text)

    @api.model
    def _check_text(self, text: str, most: int | None = None, needs_link: bool = True) -> None:
        try:
            invitation.check(text or "", most, needs_link)
        except invitation.BadText as bad:
            texts = {
                "empty": self.env._("Write the text of the invitation."),
                "placeholder": self.env._(
                    "%(what)s cannot be filled in: only {agency}, {deadline} and {link} can.", what=bad.what
                ),
                "braces": self.env._("A curly bracket is open or too many: write {agency}, {deadline} and {link}."),
                "no_link": self.env._("The text must lead to the page: write {link} where its address belongs."),
                "personal_number": self.env._(
                    "The text names a mobile phone or an identification number: no personal number is sent to"
                    " many. Name the desk's landline or hotline instead."
                ),
                "too_long": self.env._("A text message has at most %(most)s signs.", most=most),
            }
            raise Refusal("campaign.bad_text", texts[bad.problem]) from None

    def _placeholder_values(self) -> dict[str, str]:
        return {
            "agency": self.company_id.name or "",
            "deadline": self.date_to.strftime("%d/%m/%Y") if self.date_to else "",
            "link": f"{self.get_base_url()}/my/account-standardize",
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise Refusal("campaign.kept", self.env._("Campaigns are kept: close them instead."))

    # Buttons

    @contract("manager", unknown="campaign.unknown")
    def action_open(self) -> bool:
        """Begin the campaign; from now on invitations can leave.

        :raise Refusal: campaign.bad_state, campaign.empty
        """
        self.check_access("write")
        self._require_state("draft")
        if not self.total_count:
            raise Refusal("campaign.empty", self.env._("The campaign has no account yet: add some first."))
        self._in_flow().write({"state": "open", "opened_at": fields.Datetime.now()})
        self._log("campaign.opened")
        return True

    @contract("manager", unknown="campaign.unknown")
    def action_close(self) -> bool:
        """End the campaign: what has not left stays, and nobody is invited any more."""
        self.check_access("write")
        if self.state == "closed":
            raise Refusal("campaign.bad_state", self.env._("The campaign is closed already."))
        self._withdraw_waiting()
        self._in_flow().write({"state": "closed", "round_state": "idle", "closed_at": fields.Datetime.now()})
        self._log("campaign.closed")
        return True

    @contract("officer", "auditor", unknown="campaign.unknown")
    def action_open_lines(self) -> dict:
        """Open the campaign's accounts."""
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_account.dvc_campaign_line_action")
        return {**action, "domain": [("campaign_id", "=", self.id)], "context": {"create": False}}

    @contract("officer", unknown="campaign.unknown")
    def action_add_accounts(self) -> dict:
        """Open the dialog that adds accounts by a rule."""
        return self._dialog("dvc.campaign.selection", self.env._("Add accounts"))

    @contract("officer", unknown="campaign.unknown")
    def action_invite(self) -> dict:
        """Open the dialog that tells how many messages will leave."""
        self._check_may_invite()
        return self._dialog("dvc.campaign.invitation", self.env._("Invite"))

    def _dialog(self, model: str, title: str) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_campaign_id": self.id},
        }

    def _require_state(self, state: str) -> None:
        if self.state != state:
            raise Refusal("campaign.bad_state", self.env._("The campaign is not in a state for this."))

    def _log(self, event: str, **detail) -> None:
        figures = {state: self[f"{state}_count"] for state in self._line_states()}
        self.env["dvc.journal"]._log(event, record=self, detail={**figures, **detail})

    # Accounts

    def _check_may_add(self) -> None:
        """Check that the caller may add accounts to the campaign.

        :raise AccessError: neither officer nor manager of the agency
        :raise Refusal: campaign.bad_state
        """
        if not self.env.su and not has_role(self.env, "officer"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        if self.state == "closed":
            raise Refusal("campaign.bad_state", self.env._("The campaign is closed already."))

    def _add_accounts(self, chosen: SQL) -> int:
        """Add accounts in one statement, with what was found about them; those settled or there already stay out.

        :param chosen: query of account ids
        :return: how many were added
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO dvc_campaign_line"
                " (campaign_id, company_id, account_id, findings, round,"
                " create_uid, create_date, write_uid, write_date)"
                " SELECT %(campaign)s, %(company)s, a.id, f.rules, 0, %(uid)s, %(now)s, %(uid)s, %(now)s"
                " FROM dvc_account a LEFT JOIN (SELECT account_id, string_agg(rule, ',' ORDER BY rule) AS rules"
                " FROM (%(findings)s) found WHERE level <> 'info' GROUP BY account_id) f ON f.account_id = a.id"
                " WHERE a.state IN ('unstandardized', 'pending') AND a.id IN (%(chosen)s)"
                " ON CONFLICT (campaign_id, account_id) DO NOTHING RETURNING id",
                campaign=self.id,
                company=self.company_id.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                findings=self.env["dvc.account.finding"]._table_query,
                chosen=chosen,
            )
        )
        self.env.invalidate_all()
        return len(rows)
