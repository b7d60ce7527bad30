# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..domain.dossier_code import PATTERN
from .common import DossierCommon, content


@tagged("post_install", "-at_install")
class TestSubmit(DossierCommon):
    def test_a_complete_submission(self):
        answer = self._as(self.integrator).submit(**self._arguments())
        self.assertEqual(set(answer), {"id", "code", "state", "receive_deadline", "fee_due"})
        self.assertRegex(answer["code"], PATTERN)
        self.assertTrue(answer["code"].startswith("000.91.29.H57-260309-"))
        self.assertEqual((answer["state"], answer["fee_due"]), ("submitted", 0.0))
        self.assertEqual(answer["receive_deadline"], "2026-03-09 03:00:00")
        dossier = self.env["dvc.dossier"].browse(answer["id"])
        self.assertRecordValues(
            dossier,
            [
                {
                    "unit_id": self.unit.id,
                    "channel": "online",
                    "delivery": "counter",
                    "applicant_name": "Nguyễn Thị Kiểm",
                    "applicant_citizen_masked": "046*******01",
                    "national_status": 1,
                    "copies": 1,
                }
            ],
        )
        self.assertEqual(dossier.component_ids.mapped("verdict"), ["unsigned", "unsigned"])
        self.assertEqual(dossier.component_ids.attachment_id.mapped("res_id"), dossier.component_ids.ids)

    def test_who_may_submit_for_whom(self):
        self.assertEqual(self._submit(self.citizen_user).channel, "online")
        self.assertEqual(self._submit(self.officer).channel, "counter")
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self._submit(self.stranger_user)
        self.assertEqual(type(caught.exception).__name__, "AccessError")
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self._submit(self.officer2)
        self.assertEqual(type(caught.exception).__name__, "AccessError")

    def test_refusals(self):
        closed = self.env["res.company"].create(
            {"name": "Phường cũ", "dvc_agency_code": "000.93.29.H57", "dvc_valid_to": "2025-06-30"}
        )
        self.integrator.company_ids += closed
        required = self._files("TK01", "GCS")
        hostile = base64.b64encode(b"MZ\x90\x00 not a document").decode()
        cases = [
            ("account.unknown", {"account_id": 2**31 - 2}),
            ("agency.unknown", {"agency_code": "000.99.29.H57"}),
            ("agency.unknown", {"agency_code": closed.dvc_agency_code}),
            ("procedure.unknown", {"procedure_code": "9.999999"}),
            ("delivery.not_allowed", {"delivery": "post"}),
            ("delivery.not_allowed", {"delivery": "drone"}),
            ("component.missing", {"components": []}),
            ("component.missing", {"components": required[:1]}),
            ("component.unknown", {"components": [*required, *self._files("XX")]}),
            ("file.empty", {"components": [required[0], {"code": "GCS", "filename": "a.pdf", "content": ""}]}),
            ("file.type", {"components": [required[0], {"code": "GCS", "filename": "a.pdf", "content": hostile}]}),
            ("input.invalid", {"components": [required[0], {"code": "GCS", "filename": "a.pdf", "content": "***"}]}),
            ("input.invalid", {"components": [required[0], {"code": "GCS", "filename": "a.pdf"}]}),
            ("input.invalid", {"components": [required[0], {"code": 7, "filename": "a.pdf", "content": "x"}]}),
            ("input.invalid", {"components": [required[0], {**required[1], "surprise": 1}]}),
            ("input.invalid", {"components": ["GCS"]}),
            ("input.invalid", {"components": "GCS"}),
            ("input.invalid", {"copies": 0}),
            ("input.invalid", {"copies": 1001}),
            ("input.invalid", {"copies": True}),
            ("input.invalid", {"account_id": "1"}),
        ]
        before = self.env["dvc.dossier"].search_count([])
        for code, change in cases:
            with self.subTest(code=code, change=str(change)[:80]), self._refused(code):
                self._as(self.integrator).submit(**self._arguments(**change))
        self.assertEqual(self.env["dvc.dossier"].search_count([]), before)

    def test_only_a_standardised_account_submits(self):
        fresh = self._registered("+84914990099")
        with self._refused("account.not_standardized"):
            self._submit(account_id=fresh.id)
        self.stranger._lock("staff", "Trùng")
        with self._refused("account.locked"):
            self._submit(account_id=self.stranger.id)

    def test_an_agency_offers_what_its_units_own(self):
        self.procedure.unit_ids = self.other_unit
        with self._refused("procedure.unknown"):
            self._submit()

    def test_delivery_not_given_is_the_procedures_first(self):
        self.assertEqual(self._submit(delivery=None).delivery, "electronic")
        self.procedure.requires_presence = True
        self.assertEqual(self._submit(delivery=None).delivery, "counter")
        with self._refused("delivery.not_allowed"):
            self._submit(delivery="electronic")

    def test_an_alternative_stands_for_the_required_component(self):
        dossier = self._submit(components=self._files("TK01", "VBLC"))
        self.assertEqual(dossier.component_ids.mapped("code"), ["TK01", "VBLC"])

    def test_the_form_stands_for_the_declaration_alone(self):
        self.procedure.form_schema = [
            {"name": "ho_ten", "label": "Họ tên", "type": "text", "required": True},
            {"name": "ngay_sinh", "label": "Ngày sinh", "type": "date"},
        ]
        form = {"ho_ten": "Nguyễn Văn Bé", "ngay_sinh": "2026-03-01"}
        self.assertEqual(self._submit(components=self._files("GCS"), form=form).form_data, form)
        with self._refused("component.missing"):
            self._submit(components=self._files("TK01"), form=form)
        for wrong in ({"ho_ten": ""}, {"ho_ten": "A", "ngay_sinh": "hôm qua"}, {"ho_ten": "A", "la": "x"}, {}):
            with self.subTest(wrong=wrong), self._refused("form.invalid"):
                self._submit(components=self._files("GCS"), form=wrong)

    def test_identity_numbers_of_a_form_are_sealed_and_masked(self):
        self.procedure.form_schema = [
            {"name": "ho_ten", "label": "Họ tên", "type": "text", "required": True},
            {"name": "so_me", "label": "Số định danh của mẹ", "type": "citizen_id"},
        ]
        form = {"ho_ten": "Nguyễn Văn Bé", "so_me": "046190000123"}
        dossier = self._submit(components=self._files("GCS"), form=form)
        self.assertEqual(dossier.form_data, {"ho_ten": "Nguyễn Văn Bé", "so_me": "046*******23"})
        sealed = dossier.sudo().form_sealed
        self.assertNotIn("046190000123", sealed)
        self.assertEqual(
            json.loads(self.env["dvc.secret"]._box().open(sealed, "dossier.form")), {"so_me": form["so_me"]}
        )
        self.assertIn("046*******23", dossier.with_user(self.officer).form_html)
        with self.assertRaises(AccessError):
            dossier.with_user(self.officer).read(["form_sealed"])

    def test_the_same_reference_gives_the_first_answer(self):
        first = self._as(self.integrator).submit(**self._arguments(client_ref="A-1"))
        self.env["dvc.dossier"].browse(first["id"]).with_user(self.officer).receive()
        self.stranger._lock("staff", "Trùng")
        self.assertEqual(self._as(self.integrator).submit(**self._arguments(client_ref="A-1")), first)
        with self._refused("dossier.key_reused"):
            self._as(self.integrator).submit(**self._arguments(client_ref="A-1", copies=2))
        other = self._as(self.officer).submit(**self._arguments(client_ref="A-1"))
        self.assertNotEqual(other["id"], first["id"])

    def test_tampered_files_are_not_received(self):
        dossier = self._submit()
        part = dossier.component_ids[0]
        for verdict in ("modified", "revoked", "expired"):
            part._in_flow().write({"verdict": verdict})
            with self._refused("component.invalid_signature"):
                dossier.with_user(self.officer).receive()
        part._in_flow().write({"verdict": "untrusted"})
        answer = dossier.with_user(self.officer).receive()
        self.assertEqual(
            answer, {"state": "received", "received_at": "2026-03-09 02:00:00", "due_at": "2026-03-12 10:00:00"}
        )
        self.assertEqual(set(dossier.component_ids.mapped("review")), {"accepted"})

    def test_a_pending_check_is_completed_by_the_reception(self):
        dossier = self._submit()
        dossier.component_ids[0]._in_flow().write({"verdict": False, "check_id": False})
        dossier.with_user(self.officer).receive()
        self.assertEqual(dossier.component_ids[0].verdict, "unsigned")
        self.assertTrue(dossier.component_ids[0].check_id)

    def test_business_fields_are_set_by_nobody_directly(self):
        dossier = self._submit()
        for values in (
            {"state": "done"},
            {"code": "x"},
            {"receive_deadline": "2030-01-01 00:00:00"},
            {"received_at": "2030-01-01 00:00:00"},
            {"due_at": "2030-01-01 00:00:00"},
            {"sla_outcome": "met"},
            {"sla": "met"},
            {"applicant_name": "Ai đó"},
            {"client_answer": {}},
        ):
            with self._refused("field.guarded"):
                dossier.with_user(self.manager).write(values)
            with self._refused("field.guarded"):
                dossier.sudo().with_context(dvc_flow=True).write(values)


