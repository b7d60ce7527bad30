# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import json
import os
import tempfile
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.dvc_account.exceptions import Refusal

from .common import DossierCase, DossierCommon, pdf


@tagged("post_install", "-at_install")
class TestPersonalData(DossierCommon):
    def reads(self):
        return self.citizen._access_lines(limit=100)

    def erase(self):
        filed = self.env["dvc.data.request"]._file(self.citizen, "deletion", "", self.agency)
        record = self.env["dvc.data.request"].browse(filed.id).with_user(self.manager)
        record._answer("Đã nhận", False)
        record._prepare_erasure()
        record._erase(record.name)
        return record

    # Who read it

    def test_reveal_from_a_dossier_keeps_its_code(self):
        dossier = self._submit()
        action = dossier.with_user(self.specialist).action_reveal()
        dialogs = self.env[action["res_model"]].with_user(self.specialist).with_context(**action["context"])
        shown = dialogs.create({"purpose": "compare"}).action_show()
        self.assertIn("046185990001", shown["params"]["message"])
        self.assertEqual(set(self.reads().mapped("dossier_code")), {dossier.code})
        self.assertEqual(self.citizen._access_links([dossier.code, "x", False]), {dossier.code: dossier.access_url})
        with self.assertRaises(AccessError):
            dossier.with_user(self.leader).action_reveal()

    def test_a_code_that_is_not_the_citizens_is_refused(self):
        dossier = self._submit()
        dialogs = self.env["dvc.account.reveal"].with_user(self.officer)
        dialog = dialogs.create({"account_id": self.stranger.id, "dossier_id": dossier.id, "purpose": "call"})
        with self._refused("input.invalid"):
            dialog.action_show()
        elsewhere = self.env["dvc.account.reveal"].with_user(self.officer2)
        dialog = elsewhere.create({"account_id": self.citizen.id, "dossier_id": dossier.id, "purpose": "call"})
        with self.assertRaises(AccessError):
            dialog.action_show()
        self.assertFalse(self.reads())

    def test_a_list_of_dossiers_that_leaves_the_house(self):
        dossier = self._submit()
        self.officer.group_ids += self.env.ref("base.group_allow_export")
        rows = dossier.with_user(self.officer).export_data(["code", "applicant_name", "applicant_citizen_masked"])
        self.assertNotIn("046185990001", str(rows))
        line = self.reads()
        self.assertEqual(
            (line.detail, line.dossier_code, line.company_id), ({"what": "list"}, dossier.code, self.agency)
        )

    def test_contents_read_over_rpc(self):
        file = self._submit().component_ids[:1]
        attachment = file.attachment_id
        self.assertTrue(attachment.with_user(self.specialist).read(["name", "mimetype"]))
        self.assertFalse(self.reads())
        attachment.with_user(self.specialist).read(["datas"])
        attachment.with_user(self.specialist).read(["raw"])
        line = self.reads()
        self.assertEqual(
            (line.role, line.dossier_code, line.detail), ("specialist", file.dossier_id.code, {"what": "file"})
        )
        self.assertIn(file.name, line.purpose)

    def test_our_own_code_reads_silently(self):
        dossier = self._submit()
        dossier._hour_values(dossier.submitted_at)
        dossier.component_ids._complete_checks()
        self.assertFalse(self.reads())

    # All of it

    def test_everything_the_person_may_take_along(self):
        dossier = self._submit()
        self._deposit(number="12/2020", issuer="UBND phường")
        theirs = self._submit(account_id=self.stranger.id, user=self.integrator)
        data = self.citizen._personal_data()
        self.assertEqual([line["code"] for line in data["dossiers"]], [dossier.code])
        self.assertEqual({line["dossier_code"] for line in data["dossier_files"]}, {dossier.code})
        self.assertEqual(data["dossier_events"][0]["event"], "submit")
        self.assertEqual(data["documents"][0]["number"], "12/2020")
        self.assertTrue(data["messages"])
        text = json.dumps(data, ensure_ascii=False)
        self.assertNotIn(theirs.code, text)
        self.assertNotIn(self.stranger.name, text)
        labels = self.citizen._personal_data_labels()
        keys = set(data) | {key for rows in data.values() for row in rows for key in row}
        self.assertFalse({key for key in keys - set(labels) if not key.startswith("form.")})

    # Deletion

    def test_open_dossiers_stand_against_deletion(self):
        self._submit()
        filed = self.env["dvc.data.request"]._file(self.citizen, "deletion", "", self.agency)
        record = self.env["dvc.data.request"].browse(filed.id).with_user(self.manager)
        record._answer("Đã nhận", False)
        with self._refused("account.not_erasable"):
            record._prepare_erasure()

    def test_what_must_be_kept_stays_with_its_person(self):
        dossier = self._submit()
        dossier.with_user(self.citizen_user).withdraw("Không cần nữa")
        own, used = self._deposit(number="1"), self._deposit(number="2")
        own._in_flow().write({"source": "upload"})
        used._in_flow().write({"source": "component", "dossier_id": dossier.id})
        digest = self.citizen.citizen_id_hash
        record = self.erase()
        self.assertEqual((record.state, self.citizen.lock_cause), ("done", "erased"))
        self.assertEqual((own.exists(), used.exists()), (own.browse(), used))
        self.assertEqual(
            (dossier.applicant_name, dossier.component_ids.exists()), ("Nguyễn Thị Kiểm", dossier.component_ids)
        )
        self.assertEqual((self.citizen.name, self.citizen.citizen_id_hash), ("Nguyễn Thị Kiểm", digest))
        self.assertFalse(self.citizen.phone_hash or self.citizen.phone_secret or self.citizen.email)
        self.assertIn("Dossiers", record.answer)
        # Who comes back is the same person: what was kept is theirs again.
        again = self._standardized(self.CITIZEN_FACTS)
        self.assertEqual(again._own_dossiers(), dossier)

    def test_drafts_go(self):
        draft = (
            self.env["dvc.dossier"]
            ._in_flow()
            .create(
                {
                    "procedure_id": self.procedure.id,
                    "company_id": self.agency.id,
                    "account_id": self.citizen.id,
                    "delivery": "counter",
                }
            )
        )
        part = {"component": self.procedure.component_ids[:1], "filename": "a.pdf", "data": pdf("a")}
        self.env["dvc.dossier.component"]._hand_in(draft, [part])
        attachments = draft.component_ids.attachment_id
        upload = self.env["dvc.dossier.upload"].create(
            {"account_id": self.citizen.id, "component_code": "TK01", "filename": "a.pdf", "data": b"YQ=="}
        )
        self.erase()
        self.assertFalse(draft.exists() or upload.exists() or attachments.exists())

    # The master key

    def test_hashes_follow_a_new_key(self):
        dossier, document = self._submit(client_ref="r-1"), self._deposit(number="12/2020")
        with tempfile.NamedTemporaryFile("w", suffix=".key") as file:
            file.write("ab" * 32)
            file.flush()
            list(self.env["dvc.secret.rotation"]._steps(file.name))
            with patch.dict(os.environ, DVC_SECRET_KEY_FILE=file.name):
                self.env.registry.clear_cache()
                self.env.invalidate_all()
                digest = self.env["dvc.account"]._citizen_hash("046185990001")
                self.assertEqual((self.citizen.citizen_id_hash, dossier.applicant_citizen_hash), (digest, digest))
                self.assertEqual(document.owner_hash, digest)
                self.assertEqual(self._submit(client_ref="r-1"), dossier)
        self.env.registry.clear_cache()

    def test_a_number_that_nobody_keeps_stops_the_change(self):
        dossier = self._submit()
        dossier._in_flow().write({"applicant_citizen_hash": "f" * 64})
        self.env.flush_all()
        with tempfile.NamedTemporaryFile("w", suffix=".key") as file:
            file.write("ab" * 32)
            file.flush()
            with self.assertRaises(Refusal) as caught:
                list(self.env["dvc.secret.rotation"]._steps(file.name))
        self.assertIn("dvc.dossier.applicant_citizen_hash: 1", str(caught.exception))


