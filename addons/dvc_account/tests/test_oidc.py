# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Sign-in by electronic identity, the whole way, with a real provider on loopback."""

import datetime
import urllib.parse

import oidc_provider_mock
import requests

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import DvcCase

FORM = "/my/account-standardize"


@tagged("-at_install", "post_install")
class TestOidc(DvcCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = oidc_provider_mock.run_server_in_thread(require_nonce=True)
        cls.issuer = f"http://localhost:{server.__enter__().server_port}"
        cls.addClassCleanup(server.__exit__, None, None, None)
        cls.provider = cls.env["dvc.oidc.provider"].create(
            {"issuer": cls.issuer, "client_id": "ward", "client_secret": "not to be seen"}
        )

    def person(self, sub, number, name="Lê Hoàng Mới", level="LOA2"):
        claims = {"SoDinhDanh": number, "HoVaTen": name, "loAs": level}
        requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()
        return sub

    def begin(self):
        answer = self.url_open("/dvc/vneid/start", allow_redirects=False)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        return answer.headers["Location"]

    def agree(self, url, sub):
        """Sign in at the provider; return the way back."""
        answer = requests.post(url, data={"sub": sub}, allow_redirects=False, timeout=5)
        parts = urllib.parse.urlsplit(answer.headers["Location"])
        self.assertEqual(parts.path, "/dvc/vneid/callback")
        return f"{parts.path}?{parts.query}"

    def sign_in(self, sub):
        return self.url_open(self.agree(self.begin(), sub))

    def assertFailed(self, page, text=""):
        self.assertIn('id="dvc_error"', page.text)
        self.assertIn(text, page.text)
        self.assertTrue(self.url_open("/my").url.endswith("/web/login?redirect=%2Fmy%3F"), "nobody is logged in")

    def test_a_standardised_citizen_lands_in_the_one_account(self):
        page = self.sign_in(self.person("s1", self.CITIZEN_FACTS["citizen_id"]))
        self.assertTrue(page.url.endswith("/my"), page.url)
        self.assertEqual(self.session_user(), self.citizen_user)
        log = self.env["dvc.journal"].search([("event", "=", "account.signed_in_by_identity")], limit=1)
        self.assertEqual(log.account_id, self.citizen)
        self.url_open("/web/session/logout")
        self.assertTrue(self.sign_in("s1").url.endswith("/my"), "and again")

    def session_user(self):
        page = self.url_open("/my/account-standardize?change=1")
        for user in (self.citizen_user, self.stranger_user):
            if user.name in page.text:
                return user
        return None

    def test_a_new_citizen_gives_only_what_is_missing(self):
        page = self.sign_in(self.person("s2", self.NEW_FACTS["citizen_id"], "Lê Hoàng  Mới"))
        self.assertTrue(page.url.endswith(FORM))
        self.assertIn('value="Lê Hoàng Mới"', page.text)
        self.assertIn('value="046*******03"', page.text)
        self.assertNotIn(self.NEW_FACTS["citizen_id"], page.text)
        account = self.env["dvc.account"].search([("name", "=", "Lê Hoàng Mới")])
        self.assertEqual(account.state, "unstandardized")
        token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        facts = {**self.NEW_FACTS, "citizen_id": "046*******03"}
        page = self.url_open(FORM, data={"csrf_token": token, **facts})
        code = page.text.partition('o_dvc_sandbox_code">')[2][:6]
        challenge = page.text.partition('name="challenge" value="')[2].partition('"')[0]
        page = self.url_open(
            FORM, data={"csrf_token": token, "step": "code", "challenge": challenge, "code": code, **facts}
        )
        self.assertEqual(account.state, "standardized")

    def test_a_duplicate_leads_to_the_standardised_account(self):
        other = self._registered("0914990077", name="Lê Thị Trùng")
        other._in_flow().write(self.env["dvc.account"]._citizen_values(self.CITIZEN_FACTS["citizen_id"]))
        other._lock("duplicate", "x", merged_into=self.citizen)
        self.assertTrue(self.sign_in(self.person("s3", self.CITIZEN_FACTS["citizen_id"])).url.endswith("/my"))
        self.assertEqual(self.session_user(), self.citizen_user)

    def test_a_locked_citizen_stays_out(self):
        self.citizen.with_user(self.officer).lock("Mất thẻ")
        self.assertFailed(self.sign_in(self.person("s4", self.CITIZEN_FACTS["citizen_id"])), "locked")

    def test_linking_an_account_that_one_is_logged_in_to(self):
        new_test_user(self.env, "dvc_linker", groups="base.group_portal", password="dvc_linker1")
        self.authenticate("dvc_linker", "dvc_linker1")
        page = self.url_open(FORM)
        self.assertIn('id="dvc_oidc"', page.text)
        page = self.sign_in(self.person("s5", self.NEW_FACTS["citizen_id"]))
        self.assertIn('value="046*******03"', page.text)
        account = self.env["dvc.account"].search([("user_id.login", "=", "dvc_linker")])
        self.assertTrue(account.oidc_subject_hash)

    def test_nobody_takes_over_the_account_one_is_logged_in_to(self):
        self.authenticate("dvc_stranger", "dvc_stranger")
        self.assertTrue(self.sign_in(self.person("s6", self.CITIZEN_FACTS["citizen_id"])).url.endswith("/my"))
        self.assertEqual(self.session_user(), self.citizen_user)
        self.authenticate("dvc_stranger", "dvc_stranger")
        page = self.sign_in(self.person("s7", self.NEW_FACTS["citizen_id"]))
        self.assertIn('id="dvc_error"', page.text)
        self.assertFalse(self.stranger.oidc_subject_hash)

    def test_a_subject_that_comes_back_as_somebody_else(self):
        self.sign_in(self.person("s8", self.CITIZEN_FACTS["citizen_id"]))
        self.url_open("/web/session/logout")
        self.assertFailed(self.sign_in(self.person("s8", self.STRANGER_FACTS["citizen_id"])), "not the one")
        events = self.env["dvc.journal"].search([("event", "=", "account.oidc_other_number")])
        self.assertEqual(events.account_id, self.citizen)

    def test_claims_that_are_not_enough(self):
        self.assertFailed(self.sign_in(self.person("s9", self.CITIZEN_FACTS["citizen_id"], level="LOA1")), "level 2")
        self.assertFailed(self.sign_in(self.person("s10", "123")), "no identification number")
        self.assertFailed(self.sign_in(self.person("s11", None)), "no identification number")

    def test_staff_never_come_this_way(self):
        self.citizen._in_flow().user_id = self.officer
        self.assertFailed(self.sign_in(self.person("s12", self.CITIZEN_FACTS["citizen_id"])))

    def test_a_way_back_is_good_once(self):
        back = self.agree(self.begin(), self.person("s13", self.CITIZEN_FACTS["citizen_id"]))
        self.assertTrue(self.url_open(back).url.endswith("/my"))
        self.url_open("/web/session/logout")
        self.assertFailed(self.url_open(back), "used already")

    def test_a_way_back_of_another_browser(self):
        back = self.agree(self.begin(), self.person("s14", self.CITIZEN_FACTS["citizen_id"]))
        self.opener.cookies.clear()
        self.authenticate(None, None)
        self.assertFailed(self.url_open(back), "began elsewhere")
        self.begin()
        self.assertFailed(self.url_open(back), "began elsewhere")

    def test_a_way_back_that_was_made_up(self):
        self.begin()
        for query in ("", "?state=x&code=y", "?code=y", f"?state={'x' * 5000}&code=y"):
            self.assertFailed(self.url_open(f"/dvc/vneid/callback{query}"))

    def test_a_denied_sign_in(self):
        url = self.begin()
        answer = requests.post(url, data={"action": "deny"}, allow_redirects=False, timeout=5)
        state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))["state"]
        self.assertIn("access_denied", answer.headers["Location"])
        self.assertFailed(self.url_open(f"/dvc/vneid/callback?error=access_denied&state={state}"), "did not sign in")

    def test_too_late(self):
        back = self.agree(self.begin(), self.person("s15", self.CITIZEN_FACTS["citizen_id"]))
        self.env["dvc.oidc.login"].search([]).write({"expires_at": datetime.datetime(2020, 1, 1)})
        self.assertFailed(self.url_open(back), "too old")

    def test_it_is_announced_before_it_opens(self):
        self.provider.active_from = self.env["dvc.account"]._today() + datetime.timedelta(days=3)
        day = self.provider.active_from.strftime("%d/%m/%Y")
        page = self.url_open("/web/login")
        self.assertIn(day, page.text)
        self.assertNotIn('id="dvc_oidc"', page.text)
        self.authenticate("dvc_citizen", "dvc_citizen")
        self.assertIn(day, self.url_open("/my").text)
        self.authenticate(None, None)
        self.assertFailed(self.url_open("/dvc/vneid/start"), "not open yet")
        self.provider.active_from = self.env["dvc.account"]._today()
        self.assertIn('id="dvc_oidc"', self.url_open("/web/login").text)

    def test_without_a_provider_nothing_is_shown(self):
        self.provider.active = False
        self.assertNotIn("dvc_oidc", self.url_open("/web/login").text)

    def test_begun_too_often(self):
        for _round in range(30):
            self.env["dvc.attempt"]._take(
                "oidc.address", self.env["dvc.secret"]._box().digest("127.0.0.1", "address"), 30, 600
            )
        self.assertFailed(self.url_open("/dvc/vneid/start"), "Too many")

    def test_the_secret_is_kept_closed(self):
        self.assertEqual(self.provider.with_user(self.manager).client_secret, "********")
        self.provider.with_user(self.manager).write({"client_secret": "********", "name": "VNeID"})
        self.assertEqual(self.provider._client().client_secret, "not to be seen")
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM dvc_oidc_provider t")
        self.assertNotIn("not to be seen", str(self.env.cr.fetchall()))
        for user in (self.officer, self.citizen_user, self.integrator):
            with self.assertRaises(AccessError):
                self.provider.with_user(user).read(["issuer"])
        with self.assertRaises(AccessError):
            self.provider.with_user(self.auditor).action_check()
        self.assertEqual(self.provider.with_user(self.manager).action_check()["params"]["type"], "success")

    def test_whom_the_sign_in_believes_is_journalled(self):
        self.provider.with_user(self.manager).issuer = "https://sso.example"
        line = self.env["dvc.journal"].search([("event", "=", "setting.changed")], limit=1)
        self.assertEqual((line.user_id, line.detail["issuer"]), (self.manager, "https://sso.example"))
        self.assertNotIn("secret", str(line.detail))

    def test_the_provider_is_down(self):
        self.provider.issuer = "http://localhost:9"
        self.assertFailed(self.url_open("/dvc/vneid/start"), "does not answer now")
        self.assertEqual(self.provider.with_user(self.manager).action_check()["params"]["type"], "danger")
