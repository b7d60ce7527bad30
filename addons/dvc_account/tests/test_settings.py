# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import http.server
import json
import threading
from contextlib import contextmanager

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from odoo.addons.dvc_account.exceptions import Refusal

from .common import DvcCommon


@contextmanager
def service(status: int, answer: dict):
    """Serve one answer on this machine; gives the address and the list of what was received."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", received
    finally:
        server.shutdown()
        server.server_close()


class TestSettings(DvcCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, "dvc_administrator", "base.group_system")

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        # Odoo's guard of tests knows one number as the timeout, not two.
        return super()._request_handler(session, request, **{**options, "timeout": 10})

    def _settings(self, **values):
        return self.env["res.config.settings"].with_user(self.administrator).create(values)

    def _parameter(self, name):
        return self.env["ir.config_parameter"].get_param(name)

    def test_only_administrators(self):
        for user in (self.manager, self.auditor, self.officer):
            with self.assertRaises(AccessError):
                self.env["res.config.settings"].with_user(user).create({})
            with self.assertRaises(AccessError):
                self.env["res.config.settings"].with_user(user).action_dvc_check_identity()
            with self.assertRaises(AccessError):
                self.env["dvc.message.test"].with_user(user).create({"phone": "0914123456"})

    def test_addresses_are_kept_and_must_be_safe(self):
        self._settings(dvc_identity_url=" https://dinhdanh.example.vn/v1 ").execute()
        self.assertEqual(self._parameter("dvc_account.identity_url"), "https://dinhdanh.example.vn/v1")
        for field in ("dvc_identity_url", "dvc_sms_gateway_url"):
            for address in (
                "http://dinhdanh.example.vn",
                "ftp://dinhdanh.example.vn",
                "dinhdanh.example.vn",
                "https://",
            ):
                with self.subTest(field=field, address=address), self.assertRaises(Refusal) as refused:
                    self._settings(**{field: address}).execute()
                self.assertEqual(refused.exception.code, "setting.bad_address")
        self._settings(dvc_identity_url="http://127.0.0.1:9/", dvc_sms_gateway_url="").execute()
        self.assertEqual(self._parameter("dvc_account.identity_url"), "http://127.0.0.1:9/")

    def test_state_is_told(self):
        with Form(self.env["res.config.settings"].with_user(self.administrator)) as form:
            self.assertEqual((form.dvc_identity_state, form.dvc_messages_state), ("sandbox", "sandbox"))
            form.dvc_identity_url = "https://dinhdanh.example.vn"
            self.assertEqual(form.dvc_identity_state, "connected")
        self.env.ref("base.module_dvc_account").demo = False
        self.assertEqual(self._settings().dvc_messages_state, "refused")

    def _told(self, action):
        self.assertEqual(action["tag"], "display_notification")
        return action["params"]["type"], action["params"]["message"]

    def test_connection_is_checked(self):
        kind, text = self._told(self._settings().action_dvc_check_identity())
        self.assertEqual(kind, "warning")
        self.assertIn("sandbox", text)
        for status, answer, wanted in (
            (200, {"match": False, "mismatched": ["citizen_id"]}, "success"),
            (200, {"match": True, "mismatched": []}, "danger"),
            (200, {"ok": True}, "danger"),
            (503, {}, "danger"),
        ):
            with self.subTest(status=status, answer=answer), service(status, answer) as (address, received):
                self.env["ir.config_parameter"].set_param("dvc_account.identity_url", address)
                self.assertEqual(self._told(self._settings().action_dvc_check_identity())[0], wanted)
                self.assertEqual(set(received[0]), {"full_name", "citizen_id", "issue_date", "phone"})
        # Nobody listens any more.
        with mute_logger("urllib3.connectionpool"):
            kind, text = self._told(self._settings().action_dvc_check_identity())
        self.assertEqual(kind, "danger")
        self.assertIn("ConnectionError", text)
        self.env["ir.config_parameter"].set_param("dvc_account.identity_url", "")
        self.env.ref("base.module_dvc_account").demo = False
        self.assertEqual(self._told(self._settings().action_dvc_check_identity())[0], "danger")

    def _send(self):
        dialog = self.env["dvc.message.test"].with_user(self.administrator).create({"phone": "0914 123 456"})
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM dvc_message_test t WHERE t::text LIKE '%914123456%'")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        return self._told(dialog.action_send())

    def test_message_is_sent(self):
        self.assertEqual(self._send()[0], "warning")
        with service(200, {}) as (address, received):
            self.env["ir.config_parameter"].set_param("dvc_account.sms_gateway_url", address)
            kind, text = self._send()
            self.assertEqual(kind, "success")
            self.assertNotIn("914123456", text)
            self.assertEqual(received[0]["to"], "+84914123456")
        with service(502, {}) as (address, _received), mute_logger("odoo.addons.dvc_account.models.dvc_outbox"):
            self.env["ir.config_parameter"].set_param("dvc_account.sms_gateway_url", address)
            self.assertEqual(self._send()[0], "danger")
        self.assertEqual(self.env["dvc.outbox"].search([], limit=1).state, "failed")
        dialog = self.env["dvc.message.test"].with_user(self.administrator).create({"phone": "12"})
        with self.assertRaises(Refusal):
            dialog.action_send()
