# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from unittest.mock import Mock, patch

import requests

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import DvcCommon

POST = "odoo.addons.dvc_account.models.dvc_outbox.requests.post"


class TestOutbox(DvcCommon):
    def queue(self, key="test.outbox", **values):
        return self.env["dvc.outbox"]._queue("sms", "+84914990001", "", "Mã 123456", key, **values)

    def test_same_key_queues_once(self):
        self.assertEqual(self.queue(), self.queue())

    def test_sandbox_sends_nothing_and_wipes(self):
        message = self.queue(secret=True)
        with patch(POST) as post:
            message._send_guarded()
        post.assert_not_called()
        self.assertEqual(message.state, "sandbox")
        self.assertFalse(message.body_secret)
        self.assertFalse(message.body)

    def test_gateway(self):
        self.env["ir.config_parameter"].set_param("dvc_account.sms_gateway_url", "http://127.0.0.1:9/sms")
        message = self.queue(secret=True)
        with patch(POST, return_value=Mock()) as post:
            message._send_guarded()
        self.assertEqual(post.call_args.kwargs["json"], {"to": "+84914990001", "text": "Mã 123456"})
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.body_secret)

    @mute_logger("odoo.addons.dvc_account.models.dvc_outbox")
    def test_failure_backs_off_then_gives_up(self):
        self.env["ir.config_parameter"].set_param("dvc_account.sms_gateway_url", "https://sms.example")
        message = self.queue(secret=True)
        waits = []
        with patch(POST, side_effect=requests.Timeout()):
            for _round in range(8):
                message._send_guarded()
                waits.append(message.next_try_at)
        self.assertEqual(waits[:7], sorted(set(waits[:7])))
        self.assertEqual((message.state, message.error), ("failed", "Timeout"))
        self.assertFalse(message.body_secret)

    @mute_logger("odoo.addons.dvc_account.models.dvc_outbox")
    def test_no_gateway_no_demo(self):
        self.env.ref("base.module_dvc_account").demo = False
        message = self.queue()
        message._send_guarded()
        self.assertEqual(message.state, "queued")
        self.assertIn("dvc_account.sms_gateway_url", message.error)

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
