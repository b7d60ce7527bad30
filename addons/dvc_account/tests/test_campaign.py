# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form
from odoo.tools import SQL

from ..exceptions import Refusal
from ..models import dvc_campaign_invite as module
from .common import DvcCommon


class CampaignCommon(DvcCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls.env["dvc.campaign"].with_user(cls.manager).create({"name": "Đợt 1"})
        cls.accounts = cls.env["dvc.account"]
        for index in range(4):
            cls.accounts |= cls._registered(f"09149903{index:02d}", name="Lê Văn Tư")
        cls.by_mail = cls.env["dvc.account"]._in_flow().create({"name": "Lê Thị Thư", "email": "Thu@example.com"})
        cls.silent = cls.env["dvc.account"]._in_flow().create({"name": "Lê Thị Lặng"})
        cls.every = cls.accounts | cls.by_mail | cls.silent

    def add(self, accounts, campaign=None):
        return (campaign or self.campaign)._add_accounts(SQL("SELECT unnest(%s::int[])", accounts.ids))

    def opened(self, accounts=None):
        self.add(self.every if accounts is None else accounts)
        self.campaign.with_user(self.manager).action_open()
        return self.campaign.with_user(self.officer)

    def invite(self, campaign=None):
        (campaign or self.campaign).with_user(self.officer).action_send_invitations()
        self.run_job()

    def run_job(self):
        self.env.ref("dvc_account.ir_cron_campaign").method_direct_trigger()
        self.env.invalidate_all()

    def messages(self):
        return self.env["dvc.outbox"].search([("res_model", "=", "dvc.campaign.line")])

    def states(self):
        return {line.account_id: line.state for line in self.campaign.line_ids}

    def pass_days(self, days):
        self.env.flush_all()
        self.env.cr.execute("UPDATE dvc_campaign_line SET invited_at = invited_at - %s * interval '1 day'", [days])
        self.env.invalidate_all()


class TestCampaign(CampaignCommon):
    def test_accounts_come_once_with_what_was_found(self):
        self.assertEqual(self.add(self.every | self.citizen), 6, "a standardised account stays out")
        self.assertEqual(self.add(self.every), 0)
        line = self.campaign.line_ids.filtered(lambda line: line.account_id == self.silent)
        self.assertEqual(line.findings, "never_tried,no_contact")
        self.assertIn("Neither phone nor e-mail", line.findings_text)
        self.assertEqual(line.company_id, self.agency)

    def test_progress_is_the_accounts_own(self):
        campaign = self.opened()
        self.assertEqual((campaign.total_count, campaign.to_invite_count, campaign.unreachable_count), (6, 5, 1))
        self.accounts[0].standardize(**{**self.NEW_FACTS, "phone": self.NEW_FACTS["phone"]})
        self.accounts[1].with_user(self.officer).lock("Thử")
        self.silent.email = "lang@example.com"
        self.env.invalidate_all()
        self.assertEqual(
            (campaign.standardized_count, campaign.locked_count, campaign.to_invite_count, campaign.unreachable_count),
            (1, 1, 4, 0),
        )
        self.assertAlmostEqual(campaign.progress, 100 / 3)
        # The same truth in a list's field, a search and a group.
        self.assertEqual(self.states()[self.accounts[1]], "locked")
        lines = self.env["dvc.campaign.line"].with_user(self.officer)
        self.assertEqual(lines.search([("state", "=", "locked")]).account_id, self.accounts[1])
        self.assertEqual(len(lines.search([("state", "!=", "locked")])), 5)
        groups = lines._read_group([("campaign_id", "=", campaign.id)], ["state"], ["__count"])
        self.assertEqual(dict(groups), {"to_invite": 4, "standardized": 1, "locked": 1})

    def test_figures_cost_the_same_for_many(self):
        campaign = self.opened(self.accounts[:1])

        def read():
            self.env.invalidate_all()
            return campaign.progress, campaign.line_ids.mapped("state")

        read()
        with self.assertQueryCount(5):
            read()
        self.add(self.every)
        with self.assertQueryCount(5):
            read()

    def test_a_landline_without_an_address_is_to_visit(self):
        landline = self._registered("02343822134", name="Lê Văn Bàn")
        self.opened(landline | self.accounts)
        self.assertEqual(self.states()[landline], "unreachable")
        landline.email = "ban@example.com"
        self.invite()
        message = self.messages().filtered(lambda message: message.channel == "mail")
        self.assertEqual(message.recipient_masked, "b***@example.com")

    def test_texts_are_checked(self):
        campaign = self.campaign.with_user(self.manager)
        for values in (
            {"sms_text": "Mời Ông/Bà chuẩn hóa"},
            {"sms_text": "{link} {name}"},
            {"sms_text": "{link}" + "x" * 450},
            {"mail_text": "{link} 0914 123 567"},
            {"mail_subject": "{secret}"},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(Refusal, "bad_text"), self.env.cr.savepoint():
                campaign.write(values)
        campaign.sms_text = "{agency} mời trước {deadline}: {link}"
        self.assertIn("UBND phường Thử Một mời trước", campaign.sms_preview)
        self.assertIn("/my/account-standardize", campaign.sms_preview)

    def test_states_are_nobodys_to_set(self):
        with self.assertRaisesRegex(Refusal, "field.guarded"):
            self.campaign.with_user(self.manager).write({"state": "open"})
        self.opened()
        line = self.campaign.line_ids[0].with_user(self.officer)
        with self.assertRaisesRegex(Refusal, "field.guarded"):
            line.write({"invited_at": fields.Datetime.now()})
        line.note = "Đi vắng đến Tết"
        line.action_spoken_to()
        self.assertEqual(line.contacted_by_id, self.officer)

    def test_an_empty_campaign_does_not_begin(self):
        with self.assertRaisesRegex(Refusal, "campaign.empty"):
            self.campaign.with_user(self.manager).action_open()

    def test_closing_keeps_the_figures_in_the_journal(self):
        campaign = self.opened()
        campaign.with_user(self.manager).action_close()
        line = self.env["dvc.journal"].search([("event", "=", "campaign.closed")])
        self.assertEqual(line.detail["to_invite"], 5)
        self.assertEqual(line.company_id, self.agency)
        for call in (campaign.action_send_invitations, campaign.with_user(self.manager).action_close):
            with self.assertRaisesRegex(Refusal, "campaign.bad_state"):
                call()
        with self.assertRaisesRegex(Refusal, "campaign.bad_state"):
            campaign.line_ids[0].action_spoken_to()

    def test_dialog_adds_by_rule(self):
        campaign = self.campaign.with_user(self.officer)
        dialog = Form(
            self.env["dvc.campaign.selection"].with_user(self.officer).with_context(default_campaign_id=campaign.id)
        )
        dialog.rule = "no_contact"
        # Other accounts of the database may lack a contact too.
        count = dialog.found_count
        self.assertGreaterEqual(count, 1)
        dialog.save().action_add()
        self.assertEqual(campaign.total_count, count)
        self.assertIn(self.silent, campaign.line_ids.account_id)

    def test_marked_findings_are_added(self):
        findings = self.env["dvc.account.finding"].with_user(self.officer)
        marked = findings.search([("account_id", "in", (self.silent | self.by_mail).ids)])
        action = marked.action_add_to_campaign()
        dialog = Form(self.env["dvc.campaign.selection"].with_user(self.officer).with_context(**action["context"]))
        self.assertEqual(dialog.marked_count, 2)
        dialog.campaign_id = self.campaign.with_user(self.officer)
        self.assertEqual(dialog.found_count, 2)
        dialog.save().action_add()
        self.assertEqual(self.campaign.line_ids.account_id, self.by_mail | self.silent)
        free = findings.search([("account_id.campaign_line_ids", "=", False), ("account_id", "in", self.every.ids)])
        self.assertEqual(free.account_id, self.accounts)


class TestInvitations(CampaignCommon):
    def test_one_round(self):
        campaign = self.opened()
        dialog = self.env["dvc.campaign.invitation"].with_user(self.officer).create({"campaign_id": campaign.id})
        self.assertEqual((dialog.sms_count, dialog.mail_count, dialog.unreachable_count), (4, 1, 1))
        dialog.action_confirm()
        self.run_job()
        self.assertEqual((campaign.round, campaign.round_state), (1, "idle"))
        messages = self.messages()
        self.assertEqual(sorted(messages.mapped("channel")), ["mail"] + ["sms"] * 4)
        self.assertEqual(messages.company_id, self.agency, "of the agency, so that its manager finds them")
        self.assertEqual(self.states()[self.silent], "unreachable")
        self.assertEqual({self.states()[account] for account in self.accounts | self.by_mail}, {"invited"})
        for message in messages:
            self.assertIn("/my/account-standardize", message.body)
            self.assertNotIn("{", message.body)
            self.assertNotRegex(message.body, r"914990|Lê")

    def test_nobody_is_invited_twice_in_a_round_nor_too_early(self):
        campaign = self.opened()
        self.invite()
        self.run_job()
        self.assertEqual(len(self.messages()), 5)
        with self.assertRaisesRegex(Refusal, "campaign.nobody_due"):
            campaign.action_send_invitations()
        self.assertEqual(campaign.round, 1)
        self.pass_days(6)
        with self.assertRaisesRegex(Refusal, "campaign.nobody_due"):
            campaign.action_send_invitations()
        self.pass_days(1)
        self.accounts[0].standardize(**{**self.NEW_FACTS, "phone": self.NEW_FACTS["phone"]})
        self.invite()
        self.assertEqual(campaign.round, 2)
        self.assertEqual(len(self.messages()), 9, "the standardised one is left in peace")

    def test_later_accounts_get_their_first_one_at_once(self):
        self.opened(self.accounts)
        self.invite()
        self.add(self.by_mail)
        self.invite()
        self.assertEqual(len(self.messages()), 5)

    def test_a_phone_of_several_accounts_gets_one(self):
        twin = self._registered("0914990300", name="Lê Văn Năm")
        campaign = self.opened(self.accounts | twin)
        self.assertEqual(campaign._due_figures(), {"sms": 4, "mail": 0, "unreachable": 0})
        self.invite()
        self.assertEqual(len(self.messages()), 4)
        self.assertEqual(self.states()[twin], "invited")

    def test_mail_first(self):
        self.accounts[0].email = "tu@example.com"
        self.campaign.with_user(self.manager).channel = "mail"
        campaign = self.opened(self.accounts)
        self.assertEqual(campaign._due_figures(), {"sms": 3, "mail": 1, "unreachable": 0})
        self.invite()
        self.assertEqual(sorted(self.messages().mapped("channel")), ["mail", "sms", "sms", "sms"])

    def test_stop_withdraws_what_has_not_left(self):
        twin = self._registered("0914990301", name="Lê Văn Năm")
        campaign = self.opened(self.every | twin)
        self.invite()
        left = self.messages().filtered(lambda message: message.channel == "mail")
        left._send_guarded()
        self.assertEqual(campaign.waiting_count, 4)
        campaign.action_stop()
        self.assertEqual(self.messages(), left)
        self.assertEqual(campaign.round_state, "stopped")
        self.assertEqual({self.states()[account] for account in self.accounts | twin}, {"to_invite"})
        self.assertEqual(self.states()[self.by_mail], "invited")
        # Going on is the same round: whoever got the message gets none again.
        self.invite()
        self.assertEqual(campaign.round, 1)
        self.assertEqual(len(self.messages()), 5)
        self.assertEqual(campaign.round_state, "idle")

    def test_stop_while_the_job_runs(self):
        campaign = self.opened(self.accounts)
        self.patch(module, "BATCH", 1)
        campaign.action_send_invitations()
        self.campaign._invite_batch()
        campaign.action_stop()
        self.assertEqual(self.campaign._invite_batch(), 0)
        self.assertFalse(self.messages())
        with self.assertRaisesRegex(Refusal, "campaign.not_running"):
            campaign.action_stop()

    def test_a_reminder_withdrawn_leaves_the_first_invitation(self):
        campaign = self.opened(self.accounts)
        self.invite()
        for message in self.messages():
            message._send_guarded()
        self.pass_days(8)
        first = campaign.line_ids[0].invited_at
        self.invite()
        campaign.action_stop()
        self.assertEqual((campaign.line_ids[0].invited_at, campaign.line_ids[0].round), (first, 1))

    def test_a_message_that_failed_for_good(self):
        self.opened(self.accounts)
        self.invite()
        self.messages()[0].state = "failed"
        self.assertEqual(sorted(self.states().values()), ["invited"] * 3 + ["unreachable"])

    def test_a_spoilt_phone_is_to_visit(self):
        self.accounts[0]._in_flow().write({"phone_secret": "v1.AAAA"})
        self.opened(self.accounts)
        with self.assertLogs("odoo.addons.dvc_account.models.dvc_account", "WARNING"):
            self.invite()
        self.assertEqual(self.states()[self.accounts[0]], "unreachable")
        self.assertEqual(len(self.messages()), 3)

    def test_only_between_the_dates(self):
        campaign = self.opened()
        today = self.env["dvc.account"]._today()
        for values in (
            {"date_from": today + datetime.timedelta(days=1)},
            {"date_from": today - datetime.timedelta(days=9), "date_to": today - datetime.timedelta(days=1)},
        ):
            campaign.with_user(self.manager).write(values)
            with self.assertRaisesRegex(Refusal, "campaign.not_now"):
                campaign.action_send_invitations()

    def test_a_draft_invites_nobody(self):
        self.add(self.every)
        with self.assertRaisesRegex(Refusal, "campaign.bad_state"):
            self.campaign.with_user(self.officer).action_invite()

    def test_queries_of_a_batch(self):
        """A message costs what the outbox costs, the rest is for the whole batch."""
        self.opened(self.accounts[:2])
        self.campaign.with_user(self.officer).action_send_invitations()

        def queries_of_a_batch():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            count = self.campaign._invite_batch()
            return self.env.cr.sql_log_count - before, count

        first, two = queries_of_a_batch()
        self.add(self.every)
        for index in range(40):
            self.add(self._registered(f"09149904{index:02d}", name="Lê Văn Tư"))
        second, many = queries_of_a_batch()
        self.assertEqual((two, many), (2, 44))
        self.assertLessEqual((second - first) / (many - two), 5)


class TestCampaignRoles(CampaignCommon):
    def test_other_agencies_see_nothing(self):
        self.opened()
        for name in ("dvc.campaign", "dvc.campaign.line"):
            self.assertFalse(
                self.env[name].with_user(self.officer2).search([])
                & self.env[name].search([("company_id", "=", self.agency.id)])
            )
        foreign = self.campaign.with_user(self.officer2)
        for call in (
            foreign.action_send_invitations,
            foreign.action_stop,
            foreign.action_open_lines,
            foreign.action_add_accounts,
        ):
            with self.subTest(call=call.__name__), self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            self.campaign.line_ids[0].with_user(self.officer2).action_spoken_to()
        dialog = self.env["dvc.campaign.selection"].with_user(self.officer2).create({"campaign_id": self.campaign.id})
        with self.assertRaises(AccessError):
            dialog.action_add()
        dialog = self.env["dvc.campaign.invitation"].with_user(self.officer2).create({"campaign_id": self.campaign.id})
        with self.assertRaises(AccessError):
            dialog.read(["sms_count"])
        with self.assertRaises(AccessError):
            dialog.action_confirm()
        # The same accounts may be in another agency's campaign.
        other = self.env["dvc.campaign"].create({"name": "Đợt khác", "company_id": self.other_agency.id})
        self.assertEqual(self.add(self.every, other), 6)
        self.assertEqual(other.with_user(self.officer2).total_count, 6)

    def test_who_may_do_what(self):
        campaign = self.campaign
        self.add(self.every)
        for user in (self.officer, self.auditor):
            with self.assertRaises(AccessError):
                campaign.with_user(user).action_open()
            with self.assertRaises(AccessError):
                campaign.with_user(user).write({"name": "x"})
            with self.assertRaises(AccessError):
                self.env["dvc.campaign"].with_user(user).create({"name": "x"})
        campaign.with_user(self.manager).action_open()
        for user in (self.auditor, self.specialist, self.leader, self.accountant, self.integrator, self.citizen_user):
            for call in (
                "action_send_invitations",
                "action_stop",
                "action_close",
                "action_add_accounts",
                "action_invite",
            ):
                with self.subTest(user=user.login, call=call), self.assertRaises(AccessError):
                    getattr(campaign.with_user(user), call)()
            with self.assertRaises(AccessError):
                campaign.line_ids[0].with_user(user).action_spoken_to()
            with self.assertRaises(AccessError):
                campaign.line_ids[0].with_user(user).write({"note": "x"})
        self.assertEqual(campaign.with_user(self.auditor).total_count, 6)
        with self.assertRaises(AccessError):
            campaign.with_user(self.officer).action_close()
        with self.assertRaisesRegex(Refusal, "campaign.kept"):
            campaign.sudo().unlink()

    def test_a_manager_of_two_agencies_cannot_invite_in_one_not_chosen(self):
        other = self.env["dvc.campaign"].create({"name": "Đợt khác", "company_id": self.other_agency.id})
        self.manager.company_ids |= self.other_agency
        foreign = other.with_user(self.manager).with_context(allowed_company_ids=self.agency.ids)
        with self.assertRaises(AccessError):
            foreign.action_open_lines()
        self.assertTrue(foreign.with_context(allowed_company_ids=self.other_agency.ids).action_open_lines())
