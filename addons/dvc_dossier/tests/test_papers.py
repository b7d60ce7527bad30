# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import io

import openpyxl
import pypdf

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.dvc_account.report import paper
from odoo.addons.dvc_account.tests.common import DvcCase


@tagged("post_install", "-at_install")
class TestPapers(DvcCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.procedure = cls.env["dvc.procedure"].create(
            {
                "code": "9.000002",
                "name": "Cấp bản sao (kiểm thử giấy tờ)",
                "category_id": cls.env["dvc.procedure.category"].search([], limit=1).id,
                "time_limit_value": 3,
                "component_ids": [Command.create({"code": "TK", "name": "Tờ khai <b> & mẫu"})],
                "unit_ids": [Command.set(cls.unit.ids)],
            }
        )
        sheet = paper.Paper("Tờ khai")
        sheet.start()
        sheet.text("Tờ khai")
        cls.file = base64.b64encode(sheet.to_bytes()).decode()
        cls.citizen.email = "kiem@example.com"

    def submitted(self):
        answer = (
            self.env["dvc.dossier"]
            .with_user(self.integrator)
            .submit(
                account_id=self.citizen.id,
                procedure_code=self.procedure.code,
                agency_code=self.agency.dvc_agency_code,
                components=[{"code": "TK", "filename": "tk.pdf", "content": self.file}],
                delivery="counter",
            )
        )
        return self.env["dvc.dossier"].browse(answer["id"])

    def received(self):
        dossier = self.submitted()
        dossier.with_user(self.officer).receive()
        return dossier

    def text(self, content):
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def render(self, name, dossiers, user=None):
        report = self.env["ir.actions.report"].with_user(user or self.officer)
        content, kind = report._render_qweb_pdf(f"dvc_dossier.{name}", dossiers.ids)
        self.assertEqual(kind, "pdf")
        return content

    def test_reception_archives_form_01_and_mails_it(self):
        dossier = self.received()
        archived = dossier._archived_form_01()
        text = self.text(archived.raw)
        moment = paper.moment_words(dossier._local(dossier.due_at))
        for part in (
            "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
            dossier.code,
            self.CITIZEN_FACTS["full_name"],
            "Tờ khai <b> & mẫu",
            "3 ngày làm việc",
            moment,
            self.officer.name,
        ):
            self.assertIn(part, text)
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], text)
        self.assertIn(self.citizen.citizen_id_masked, text)
        message = self.env["dvc.outbox"].search([("dedup_key", "=", f"form_01:{dossier.id}")])
        self.assertEqual(message.channel, "mail")
        self.assertEqual(message.attachment_ids, archived)
        self.assertIn(dossier.code, message.body)

    def test_the_print_menu_gives_one_file_for_several_dossiers(self):
        dossiers = self.received() | self.received()
        content = self.render("form_01", dossiers)
        self.assertEqual(len(pypdf.PdfReader(io.BytesIO(content)).pages), 2)
        text = self.text(content)
        for dossier in dossiers:
            self.assertIn(dossier.code, text)

    def test_printing_follows_the_record_rules(self):
        dossier = self.received()
        with self.assertRaises(AccessError):
            self.render("form_01", dossier, self.officer2)
        with self.assertRaises(UserError):
            self.render("form_01", dossier.browse())

    def test_supplement_refusal_and_postponement_issue_their_forms(self):
        dossier = self.submitted()
        dossier.with_user(self.officer).request_supplement(
            items=[{"component_code": "TK", "instruction": "Chụp lại cho rõ"}]
        )
        text = self.text(self.render("form_02", dossier))
        self.assertIn("Chụp lại cho rõ", text)
        refused = self.submitted()
        refused.with_user(self.officer).refuse(reason="Không thuộc thẩm quyền", legal_basis="Điều 17 NĐ 61/2018/NĐ-CP")
        text = self.text(self.render("form_03", refused))
        self.assertIn("Không thuộc thẩm quyền", text)
        self.assertIn("Điều 17 NĐ 61/2018/NĐ-CP", text)
        late = self.received()
        promised = paper.moment_words(late._local(late.due_at))
        new = fields.Datetime.add(late.due_at, days=7)
        late.with_user(self.officer).postpone(due_at=fields.Datetime.to_string(new), reason="Chờ xác minh")
        text = self.text(self.render("form_04", late))
        for part in (promised, paper.moment_words(late._local(new)), "Chờ xác minh", "xin lỗi"):
            self.assertIn(part, text)
        names = (
            self.env["ir.attachment"]
            .search([("res_model", "=", "dvc.dossier"), ("res_id", "in", (dossier | refused | late).ids)])
            .mapped("name")
        )
        for name in (f"{dossier.code}-02-1.pdf", f"{refused.code}-03.pdf", f"{late.code}-04.pdf"):
            self.assertIn(name, names)

    def test_register_holds_the_period_of_one_agency(self):
        dossier = self.received()
        today = self.env["dvc.account"]._today()
        dialog = self.env["dvc.register.export"].with_user(self.manager)
        export = dialog.create({"company_id": self.agency.id, "date_from": today, "date_to": today})
        sheet = openpyxl.load_workbook(io.BytesIO(export._register_xlsx())).active
        codes = [row[1] for row in sheet.iter_rows(min_row=6, values_only=True)]
        self.assertEqual(codes, [dossier.code])
        earlier = fields.Date.subtract(today, days=1)
        empty = dialog.create({"company_id": self.agency.id, "date_from": earlier, "date_to": earlier})
        sheet = openpyxl.load_workbook(io.BytesIO(empty._register_xlsx())).active
        self.assertEqual(sheet.max_row, 5)
        with self.assertRaises(UserError):
            dialog.create({"company_id": self.agency.id, "date_from": today, "date_to": earlier}).action_download()

    def test_citizen_downloads_their_own_form_only(self):
        dossier, waiting = self.received(), self.submitted()
        self.authenticate("dvc_citizen", "dvc_citizen")
        page = self.url_open(f"/my/dossiers/{dossier.id}/form01")
        self.assertEqual(page.status_code, 200)
        self.assertEqual(page.content, dossier._archived_form_01().raw)
        self.assertEqual(self.url_open(f"/my/dossiers/{waiting.id}/form01").status_code, 404)
        self.authenticate("dvc_stranger", "dvc_stranger")
        self.assertEqual(self.url_open(f"/my/dossiers/{dossier.id}/form01").status_code, 404)

    def test_download_route_needs_no_wkhtmltopdf(self):
        dossier = self.received()
        self.officer.password = self.officer.login
        self.authenticate(self.officer.login, self.officer.login)
        page = self.url_open(f"/report/pdf/dvc_dossier.form_01/{dossier.id}")
        self.assertEqual(page.headers["Content-Type"], "application/pdf")
        self.assertIn(dossier.code, self.text(page.content))

    def test_the_web_client_downloads_without_asking_for_wkhtmltopdf(self):
        dossier = self.received()
        self.officer.password = self.officer.login
        code = """
            const { download } = odoo.loader.modules.get("@web/core/network/download");
            const asked = [];
            download._download = async (options) => asked.push(options);
            const { fetch } = window;
            window.fetch = (url, ...rest) => {
                asked.push({ url: String(url.url || url), data: {} });
                return fetch(url, ...rest);
            };
            const services = odoo.__WOWL_DEBUG__.root.env.services;
            const ready = services.action.doAction("dvc_dossier.report_form_01", {
                additionalContext: { active_ids: [%s] },
            });
            ready.then(() => {
                const wanted = asked.filter(({ data }) => (data.data || "").includes("dvc_dossier.form_01/%s"));
                const needless = asked.filter(({ url }) => url.includes("check_wkhtmltopdf"));
                console.log(wanted.length === 1 && !needless.length ? "test successful" : JSON.stringify(asked));
            });
        """.replace("%s", str(dossier.id))
        ready = "odoo.isReady === true && !!odoo.__WOWL_DEBUG__?.root?.env?.services?.action"
        self.browser_js("/odoo?debug=1", code, ready, login=self.officer.login, timeout=90)
