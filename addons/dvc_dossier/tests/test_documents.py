# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import REQUIRED, DossierCommon


@tagged("post_install", "-at_install")
class TestDocuments(DossierCommon):
    def _list(self, user=None, **more):
        return self.env["dvc.document"].with_user(user or self.citizen_user).list_for(self.citizen.id, **more)

    def test_the_vault(self):
        document = self._deposit(
            number="12/2020", issuer="UBND phường", issue_date="2020-05-06", valid_until="2030-05-06", verdict="valid"
        )
        expected = {
            "id": document.id,
            "type_code": "THU_GKS",
            "number": "12/2020",
            "issuer": "UBND phường",
            "issue_date": "2020-05-06",
            "valid_until": "2030-05-06",
            "verdict": "valid",
        }
        self.assertEqual(self._list(), [expected])
        self.assertEqual(self._list(self.integrator, type_code="THU_GKS"), [expected])
        self.assertEqual(self._list(type_code="KHAC"), [])
        with self.assertRaises(AccessError):
            self._list(self.stranger_user)
        with self._refused("account.unknown"):
            self.env["dvc.document"].with_user(self.integrator).list_for(2**31 - 2)

    def test_a_newer_one_of_the_same_number_supersedes(self):
        old = self._deposit(number="12/2020")
        new = self._deposit(number="12/2020")
        self.assertEqual(old.superseded_by_id, new)
        self.assertEqual([line["id"] for line in self._list()], [new.id])

    def test_outdated_ones_are_not_told(self):
        self._deposit(valid_until="2026-03-08")
        last_day = self._deposit(valid_until="2026-03-09")
        self.assertEqual([line["id"] for line in self._list()], [last_day.id])

    def test_reuse(self):
        document = self._deposit(verdict="valid")
        components = [*self._files(*REQUIRED), {"code": "GKS", "document_id": document.id}]
        part = self._submit(components=components).component_ids.filtered(lambda part: part.code == "GKS")
        self.assertEqual((part.document_id, part.sha256), (document, document.sha256))
        # A verdict of which there is no evidence does not travel: the file is checked.
        self.assertEqual((part.verdict, part.check_id.cause, document.verdict), ("unsigned", "reuse", "unsigned"))
        # The file is the same and takes no room; its line is this agency's own.
        self.assertEqual(part.attachment_id.checksum, document.attachment_id.checksum)
        self.assertEqual((part.attachment_id.res_model, part.attachment_id.res_id), (part._name, part.id))

    def test_what_may_not_be_reused(self):
        theirs = self._deposit(self.stranger)
        old = self._deposit(valid_until="2026-03-08")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._submit(components=[*self._files(*REQUIRED), {"code": "GKS", "document_id": theirs.id}])
        for document_id in (old.id, 2**31 - 2, 0):
            with self._refused("component.unknown"):
                self._submit(components=[*self._files(*REQUIRED), {"code": "GKS", "document_id": document_id}])
        other = self.env["dvc.document.type"].create({"code": "KHAC", "name": "Khác"})
        mine = self._deposit()
        mine._in_flow().write({"type_id": other.id})
        with self._refused("component.unknown"):
            self._submit(components=[*self._files(*REQUIRED), {"code": "GKS", "document_id": mine.id}])
        both = {"code": "GKS", "document_id": mine.id, "content": "eA==", "filename": "a.pdf"}
        with self._refused("input.invalid"):
            self._submit(components=[*self._files(*REQUIRED), both])

    def test_fields_of_documents_are_set_by_the_flow_only(self):
        document = self._deposit()
        for values in ({"verdict": "valid"}, {"account_id": self.stranger.id}, {"valid_until": "2040-01-01"}):
            with self._refused("field.guarded"):
                document.sudo().write(values)
