# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

import phonenumbers

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..contract import contract
from ..domain import invitation
from ..exceptions import Refusal

BATCH = 200
# A landline takes no text messages.
_SMS_KINDS = frozenset({phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE})


class DvcCampaignInvite(models.Model):
    """Invitations leave in rounds: queued in batches by a job, once per account and round, and can be stopped."""

    _inherit = "dvc.campaign"

    waiting_count = fields.Integer(string="Messages that have not left", compute="_compute_waiting_count")

    def _check_may_invite(self) -> None:
        """Check that a round of invitations can begin now.

        :raise Refusal: campaign.bad_state, campaign.not_now, campaign.running
        """
        self._require_state("open")
        today = self.env["dvc.account"]._today()
        if not self.date_from <= today <= self.date_to:
            raise Refusal("campaign.not_now", self.env._("Invitations leave between the campaign's two dates only."))
        if self.round_state == "running":
            raise Refusal("campaign.running", self.env._("Invitations are leaving already."))

    @contract("officer", unknown="campaign.unknown")
    def action_send_invitations(self) -> bool:
        """Begin a round, or go on with the one that was stopped; a job queues the messages.

        :raise Refusal: campaign.bad_state, campaign.not_now, campaign.running, campaign.nobody_due
        """
        self._check_may_invite()
        # Officers may not write campaigns; role and agency were checked.
        campaign_sudo = self.sudo()
        figures = campaign_sudo._due_figures()
        if not figures["sms"] and not figures["mail"]:
            raise Refusal(
                "campaign.nobody_due",
                self.env._("Nobody is to be invited now: the last invitations are too fresh, or all are settled."),
            )
        now = fields.Datetime.now()
        if self.round_state == "idle":
            values = {"round": self.round + 1, "round_started_at": now, "round_state": "running"}
        else:
            values = {"round_state": "running"}
        campaign_sudo._in_flow().write(values)
        self._log("campaign.invited", round=campaign_sudo.round)
        campaign_sudo.env.ref("dvc_account.ir_cron_campaign")._trigger()
        return True

    @contract("officer", unknown="campaign.unknown")
    def action_stop(self) -> bool:
        """Stop the round at once: what is queued and has not left is withdrawn.

        :raise Refusal: campaign.not_running
        """
        if self.round_state != "running" and not self.waiting_count:
            raise Refusal("campaign.not_running", self.env._("No invitations are leaving."))
        # Officers may not write campaigns; role and agency were checked.
        campaign_sudo = self.sudo()
        campaign_sudo._in_flow().write({"round_state": "stopped"})
        withdrawn = campaign_sudo._withdraw_waiting()
        self._log("campaign.stopped", round=self.round, withdrawn=withdrawn)
        return True

    @api.depends("round_state")
    def _compute_waiting_count(self):
        # Messages are closed to officers; only their number goes out.
        lines_sudo, outbox_sudo = self.env["dvc.campaign.line"].sudo(), self.env["dvc.outbox"].sudo()
        waiting = outbox_sudo._search([("res_model", "=", "dvc.campaign.line"), ("state", "=", "queued")])
        groups = lines_sudo._read_group(
            [("campaign_id", "in", self.ids), ("message_id", "in", waiting)],
            ["campaign_id"],
            ["message_id:count_distinct"],
        )
        counts = {campaign.id: count for campaign, count in groups}
        for campaign in self:
            campaign.waiting_count = counts.get(campaign._origin.id, 0)

    def _waiting_messages_domain(self) -> Domain:
        """Return the messages of this campaign that have not left."""
        lines = self.env["dvc.campaign.line"].sudo()._search([("campaign_id", "=", self.id)])
        return (
            Domain("res_model", "=", "dvc.campaign.line")
            & Domain("state", "=", "queued")
            & Domain("res_id", "in", lines)
        )

    def _withdraw_waiting(self) -> int:
        """Delete the messages that have not left, and forget that their accounts were invited by them.

        :return: how many messages
        """
        # Messages are nobody's to delete; those that are being sent right now are left alone.
        messages_sudo = self.env["dvc.outbox"].sudo().search(self._waiting_messages_domain()).try_lock_for_update()
        if not messages_sudo:
            return 0
        self.env.flush_all()
        # Several accounts may share a message; each gets back what it had before it, in one statement.
        self.env.cr.execute(
            "UPDATE dvc_campaign_line SET round = round - 1, invited_at = invited_before, invited_before = NULL,"
            " message_id = NULL WHERE message_id = ANY(%s)",
            [messages_sudo.ids],
        )
        self.env.invalidate_all()
        count = len(messages_sudo)
        messages_sudo.unlink()
        return count

    def _due_domain(self) -> Domain:
        """Return the lines that are invited in the running or coming round."""
        self.ensure_one()
        begun = self.round_started_at if self.round_state != "idle" else fields.Datetime.now()
        fresh = begun - datetime.timedelta(days=self.reminder_days)
        reached = self.round if self.round_state != "idle" else self.round + 1
        return (
            Domain("campaign_id", "=", self.id)
            & Domain("round", "<", reached)
            & Domain("account_id.state", "in", ["unstandardized", "pending"])
            & (Domain("invited_at", "=", False) | Domain("invited_at", "<=", fresh))
        )

    def _due_count(self) -> int:
        return self.env["dvc.campaign.line"].search_count(self._due_domain())

    def _due_figures(self) -> dict[str, int]:
        """Return how many messages a round would send: ``{sms, mail, unreachable}``, one for each phone or address."""
        # Hashes of phones are closed to users; only numbers go out.
        lines_sudo = self.env["dvc.campaign.line"].sudo()
        due = lines_sudo._search(self._due_domain())
        self.env.flush_all()
        # An address comes from the account, else from its login.
        rows = self.env.execute_query(
            SQL(
                "SELECT count(DISTINCT phone) FILTER (WHERE by_sms), count(DISTINCT email) FILTER (WHERE by_mail),"
                " count(*) FILTER (WHERE NOT by_sms AND NOT by_mail)"
                " FROM (SELECT phone, email, phone IS NOT NULL AND (%(first)s = 'sms' OR email IS NULL) AS by_sms,"
                " email IS NOT NULL AND (%(first)s = 'mail' OR phone IS NULL) AS by_mail"
                " FROM (SELECT CASE WHEN %(no_sms)s THEN NULL ELSE a.phone_hash END AS phone,"
                " lower(COALESCE(NULLIF(a.email, ''), NULLIF(p.email, ''))) AS email"
                " FROM dvc_campaign_line l JOIN dvc_account a ON a.id = l.account_id"
                " LEFT JOIN res_partner p ON p.id = a.partner_id WHERE l.id IN %(due)s) contact) message",
                first=self.channel,
                no_sms=lines_sudo._no_sms_sql(SQL.identifier("a", "phone_masked")),
                due=due.subselect(),
            )
        )
        return dict(zip(("sms", "mail", "unreachable"), rows[0], strict=True))

    # The job

    @api.model
    def _cron_invite(self) -> None:
        """Queue the invitations of the running rounds, batch by batch."""
        progress = self.env["ir.cron"]
        running = self.search([("round_state", "=", "running"), ("state", "=", "open")], order="round_started_at, id")
        progress._commit_progress(remaining=sum(campaign._due_count() for campaign in running))
        for campaign in running:
            while invited := campaign._invite_batch():
                if not progress._commit_progress(invited):
                    return
            progress._commit_progress(0)

    def _invite_batch(self) -> int:
        """Queue a batch; end the round where nobody is left.

        :return: lines dealt with
        """
        # Whoever stops the round holds the row first, or waits for this batch.
        campaign = self.try_lock_for_update().filtered_domain([("round_state", "=", "running"), ("state", "=", "open")])
        if not campaign:
            return 0
        lines = self.env["dvc.campaign.line"].search(campaign._due_domain(), order="id", limit=BATCH)
        if not lines:
            campaign._in_flow().write({"round_state": "idle"})
            return 0
        now = fields.Datetime.now()
        texts = campaign._filled_texts()
        for line in lines:
            message = campaign._queue_invitation(line, texts)
            values = {"round": campaign.round, "is_undeliverable": not message}
            if message:
                values |= {"message_id": message.id, "invited_at": now, "invited_before": line.invited_at}
            line._in_flow().write(values)
        self.env.flush_all()
        return len(lines)

    def _filled_texts(self) -> dict[str, str]:
        values = self._placeholder_values()
        return {name: invitation.fill(self[name], values) for name in ("sms_text", "mail_subject", "mail_text")}

    def _queue_invitation(self, line, texts: dict[str, str]):
        """Queue one account's message; a phone or address that several accounts name gets one a round.

        :return: the message; empty where none can reach the account
        """
        account = line.account_id
        phone, email = account._open_phone(), (account.email or account.partner_id.email or "").strip().lower()
        if phone and not self._takes_sms(phone):
            phone = ""
        if not phone and not email:
            return self.env["dvc.outbox"]
        key = f"campaign:{self.id}:{self.round}"
        digest = self.env["dvc.secret"]._box().digest
        if phone and (self.channel == "sms" or not email):
            to = digest(phone, "campaign")[:32]
            return self.env["dvc.outbox"]._queue("sms", phone, "", texts["sms_text"], f"{key}:{to}", record=line)
        to = digest(email, "campaign")[:32]
        return self.env["dvc.outbox"]._queue(
            "mail", email, texts["mail_subject"], texts["mail_text"], f"{key}:{to}", record=line
        )

    @api.model
    def _takes_sms(self, e164: str) -> bool:
        return phonenumbers.number_type(phonenumbers.parse(e164)) in _SMS_KINDS
