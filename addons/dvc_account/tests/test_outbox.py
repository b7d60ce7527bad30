# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from unittest.mock import Mock, patch

import requests

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