@tagged("post_install", "-at_install")
class TestQueries(DossierCommon):
    def test_track_tells_no_personal_data(self):
        dossier = self._in_state("supplement")
        answer = self._as(self.integrator).track(dossier.code)
        self.assertEqual(
            {key: answer[key] for key in ("code", "state", "national_status", "due_at", "sla", "fee_due")},
            {
                "code": dossier.code,
                "state": "supplement",
                "national_status": 5,
                "due_at": False,
                "sla": "on_time",
                "fee_due": 0.0,
            },
        )
        self.assertEqual([line["national_status"] for line in answer["timeline"]], [1, 5])
        self.assertEqual(answer["supplement"], [{"component_code": "TK01", "instruction": "Bổ sung bản rõ hơn"}])
        self.assertNotIn(self.citizen.name, str(answer))
        with self._refused("dossier.unknown"):
            self._as(self.integrator).track("000.91.29.H57-260309-9999")

    def test_timeline_holds_moves_only(self):
        dossier = self._in_state("received")
        dossier.with_user(self.officer).assign(self.specialist.login)
        states = [line["state"] for line in self._as(self.specialist).track(dossier.code)["timeline"]]
        self.assertEqual(states, ["submitted", "received"])

    def test_list_for_matches_by_the_identity_number(self):
        mine = self._submit()
        theirs = self._submit(account_id=self.stranger.id)
        answer = self._as(self.citizen_user).list_for(self.citizen.id)
        self.assertEqual([line["code"] for line in answer], [mine.code])
        self.assertEqual(
            answer[0],
            {
                "code": mine.code,
                "procedure_code": "9.000009",
                "state": "submitted",
                "national_status": 1,
                "due_at": False,
                "sla": "on_time",
            },
        )
        # Filed at the counter before there was an account.
        theirs._in_flow().write({"account_id": False, "applicant_citizen_hash": self.citizen.citizen_id_hash})
        self.assertEqual(len(self._as(self.integrator).list_for(self.citizen.id)), 2)
        self.assertEqual(self._as(self.integrator).list_for(self.citizen.id, state="received"), [])
        self.assertEqual(len(self._as(self.integrator).list_for(self.citizen.id, limit=1, offset=1)), 1)
        for wrong in ({"state": "lost"}, {"limit": 0}, {"limit": 1001}, {"offset": -1}):
            with self._refused("input.invalid"):
                self._as(self.integrator).list_for(self.citizen.id, **wrong)
        with self._refused("account.unknown"):
            self._as(self.integrator).list_for(2**31 - 2)

    def test_a_claimed_number_shows_nobody_elses_dossiers(self):
        self._submit()
        claimer = self._registered("+84914990098")
        claimer._in_flow().write({"citizen_id_hash": self.citizen.citizen_id_hash})
        self.assertEqual(self._as(self.integrator).list_for(claimer.id), [])

    def test_staff_see_their_agencies_dossiers_in_a_citizens_list(self):
        self._submit()
        self._submit(agency_code=self.other_agency.dvc_agency_code)
        self.assertEqual(len(self._as(self.officer).list_for(self.citizen.id)), 1)
        self.assertEqual(len(self._as(self.integrator).list_for(self.citizen.id)), 2)
        self.assertEqual(len(self._as(self.citizen_user).list_for(self.citizen.id)), 2)

    def test_what_was_filed_before_the_account_passes_to_it(self):
        dossier = self._submit()
        other = self._registered(self.NEW_FACTS["phone"])
        dossier._in_flow().write(
            {
                "account_id": False,
                "applicant_citizen_hash": self.env["dvc.account"]._citizen_hash(self.NEW_FACTS["citizen_id"]),
            }
        )
        self.assertEqual(other.standardize(**self.NEW_FACTS)["state"], "standardized")
        self.assertEqual(dossier.account_id, other)

    def test_the_proof_of_the_deadlines(self):
        dossier = self._submit()
        proof = self._as(self.citizen_user).deadline_proof(dossier.code)
        self.assertFalse(proof["due"])
        self.assertEqual(proof["receive"]["intervals"], [["2026-03-09 02:00:00", "2026-03-09 03:00:00"]])
        dossier.with_user(self.officer).receive()
        proof = self._as(self.auditor).deadline_proof(dossier.code)
        self.assertEqual((proof["due"]["limit"], proof["due"]["result"]), ("3 working_day", "2026-03-12 10:00:00"))
        self.assertEqual(proof["due"]["stops"], [])
        with self._refused("dossier.unknown"):
            self._as(self.officer).deadline_proof("x")

    def test_the_catalogue_is_found_without_accents_by_everybody(self):
        public = self.env["dvc.procedure"].with_user(self.env.ref("base.public_user"))
        found = public.search_catalogue("dang ky thu nghiem", self.agency.dvc_agency_code)
        self.assertEqual([line["code"] for line in found], ["9.000009"])
        line = found[0]
        self.assertEqual(set(line), {"code", "name", "category", "time_limit", "fees", "components", "delivery"})
        self.assertEqual(line["time_limit"], {"value": 3, "unit": "working_day"})
        self.assertEqual(line["delivery"], ["electronic", "counter"])
        self.assertEqual(
            line["components"][4],
            {
                "code": "VBLC",
                "name": "Văn bản của người làm chứng",
                "required": False,
                "instead_of": "GCS",
                "paper_rule": "none",
                "document_type": False,
            },
        )
        self.assertEqual(public.search_catalogue("9.000009", "000.99.29.H57"), [])
        self.assertEqual(len(public.search_catalogue(limit=3)), 3)

    def test_content_sent_is_the_content_kept(self):
        dossier = self._submit()
        self.assertEqual(dossier.component_ids[0].attachment_id.raw, base64.b64decode(content("TK01")))
