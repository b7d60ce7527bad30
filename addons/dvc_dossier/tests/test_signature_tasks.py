# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import json
import os
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dvc_account.models.dvc_signature_task import TRIES_MAX
from odoo.addons.dvc_account.models.ir_websocket import STAFF_CHANNEL
from odoo.addons.dvc_account.signing.worker import NotStarted, Worker

from .common import DossierCase, DossierCommon, content

SECONDS = "dvc_account.signature_seconds"
# 19 MB of one name: nobody parses it within a second or two.
HOSTILE = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /" + b"A" * 19_000_000 + b" 1 >>\nendobj\nstartxref\n9\n%%EOF\n"


class TaskCase:
    def budget(self, seconds: float) -> None:
        self.env["ir.config_parameter"].set_param(SECONDS, str(seconds))

    def unchecked(self, **more):
        """Return a dossier whose files were all left to the jobs."""
        self.budget(0)
        return self._submit(**more)

    def run_job(self, quick=False):
        self.env.ref(f"dvc_account.ir_cron_signature_tasks{'_quick' if quick else ''}").method_direct_trigger()
        self.env.invalidate_all()

    def tasks(self):
        return self.env["dvc.signature.task"].search([])


@tagged("post_install", "-at_install")
class TestSignatureTasks(TaskCase, DossierCommon):
    def test_what_is_checked_in_time_leaves_nothing(self):
        dossier = self._submit()
        self.assertEqual(set(dossier.component_ids.mapped("verdict")), {"unsigned"})
        self.assertFalse(self.tasks())
        self.assertFalse(dossier.has_pending_check)

    def test_what_is_not_is_done_by_the_job(self):
        dossier = self.unchecked()
        files = dossier.component_ids
        self.assertFalse(any(files.mapped("verdict")))
        self.assertEqual(set(self.tasks().mapped("res_id")), set(files.ids))
        self.assertEqual(self.tasks().company_id, self.agency)
        self.assertEqual(dossier.signature_verdict, "pending")
        self.run_job()
        self.assertEqual(set(files.mapped("verdict")), {"unsigned"})
        self.assertTrue(all(file.check_id.sha256 == file.sha256 for file in files))
        self.assertFalse(self.tasks())
        self.assertEqual(dossier.signature_verdict, "unsigned")

    def test_the_oldest_hour_is_first(self):
        first, second = self.unchecked(), self.unchecked()
        earlier = self.tasks().filtered(lambda task: task.res_id in second.component_ids.ids)
        earlier.write({"due_at": fields.Datetime.now() - timedelta(minutes=1)})
        taken = []
        settle = type(self.env["dvc.dossier.component"])._settle_check

        def noted(file, *args):
            taken.append(file.dossier_id)
            return settle(file, *args)

        with patch.object(type(self.env["dvc.dossier.component"]), "_settle_check", noted):
            self.run_job()
        self.assertEqual(taken, [second, second, first, first])

    def test_a_hostile_file_takes_the_requests_share_and_no_other_file_s_place(self):
        self._submit()  # a process is warm
        self.budget(1)
        components = self._files("TK01", "GCS")
        components[0]["content"] = base64.b64encode(HOSTILE).decode()
        start = os.times().elapsed
        dossier = self._submit(components=components)
        self.assertLess(os.times().elapsed - start, 5)
        files = {file.code: file for file in dossier.component_ids}
        self.assertFalse(files["TK01"].verdict)
        self.assertEqual(files["GCS"].verdict, "unsigned")
        self.tasks().not_before = fields.Datetime.now()
        self.run_job(quick=True)
        self.assertFalse(files["TK01"].verdict)
        self.assertTrue(self.tasks().overran)
        self.run_job(quick=True)
        self.assertEqual(len(self.tasks()), 1, "what takes long is not taken by the quick job")
        self.tasks().not_before = fields.Datetime.now()
        self.run_job()
        self.assertEqual(files["TK01"].verdict, "unreadable")
        self.assertFalse(self.tasks())

    def test_a_checker_that_does_not_answer_is_told_and_the_file_stays_undecided(self):
        dossier = self.unchecked()
        told = []
        notify = patch.object(type(self.env["ir.cron"]), "_notify_admin", lambda _self, text: told.append(text))
        broken = patch.object(Worker, "verify", side_effect=NotStarted("no process"))
        with notify, broken, mute_logger("odoo.addons.dvc_account.signing.pool"):
            for _try in range(TRIES_MAX):
                self.run_job()
                self.assertFalse(any(dossier.component_ids.mapped("verdict")))
                self.assertTrue(all(task.not_before > fields.Datetime.now() for task in self.tasks()))
                self.tasks().not_before = fields.Datetime.now()
            with mute_logger("odoo.addons.dvc_account.models.dvc_signature_task"):
                self.run_job()
        self.assertEqual(set(dossier.component_ids.mapped("verdict")), {"unknown"})
        self.assertEqual(len(told), 2)
        self.assertFalse(self.tasks())
        self.assertTrue(self.env["dvc.journal"].search([("event", "=", "signature.given_up")]))
        # It says nothing about the file: the reception looks again.
        self.assertEqual(dossier.with_user(self.officer).receive()["state"], "received")
        self.assertEqual(set(dossier.component_ids.mapped("verdict")), {"unsigned"})

    def test_a_reception_completes_what_is_pending(self):
        dossier = self.unchecked()
        self.assertEqual(dossier.with_user(self.officer).receive()["state"], "received")
        self.assertEqual(set(dossier.component_ids.mapped("verdict")), {"unsigned"})
        self.run_job()
        self.assertFalse(self.tasks())
        self.assertEqual(
            self.env["dvc.signature.check"].search_count([("res_id", "=", dossier.id)]), 2, "not checked twice"
        )

    def test_nothing_pending_is_received(self):
        dossier = self.unchecked()
        broken = patch.object(Worker, "verify", side_effect=NotStarted("no process"))
        with broken, mute_logger("odoo.addons.dvc_account.signing.pool"):
            with self._refused("component.check_pending"):
                dossier.with_user(self.officer).receive()
            with self._refused("component.check_pending"):
                self._ask(dossier, paper=True, paper_reason="Cần bản gốc")
        self.assertEqual(dossier.state, "submitted")

    def test_a_tampered_file_is_refused_while_pending(self):
        tampered = b"%PDF-1.7\n1 0 obj\n<< /ByteRange [0 1 2 3] >>\nendobj\ntrailer\n<< >>\nstartxref\n0\n%%EOF\n"
        components = self._files("TK01", "GCS")
        components[1]["content"] = base64.b64encode(tampered).decode()
        dossier = self.unchecked(components=components)
        with self._refused("component.invalid_signature"):
            dossier.with_user(self.officer).receive()

    def test_what_the_queue_lost_it_gets_back(self):
        dossier = self.unchecked()
        self.tasks().unlink()
        self.env.ref("dvc_dossier.ir_cron_complete_checks").method_direct_trigger()
        self.assertEqual(set(self.tasks().mapped("res_id")), set(dossier.component_ids.ids))
        self.env.ref("dvc_dossier.ir_cron_complete_checks").method_direct_trigger()
        self.assertEqual(len(self.tasks()), 2, "once")

    def test_filters_find_pending_and_unsigned(self):
        pending, done = self.unchecked(), self._in_state("received")
        dossiers = self.env["dvc.dossier"].with_user(self.officer)
        own = [("id", "in", (pending | done).ids)]
        self.assertEqual(dossiers.search([*own, ("has_pending_check", "=", True)]).ids, pending.ids)
        self.assertEqual(dossiers.search([*own, ("has_pending_check", "=", False)]).ids, done.ids)
        unsigned = [("component_ids", "any", [("is_current", "=", True), ("verdict", "=", "unsigned")])]
        self.assertEqual(dossiers.search([*own, *unsigned]).ids, done.ids)

    def test_staff_are_told_ids_of_their_agency_only(self):
        dossier = self.unchecked()
        # Sent when the transaction is over.
        self.env.cr.precommit.run()
        last = self.env["bus.bus"].search([], order="id desc", limit=1).id
        self.run_job()
        self.env.cr.precommit.run()
        lines = self.env["bus.bus"].search([("id", ">", last)])
        told = [line for line in lines if "dvc_signature/checked" in line.message]
        self.assertTrue(told)
        for line in told:
            self.assertEqual(json.loads(line.channel)[1:], ["res.company", self.agency.id, STAFF_CHANNEL])
            self.assertEqual(json.loads(line.message)["payload"], {"dossier_ids": dossier.ids})

    def test_whom_the_server_lets_hear(self):
        def channels(user):
            socket = self.env["ir.websocket"].with_user(user)
            connection = SimpleNamespace(session=SimpleNamespace(uid=user.id))
            with patch("odoo.addons.bus.models.ir_websocket.wsrequest", connection):
                found = socket._build_bus_channel_list([f"res.company,{self.agency.id}"])
            return {channel[0].id for channel in found if isinstance(channel, tuple) and channel[1] == STAFF_CHANNEL}

        self.assertEqual(channels(self.officer), {self.agency.id})
        self.assertEqual(channels(self.officer2), {self.other_agency.id})
        self.assertEqual(channels(self.citizen_user), set())
        self.assertEqual(channels(self.integrator), set())


