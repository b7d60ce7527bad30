# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestCatalogue(TransactionCase):
    """What the shipped catalogue promises to citizens and integrators."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rows = cls.env["ir.model.data"].search([("module", "=", "dvc_dossier"), ("model", "=", "dvc.procedure")])
        cls.procedures = cls.env["dvc.procedure"].with_context(active_test=False).browse(rows.mapped("res_id"))
        cls.by_code = {procedure.code: procedure for procedure in cls.procedures}

    def test_at_least_thirty_procedures_with_national_codes(self):
        self.assertGreaterEqual(len(self.procedures), 30)
        self.assertEqual(len(self.by_code), len(self.procedures))
        for procedure in self.procedures:
            self.assertRegex(procedure.code, re.compile(r"^\d\.\d{6}$"))
            self.assertTrue(procedure.name and procedure.category_id)
            self.assertTrue(procedure.legal_basis and procedure.result_type_id)
            self.assertIn(procedure.time_limit_unit, ("working_hour", "working_day", "day"))
            self.assertGreaterEqual(procedure.time_limit_value, 0)

    def test_presence_excludes_electronic_delivery(self):
        for procedure in self.procedures:
            modes = procedure._delivery_modes()
            self.assertTrue(modes, procedure.code)
            if procedure.requires_presence:
                self.assertNotIn("electronic", modes, procedure.code)

    def test_few_required_components_and_the_declaration_among_them(self):
        for procedure in self.procedures:
            required = procedure.component_ids.filtered("required")
            self.assertIn(len(required), (1, 2, 3), procedure.code)
            self.assertIn("TK01", required.mapped("code"), procedure.code)
            codes = procedure.component_ids.mapped("code")
            self.assertEqual(len(codes), len(set(codes)), procedure.code)

    def test_alternatives_stand_in_for_a_required_component_of_the_same_procedure(self):
        alternatives = self.procedures.component_ids.filtered("instead_of_id")
        self.assertTrue(alternatives)
        for component in alternatives:
            self.assertEqual(component.instead_of_id.procedure_id, component.procedure_id)
            self.assertTrue(component.instead_of_id.required)
            self.assertFalse(component.required)

    def test_paper_rules_say_why(self):
        for component in self.procedures.component_ids.filtered(lambda line: line.paper_rule == "original"):
            self.assertTrue(component.paper_note, f"{component.procedure_id.code} {component.code}")

    def test_the_three_procedures_of_the_journeys(self):
        birth, status, extract = (self.by_code[code] for code in ("1.001193", "1.004873", "2.000635"))
        self.assertEqual(birth._delivery_modes(), ["counter"])
        self.assertEqual(status._delivery_modes(), ["electronic", "counter", "post"])
        self.assertEqual(extract._delivery_modes()[0], "electronic")
        self.assertFalse(extract.fee_after)
        self.assertEqual(
            [(line.time_limit_value, line.time_limit_unit) for line in (birth, status, extract)],
            [(0, "working_day"), (3, "working_day"), (0, "working_day")],
        )
        self.assertEqual(extract.component_ids.filtered("required").mapped("code"), ["TK01"])
        self.assertEqual(status.result_type_id.valid_months, 6)

    def test_an_edit_of_the_ward_survives_an_update(self):
        rows = self.env["ir.model.data"].search(
            [("module", "=", "dvc_dossier"), ("model", "in", ["dvc.procedure", "dvc.procedure.component"])]
        )
        self.assertTrue(all(rows.mapped("noupdate")))
