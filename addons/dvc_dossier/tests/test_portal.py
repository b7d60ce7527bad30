# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .common import DossierCase, content, pdf

FORM = [
    {"name": "child_name", "label": "Họ tên trẻ", "type": "text", "required": True},
    {"name": "mother_number", "label": "Số định danh của mẹ", "type": "citizen_id", "required": True},
]


@tagged("-at_install", "post_install")
class TestPortal(DossierCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.citizen_user.lang = "en_US"
        cls.parts = {part.code: part for part in cls.procedure.component_ids}
        cls.url = f"/my/dossiers/new/{cls.procedure.code}"

    def setUp(self):
        super().setUp()
        self.authenticate("dvc_citizen", "dvc_citizen")

    def post(self, url, files=(), **values):
        data = {"csrf_token": Request.csrf_token(self), **values}
        sent = {f"file_{code}": (f"{code}.pdf", pdf(code), "application/pdf") for code in files}
        page = self.url_open(url, data=data, files=sent or None)
        self.env.invalidate_all()
        return page

    def send(self, files=("TK01", "GCS"), **values):
        return self.post(
            self.url,
            files,
            **{"agency": self.agency.dvc_agency_code, "delivery": "counter", "copies": "1", **values},
        )

    def dossiers(self):
        return self.env["dvc.dossier"].search([("account_id", "=", self.citizen.id)])

    def with_form(self):
        self.parts["TK01"].is_declaration = True
        self.procedure.form_schema = FORM

    def test_submitting_twice(self):
        page = self.send()
        self.assertIn("Your dossier was submitted", page.text)
        again = self.send()
        self.assertEqual(len(self.dossiers()), 1)
        self.assertIn("not submitted a second time", again.text)
        self.assertEqual(again.url.partition("?")[0], page.url.partition("?")[0])

    def test_another_dossier_is_no_repetition(self):
        self.send()
        self.send(copies="2")
        self.send(files=("TK01", "GCS", "GTTT"))
        self.assertEqual(len(self.dossiers()), 3)
        self.dossiers()[0].withdraw("Nộp lại")
        withdrawn = self.dossiers()[0]
        self.send(files=[part.code for part in withdrawn.component_ids], copies=str(withdrawn.copies))
        self.assertEqual(len(self.dossiers()), 4)

    def test_errors_of_the_form_are_at_its_fields(self):
        self.with_form()
        page = self.send(files=("GCS",), form_mother_number="0461")
        self.assertEqual(page.status_code, 422)
        for name, label in (("child_name", "Họ tên trẻ"), ("mother_number", "Số định danh của mẹ")):
            self.assertRegex(page.text, rf'href="#field_form_{name}"[^>]*>{label}<')
            self.assertIn(f'id="field_form_{name}"', page.text)
            self.assertRegex(page.text, rf'aria-describedby="error_form_{name}"')
        self.assertNotIn(">mother_number", page.text)
        self.send(files=("GCS",), form_mother_number="046185990001", form_child_name="Nguyễn Văn Con")
        self.assertEqual(self.dossiers().form_data["child_name"], "Nguyễn Văn Con")

    def test_form_begun_beside_the_declaration(self):
        self.with_form()
        self.send(form_child_name="Nguyễn Văn Con")
        self.assertFalse(self.dossiers().form_data)
        self.assertEqual(len(self.dossiers()), 1)

    def test_post_needs_an_address(self):
        self.assertNotIn('name="address"', self.url_open(self.url).text)
        self.procedure.delivery_post = True
        self.assertIn('name="address"', self.url_open(self.url).text)
        page = self.send(delivery="post")
        self.assertRegex(page.text, r'href="#field_address"')
        self.assertFalse(self.dossiers())
        self.send(delivery="post", address="12 Lê Lợi, Huế")
        self.assertEqual(self.dossiers().applicant_address, "12 Lê Lợi, Huế")

    def test_fee_is_asked_for_when_it_can_be_paid(self):
        dossier = self._submit()
        self.startPatcher(patch.object(self.registry["dvc.dossier"], "_fee_due", lambda self: 8000.0))
        page = self.url_open(f"/my/dossiers/{dossier.id}")
        self.assertIn("o_dvc_fee_later", page.text)
        self.assertNotIn("Fee to pay", page.text)
        self._receive_unpaid(dossier)
        self.env.flush_all()
        self.assertIn("Fee to pay", self.url_open(f"/my/dossiers/{dossier.id}").text)

    def test_supplement_is_confirmed(self):
        dossier = self._submit()
        self._ask(dossier, "TK01", "GCS", instruction="Dòng một\nDòng hai")
        page = self.url_open(f"/my/dossiers/{dossier.id}")
        self.assertRegex(page.text, r'o_dvc_instruction"[^>]*>Dòng một\nDòng hai<')
        url = f"/my/dossiers/{dossier.id}/supplement"
        self.assertIn("Please send the rest too", self.post(url, ["TK01"]).text)
        self.assertIn("Your answer was received", self.post(url, ["GCS"]).text)
        self.assertEqual(dossier.state, "submitted")

    def test_too_late_to_withdraw(self):
        dossier = self._in_state("refused")
        for page in (
            self.url_open(f"/my/dossiers/{dossier.id}/withdraw"),
            self.post(f"/my/dossiers/{dossier.id}/withdraw", reason="Thôi"),
        ):
            self.assertTrue(page.url.endswith(f"/my/dossiers/{dossier.id}"))

    def test_vault_documents_are_told_apart(self):
        self._deposit(number="12/2026", issue_date="2026-02-03", issuer="UBND phường Thử")
        self._deposit()
        page = self.url_open(self.url)
        self.assertIn("Giấy khai sinh (thử) – 12/2026 – UBND phường Thử – 03/02/2026", page.text)
        self.assertIn("gks.pdf – ", page.text)
        self.assertIn("kept since", self.url_open("/my/documents").text)

    def test_tracking_takes_a_code_as_it_is_typed(self):
        dossier = self._submit()
        self.logout()
        typed = f" {dossier.code.lower()[:10]} {dossier.code.lower()[10:]} "
        page = self.post("/dvc/track", code=typed, phone="0914 990 001")
        self.assertIn(f'name="code" value="{dossier.code}"', page.text)
        code = re.search(r"o_dvc_sandbox_code\"[^>]*>(\d{6})<", page.text).group(1)
        challenge = re.search(r'name="challenge" value="([^"]*)"', page.text).group(1)
        page = self.post("/dvc/track", step="otp", code=dossier.code, phone="0914990001", challenge=challenge, otp=code)
        self.assertTrue(page.url.endswith(f"/dvc/track/{dossier.code}"), page.text)

    def test_pages_name_themselves(self):
        dossier = self._submit()
        pages = {
            "/my/dossiers": "My dossiers",
            f"/my/dossiers/{dossier.id}": dossier.code,
            "/my/documents": "My documents",
            self.url: self.procedure.name,
            "/dvc/procedures": "Procedures",
            "/my": "My pages",
        }
        for url, title in pages.items():
            self.assertIn(f"<title>{title} · ", self.url_open(url).text, url)

    def test_chosen_file_can_be_removed(self):
        """By its button, and by a document chosen instead."""
        document = self._deposit(number="12/2026")
        code = f"""
            (async () => {{
                const box = document.querySelector("[data-component=GKS]");
                const kept = box.querySelector("input[name=upload_GKS]");
                const until = async (holds, nudge = () => {{}}) => {{
                    for (let tries = 0; !holds() && tries < 100; tries++) {{
                        // The page's script starts late: what it has not heard is said again.
                        nudge();
                        await new Promise((resolve) => setTimeout(resolve, 300));
                    }}
                    if (!holds()) {{
                        throw new Error("waited in vain for " + holds);
                    }}
                }};
                const choose = async () => {{
                    const files = new DataTransfer();
                    const bytes = Uint8Array.from(atob("{content("gks")}"), (letter) => letter.charCodeAt(0));
                    files.items.add(new File([bytes], "gks.pdf", {{ type: "application/pdf" }}));
                    const input = box.querySelector("input[type=file]");
                    await until(
                        () => kept.value,
                        () => {{
                            input.files = files.files;
                            input.dispatchEvent(new Event("change", {{ bubbles: true }}));
                        }}
                    );
                }};
                await choose();
                box.querySelector(".o_dvc_remove").click();
                await until(() => !kept.value);
                await choose();
                const select = box.querySelector("select");
                select.value = "{document.id}";
                select.dispatchEvent(new Event("change", {{ bubbles: true }}));
                await until(() => !kept.value);
                console.log("test successful");
            }})();
        """
        self.browser_js(self.url, code, "document.readyState === 'complete'", login="dvc_citizen", timeout=90)