@tagged("post_install", "-at_install")
class TestFilesOpened(DossierCase, HttpCase):
    def test_staff_who_open_a_file(self):
        dossier = self._submit()
        file = dossier.component_ids[:1]
        self.specialist.password = "dvc_specialist_1"
        self.authenticate("dvc_specialist", "dvc_specialist_1")
        for _again in range(2):
            self.assertEqual(self.url_open(f"/web/content/{file.attachment_id.id}").status_code, 200)
        lines = self.citizen._access_lines(limit=10)
        self.assertEqual((len(lines), lines.role, lines.dossier_code), (1, "specialist", dossier.code))

    def test_the_citizen_who_opens_their_own(self):
        dossier = self._submit()
        self.authenticate("dvc_citizen", "dvc_citizen")
        address = f"/my/dossiers/{dossier.id}/files/{dossier.component_ids[:1].id}"
        self.assertEqual(self.url_open(address).status_code, 200)
        document = self._deposit(number="12/2020")
        page = self.url_open(f"/my/documents/{document.id}/file")
        self.assertEqual((page.status_code, page.content), (200, pdf("vault")))
        self.assertFalse(self.citizen._access_lines(limit=10))

    def test_the_page_links_the_dossier(self):
        dossier = self._submit()
        self.citizen.with_user(self.specialist)._show_revealed("Đối chiếu", dossier.code)
        self.authenticate("dvc_citizen", "dvc_citizen")
        self.assertIn(f'href="/my/dossiers/{dossier.id}"', self.url_open("/my/data").text)