@tagged("post_install", "-at_install")
class TestCheckAgain(TaskCase, DossierCommon):
    def test_a_manager_has_many_checked_again(self):
        dossiers = self._submit() | self._submit()
        dossiers.component_ids[0]._in_flow().write({"verdict": "valid"})
        action = dossiers.with_user(self.manager).action_check_signatures_again()
        batch = self.env["dvc.signature.batch"].browse(action["res_id"])
        self.assertEqual((batch.total, batch.done, batch.progress), (4, 0, 0.0))
        self.run_job()
        self.assertEqual((batch.done, batch.changed, batch.progress), (4, 1, 100.0))
        self.assertTrue(batch.ended_at)
        line = batch.line_ids.filtered("is_changed")
        self.assertEqual((line.before, line.after), ("valid", "unsigned"))
        self.assertEqual(dossiers.component_ids[0].verdict, "unsigned")
        self.assertEqual(batch.with_user(self.manager).display_name, "Check of 4 files")

    def test_files_handed_in_go_first(self):
        again = self._submit()
        again.with_user(self.manager).action_check_signatures_again()
        waiting = self.unchecked()
        order = [task.res_id in waiting.component_ids.ids for task in self.tasks()]
        self.assertEqual(order, [True, True, False, False])

    def test_documents_of_the_vault(self):
        document = self._deposit(verdict="valid", dossier_id=self._submit().id)
        document.with_user(self.manager).action_check_signatures_again()
        self.run_job()
        self.assertEqual(document.verdict, "unsigned")
        self.assertTrue(document.check_id)

    def test_managers_only_and_in_their_agencies(self):
        dossier = self._submit()
        for user in (self.officer, self.specialist, self.leader, self.auditor):
            with self.subTest(user.login), self.assertRaises(AccessError):
                dossier.with_user(user).action_check_signatures_again()
        stranger = self._staff("manager", login="dvc_manager_other", agency=self.other_agency)
        with self.assertRaises(AccessError):
            dossier.with_user(stranger).action_check_signatures_again()
        with self._refused("input.invalid"):
            dossier.browse().with_user(self.manager).action_check_signatures_again()
        dossier.with_user(self.manager).action_check_signatures_again()
        batches = self.env["dvc.signature.batch"]
        self.assertTrue(batches.with_user(self.manager).search([]))
        self.assertFalse(batches.with_user(stranger).search([("company_id", "=", self.agency.id)]))


