# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime
import os
import tempfile
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.sms.tools.sms_api import SmsApi

from .common import DvcCommon
from .gateway_server import GatewayServer

LOGGER = "odoo.addons.dvc_account.models.dvc_outbox"


class TestOutbox(DvcCommon):
    def setUp(self):
        super().setUp()
        self.gateway = GatewayServer()
        self.startPatcher(patch.dict(os.environ))
        os.environ.pop("DVC_SMS_TOKEN_FILE", None)
        self.enterContext(self.gateway)

    def connect(self, channel="gateway"):
        self.env["ir.config_parameter"].set_param("dvc_account.sms_channel", channel)
        self.env["ir.config_parameter"].set_param("dvc_account.sms_gateway_url", f"{self.gateway.url}/sms")

    def queue(self, key="test.outbox", **values):
        return self.env["dvc.outbox"]._queue("sms", "+84914990001", "", "Mã 123456", key, **values)

    def test_same_key_queues_once(self):
        self.assertEqual(self.queue(), self.queue())

    def test_sandbox_sends_nothing_and_shows_codes_for_ten_minutes(self):
        outbox = self.env["dvc.outbox"]
        with freeze_time("2026-03-02 02:00:00"):
            message = self.queue(secret=True)
            message._send_guarded()
            self.assertEqual(message.state, "sandbox")
            self.assertFalse(message.body)
            self.assertEqual([one["text"] for one in outbox._on_phone("+84914990001")], ["Mã 123456"])
            self.assertEqual(outbox._on_phone("+84914990002"), [])
        with freeze_time("2026-03-02 02:10:01"):
            self.assertEqual([one["text"] for one in outbox._on_phone("+84914990001")], [""])
            outbox._wipe_shown()
            self.assertFalse(message.body_secret)
        self.assertFalse(self.gateway.received)

    def test_gateway(self):
        self.connect()
        message = self.queue(secret=True)
        message._send_guarded()
        [sent] = self.gateway.received
        self.assertEqual(sent["json"], {"to": "+84914990001", "text": "Mã 123456"})
        self.assertNotIn("Authorization", sent["headers"])
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.body_secret)

    def test_token_from_a_file(self):
        self.connect()
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("bi-mat-cua-tong-dai\n")
            file.flush()
            os.environ["DVC_SMS_TOKEN_FILE"] = file.name
            self.queue()._send_guarded()
        self.assertEqual(self.gateway.received[0]["headers"]["Authorization"], "Bearer bi-mat-cua-tong-dai")
        with mute_logger(LOGGER):
            message = self.queue("gone")
            message._send_guarded()
        self.assertEqual((message.state, len(self.gateway.received)), ("queued", 1), "not without its token")

    @mute_logger(LOGGER)
    def test_failure_backs_off_then_gives_up(self):
        self.connect()
        self.gateway.answers = [(503, {}, {})] * 8
        message = self.queue(secret=True)
        waits = []
        for _round in range(8):
            message._send_guarded()
            waits.append(message.next_try_at)
        self.assertEqual(waits[:7], sorted(set(waits[:7])))
        self.assertEqual((message.state, message.error), ("failed", "HTTP 503"))
        self.assertFalse(message.body_secret)
        keys = {one["headers"]["Idempotency-Key"] for one in self.gateway.received}
        self.assertEqual((len(keys), len(self.gateway.received)), (1, 8), "one message, however often it is tried")
        self.assertNotIn("test.outbox", keys.pop())

    @mute_logger(LOGGER)
    def test_what_may_be_tried_again(self):
        self.connect()
        for status, state in {
            200: "sent",
            204: "sent",
            302: "failed",
            400: "failed",
            401: "failed",
            404: "failed",
            422: "failed",
            408: "queued",
            429: "queued",
            500: "queued",
            502: "queued",
        }.items():
            with self.subTest(status=status):
                self.gateway.answers = [(status, {"Location": "/elsewhere"}, {})]
                message = self.queue(f"status.{status}")
                message._send_guarded()
                self.assertEqual(message.state, state)
        self.assertEqual(len(self.gateway.received), 11, "no redirection is followed")

    @mute_logger(LOGGER)
    def test_it_waits_as_it_is_told(self):
        self.connect()
        self.gateway.answers = [(429, {"Retry-After": "900"}, {})]
        message = self.queue()
        message._send_guarded()
        self.assertGreater(message.next_try_at, fields.Datetime.now() + datetime.timedelta(minutes=14))

    @mute_logger(LOGGER)
    def test_nobody_answers(self):
        self.connect()
        self.env["ir.config_parameter"].set_param("dvc_account.sms_gateway_url", "http://127.0.0.1:9/sms")
        message = self.queue()
        message._send_guarded()
        self.assertEqual((message.state, message.error), ("queued", "ConnectionError"))

    def test_a_code_is_not_sent_late(self):
        self.connect()
        soon = fields.Datetime.now() + datetime.timedelta(minutes=5)
        message = self.queue(secret=True, until=soon)
        with freeze_time(soon + datetime.timedelta(seconds=1)):
            message._send_guarded()
        self.assertEqual((message.state, message.body_secret), ("expired", False))
        self.assertFalse(self.gateway.received)

    @mute_logger(LOGGER)
    def test_a_code_that_could_not_leave_in_time(self):
        self.connect()
        message = self.queue(secret=True, urgent=True, until=fields.Datetime.now() + datetime.timedelta(minutes=5))
        self.gateway.answers = [(503, {}, {})] * 8
        for _round in range(8):
            if message.state == "queued":
                message._send_guarded()
        self.assertEqual((message.state, message.error, message.body_secret), ("expired", "HTTP 503", False))
        self.assertLess(len(self.gateway.received), 8)

    def test_an_unknown_phone_leaves_nothing(self):
        self.connect()
        message = self.queue(decoy=True, secret=True)
        message._send_guarded()
        self.assertFalse(message.exists())
        self.assertFalse(self.gateway.received)

    @mute_logger(LOGGER)
    def test_no_gateway_no_demo(self):
        self.env.ref("base.module_dvc_account").demo = False
        message = self.queue()
        message._send_guarded()
        self.assertEqual(message.state, "queued")
        self.assertIn("dvc_account.sms_gateway_url", message.error)

    @mute_logger(LOGGER)
    def test_unknown_channel(self):
        self.connect("pigeon")
        message = self.queue()
        message._send_guarded()
        self.assertIn("dvc_account.sms_channel", message.error)

    def send_by_odoo(self, answer, key="odoo"):
        """Send through Odoo's own provider, whose server is the gateway on this machine."""
        self.connect("odoo")
        self.gateway.answers = [(200, {}, answer)]

        def contact(api, path, params, timeout=15):
            # Odoo itself refuses to go out during tests, wherever to.
            return requests.post(self.gateway.url + path, json=params, timeout=timeout).json()

        message = self.queue(key, secret=True)
        with patch.object(SmsApi, "_contact_iap", contact), mute_logger(LOGGER):
            message._send_guarded()
        return message

    def test_odoo_channel(self):
        def taken(received):
            [message] = received["json"]["messages"]
            return [{"uuid": message["numbers"][0]["uuid"], "state": "success"}]

        before = self.env["sms.sms"].search_count([])
        message = self.send_by_odoo(taken)
        [sent] = self.gateway.received[0]["json"]["messages"]
        self.assertEqual((sent["content"], sent["numbers"][0]["number"]), ("Mã 123456", "+84914990001"))
        self.assertEqual((message.state, message.body_secret), ("sent", False))
        self.assertEqual(self.env["sms.sms"].search_count([]), before, "the text stays nowhere readable")
        self.assertFalse(self.env["dvc.sms.gateway"]._is_sandbox())

    def test_odoo_channel_failures(self):
        for state, outcome in {
            "wrong_number_format": "failed",
            "unregistered": "failed",
            "insufficient_credit": "queued",
            "server_error": "queued",
        }.items():
            with self.subTest(state):

                def refused(received, state=state):
                    [message] = received["json"]["messages"]
                    return [{"uuid": message["numbers"][0]["uuid"], "state": state}]

                message = self.send_by_odoo(refused, f"odoo.{state}")
                self.assertEqual(message.state, outcome)
                self.assertTrue(message.error)

    def test_found_by_the_whole_number(self):
        message = self.queue(record=self.unit)
        outbox = self.env["dvc.outbox"].with_user(self.manager)
        for typed, found in (
            ("0914 990 001", message),
            ("0914990002", message.browse()),
            ("0914990", message.browse()),
        ):
            self.assertEqual(outbox.search([("display_name", "ilike", typed)]), found, typed)

    def test_wiped_texts_are_not_sent_again(self):
        message = self.queue(record=self.unit, secret=True)
        message.write({"state": "failed", "body_secret": False})
        with self.assertRaises(UserError):
            message.with_user(self.manager).action_resend()
        again = self.queue("again", record=self.unit)
        first = again._idempotency_key()
        again.state = "failed"
        (message | again).with_user(self.manager).action_resend()
        self.assertEqual((message.state, again.state), ("failed", "queued"))
        self.assertNotEqual(again._idempotency_key(), first, "the gateway may remember the first as refused")

    def test_only_managers_send_again(self):
        message = self.queue(record=self.unit)
        message.state = "failed"
        for user in (self.officer, self.auditor):
            with self.assertRaises(AccessError):
                message.with_user(user).action_resend()
        message.with_user(self.manager).action_resend()
        self.assertEqual(message.state, "queued")

    def test_texts_are_wiped_after_a_while(self):
        sent, waiting = self.queue("a"), self.queue("b")
        sent._send_guarded()
        long_ago = fields.Datetime.subtract(fields.Datetime.now(), days=31)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE dvc_outbox SET create_date = %s WHERE id = ANY(%s)", [long_ago, (sent | waiting).ids]
        )
        self.env.invalidate_all()
        self.env["ir.config_parameter"].set_param("dvc_account.outbox_keep_days", "40")
        self.env["dvc.outbox"]._gc_bodies()
        self.assertTrue(sent.body)
        self.env["ir.config_parameter"].set_param("dvc_account.outbox_keep_days", "")
        self.env["dvc.outbox"]._gc_bodies()
        self.assertFalse(sent.body)
        self.assertEqual(waiting.body, "Mã 123456", "not sent yet")
