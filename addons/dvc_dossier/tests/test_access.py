# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DossierCommon

STAFF = ("officer", "specialist", "leader", "accountant", "manager", "auditor", "integrator")
# model: the roles that may read; nobody creates or deletes, whoever writes is named
READ = {
    "dvc.dossier": STAFF,
    "dvc.dossier.component": STAFF,
    "dvc.dossier.guidance": STAFF,
    "dvc.dossier.guidance.item": STAFF,
    "dvc.dossier.event": STAFF,
    "dvc.violation": ("officer", "specialist", "leader", "manager", "auditor"),
    "dvc.document": STAFF,
    "dvc.dossier.event.seal": ("manager", "auditor"),
    "dvc.dossier.event.waiting": ("auditor",),
    "dvc.dossier.number": ("manager",),
}
WRITE = {
    "dvc.dossier": ("officer", "specialist", "manager"),
    "dvc.violation": ("officer", "specialist", "manager"),
}
# Kept by managers, read by all staff.
KEPT = (
    "dvc.procedure",
    "dvc.procedure.category",
    "dvc.procedure.component",
    "dvc.document.type",
    "dvc.dossier.stage",
    "dvc.paper.exception",
)


@tagged("post_install", "-at_install")
class TestAccess(DossierCommon):
    def test_matrix(self):
        for model, readers in READ.items():
            for role in (*STAFF, "citizen_user"):
                records = self.env[model].with_user(getattr(self, role))
                with self.subTest(model=model, role=role):
                    reads = role in readers or (role == "citizen_user" and model in ("dvc.dossier", "dvc.document"))
                    self.assertEqual(records.has_access("read"), reads)
                    self.assertEqual(records.has_access("write"), role in WRITE.get(model, ()))
                    self.assertFalse(records.has_access("create") or records.has_access("unlink"))

    def test_catalogue_is_kept_by_managers(self):
        for model in KEPT:
            for role in (*STAFF, "citizen_user"):
                records = self.env[model].with_user(getattr(self, role))
                with self.subTest(model=model, role=role):
                    self.assertEqual(records.has_access("read"), role != "citizen_user")
                    self.assertEqual(records.has_access("create"), role == "manager")

    def test_every_model_of_the_addon_has_rights(self):
        models = self.env["ir.model"].search([("model", "=like", "dvc.%"), ("transient", "=", False)])
        for model in models.filtered(
            lambda model: "dvc_dossier" in model.modules and not self.env[model.model]._abstract
        ):
            self.assertTrue(model.access_ids, model.model)

    def test_another_agencys_dossier(self):
        dossier = self._submit()
        calls = {
            "receive": (),
            "refuse": ("x",),
            "request_supplement": ([{"component_code": "TK01", "instruction": "x"}],),
            "assign": ("x",),
            "withdraw": ("x",),
            "stop": ("x",),
            "postpone": ("2026-03-20 10:00:00", "x"),
            "supplement": ([],),
            "board_move": (dossier.stage_id.id,),
        }
        for call, args in calls.items():
            with self.subTest(call=call), self.assertRaises(AccessError):
                getattr(dossier.with_user(self.officer2), call)(*args)
        for call in ("track", "deadline_proof"):
            with self.assertRaises(AccessError):
                getattr(self._as(self.officer2), call)(dossier.code)
        self.assertFalse(self._as(self.officer2).search([("id", "=", dossier.id)]))
        files = self.env["dvc.dossier.component"].with_user(self.officer2)
        self.assertFalse(files.search([("dossier_id", "=", dossier.id)]))

    def test_another_citizens_dossier(self):
        dossier = self._in_state("supplement")
        for call, args in (("withdraw", ("x",)), ("supplement", ([],))):
            with self.assertRaises(AccessError):
                getattr(dossier.with_user(self.stranger_user), call)(*args)
        with self.assertRaises(AccessError):
            self._as(self.stranger_user).deadline_proof(dossier.code)
        with self.assertRaises(AccessError):
            self._as(self.stranger_user).list_for(self.citizen.id)
        with self.assertRaises(AccessError):
            self._as(self.citizen_user).track(dossier.code)
        self.assertFalse(self._as(self.stranger_user).search([]))
        self.assertEqual(self._as(self.citizen_user).search([]), dossier)
        self.assertEqual(dossier.with_user(self.citizen_user).withdraw("Thôi"), {"state": "withdrawn"})

    def test_ids_that_do_not_exist_and_several_at_once(self):
        dossiers = self._submit() | self._submit()
        with self._refused("call.one_record"):
            dossiers.with_user(self.officer).receive()
        with self._refused("call.one_record"):
            self._as(self.officer).receive()
        with self._refused("dossier.unknown"):
            self._as(self.officer).browse(2**31 - 2).receive()

    def test_closed_fields(self):
        dossier = self._submit()
        with self.assertRaises(AccessError):
            dossier.with_user(self.manager).read(["applicant_citizen_hash"])
        with self.assertRaises(AccessError):
            self._deposit().with_user(self.citizen_user).read(["owner_hash"])

    def test_files_of_citizens_are_changed_by_nobody(self):
        attachment = self._submit().component_ids[0].attachment_id
        for user in (self.officer, self.manager, self.citizen_user, self.integrator):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                attachment.with_user(user).write({"raw": b"other"})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                attachment.with_user(user).unlink()

    def test_a_review_is_the_desks_and_the_units(self):
        parts = self._submit().component_ids
        parts.with_user(self.officer).action_mark_to_fix()
        self.assertEqual(set(parts.mapped("review")), {"to_fix"})
        parts.with_user(self.specialist).action_accept()
        self.assertEqual(set(parts.mapped("review")), {"accepted"})
        for user in (self.officer2, self.integrator, self.auditor, self.citizen_user):
            with self.assertRaises(AccessError):
                parts.with_user(user).action_accept()

    def test_staff_see_vaults_of_their_own_applicants(self):
        document = self._deposit()
        self.assertFalse(self.env["dvc.document"].with_user(self.officer).search([("id", "=", document.id)]))
        self._submit()
        self.assertTrue(self.env["dvc.document"].with_user(self.officer).search([("id", "=", document.id)]))
        self.assertFalse(self.env["dvc.document"].with_user(self.officer2).search([("id", "=", document.id)]))

    def test_a_locked_duplicates_dossier_is_reached_by_its_person(self):
        dossier = self._submit(account_id=self.stranger.id)
        self.stranger._lock("duplicate", "Trùng", merged_into=self.citizen)
        self.assertEqual(self._as(self.citizen_user).search([]), dossier)
        self.assertEqual(len(self._as(self.citizen_user).list_for(self.citizen.id)), 1)

    def test_what_a_duplicate_held_passes_on_once_two_have_agreed(self):
        dossier = self._submit(account_id=self.stranger.id)
        document = self._deposit(self.stranger)
        # Proven of the same person earlier, locked since: standardising again finds what it holds.
        self.stranger._in_flow().write({"citizen_id_hash": self.citizen.citizen_id_hash, "state": "unstandardized"})
        self.citizen.with_user(self.integrator).standardize(**self.CITIZEN_FACTS)
        case = self.env["dvc.account.case"].search([("account_id", "=", self.stranger.id)])
        self.assertEqual((case.kind, case.state, case.heir_id), ("transfer", "open", self.citizen))
        self.assertTrue(case.is_proven)
        self.assertIn("1 dossiers", case.with_user(self.officer).holdings)
        case.with_user(self.officer).sudo()._check("Cùng số định danh")
        self.assertEqual(dossier.account_id, self.stranger, "the first person moves nothing")
        case.with_user(self.colleague).sudo()._complete("Đúng")
        self.assertEqual((dossier.account_id, document.account_id), (self.citizen, self.citizen))
        self.assertEqual(dossier.partner_id, self.citizen.partner_id)
        self.assertEqual(document.owner_hash, self.citizen.citizen_id_hash)
        self.assertIn(dossier, self._as(self.citizen_user).search([]))

    def test_a_duplicate_that_holds_nothing_makes_no_case(self):
        claimant = self._registered(self.CITIZEN_FACTS["phone"])
        self.citizen.with_user(self.integrator).standardize(**self.CITIZEN_FACTS)
        self.assertEqual(claimant.state, "locked")
        self.assertFalse(self.env["dvc.account.case"].search([("account_id", "=", claimant.id)]))

    def test_an_unlocked_duplicates_dossiers_and_documents_are_its_own_again(self):
        dossier = self._submit(account_id=self.stranger.id)
        document = self._deposit(self.stranger)
        document._in_flow().write({"owner_hash": self.citizen.citizen_id_hash})
        self.stranger._lock("duplicate", "Trùng", merged_into=self.citizen)
        documents = self.env["dvc.document"]
        self.assertIn(document, documents.search(documents._valid_domain(self.citizen)))
        self.stranger._unlock("Hai người khác nhau")
        self.assertFalse(self._as(self.citizen_user).search([("id", "=", dossier.id)]))
        self.assertFalse(documents.with_user(self.citizen_user).search([("id", "=", document.id)]))
        self.assertFalse(document._belongs_to(self.citizen.sudo()))
        self.assertNotIn(document, documents.search(documents._valid_domain(self.citizen)))