@tagged("-at_install", "post_install")
class TestPortalChecks(TaskCase, DossierCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.citizen_user.lang = "en_US"
        self.authenticate("dvc_citizen", "dvc_citizen")

    def upload(self, code="TK01"):
        session = self.url_open(f"/my/dossiers/new/{self.procedure.code}").text
        token = session.split('name="csrf_token" value="')[1].split('"')[0]
        file = base64.b64decode(content("x"))
        return self.url_open(
            "/my/dossiers/upload",
            data={"csrf_token": token, "component": code},
            files={"file": ("a.pdf", file, "application/pdf")},
        ).json()

    def test_a_chosen_file_tells_its_verdict_later(self):
        self.budget(0)
        answer = self.upload()
        self.assertEqual((answer["pending"], answer["verdict"]), (True, "Being checked"))
        asked = self.url_open(f"/my/dossiers/uploads?ids={answer['id']}")
        self.assertEqual(asked.headers["Cache-Control"], "no-store")
        self.assertEqual(asked.json()["files"][0]["pending"], True)
        self.run_job()
        told = self.url_open(f"/my/dossiers/uploads?ids={answer['id']},x,²,99999999999").json()["files"]
        self.assertEqual(
            [(one["id"], one["pending"], one["verdict"]) for one in told], [(answer["id"], False, "Not signed")]
        )

    def test_somebody_else_s_files_are_not_told(self):
        answer = self.upload()
        upload = self.env["dvc.dossier.upload"].browse(answer["id"])
        upload.account_id = self.stranger
        self.assertEqual(self.url_open(f"/my/dossiers/uploads?ids={upload.id}").json(), {"files": []})
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(f"/my/dossiers/uploads?ids={upload.id}").url)

    def test_the_dossier_s_page_without_a_script(self):
        self.budget(0)
        dossier = self._submit()
        page = self.url_open(f"/my/dossiers/{dossier.id}").text
        self.assertIn("Being checked", page)
        self.assertIn("Look again", page)
        states = self.url_open(f"/my/dossiers/{dossier.id}/checks").json()["files"]
        self.assertEqual(
            {(one["id"], one["pending"]) for one in states}, {(file.id, True) for file in dossier.component_ids}
        )
        self.run_job()
        self.assertNotIn("Being checked", self.url_open(f"/my/dossiers/{dossier.id}").text)
        dossier.sudo()._in_flow().account_id = self.stranger
        self.assertEqual(self.url_open(f"/my/dossiers/{dossier.id}/checks").status_code, 404)
