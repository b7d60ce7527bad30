# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import contextlib
from datetime import UTC, datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import TransactionCase

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.tests.common import DvcCase

# Monday 09/03/2026, 09:00 in Vietnam: an ordinary working day.
MONDAY = "2026-03-09 02:00:00"
REQUIRED = ("TK01", "GCS")


def pdf(text: str = "Hồ sơ") -> bytes:
    """Return a small unsigned PDF; another text gives another file."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        b"<< /Title <" + text.encode().hex().encode() + b"> >>",
    )
    body, offsets = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"xref\n0 5\n0000000000 65535 f \n%strailer << /Size 5 /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return body + tail % (table, len(body))


def content(text: str = "Hồ sơ") -> str:
    """Return the PDF as integrators send it."""
    return base64.b64encode(pdf(text)).decode()


class DossierCase(DvcCase):
    """A procedure of the agency's unit, and short ways to bring a dossier into any state."""

    clock_stands = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document_type = cls.env["dvc.document.type"].create({"code": "THU_GKS", "name": "Giấy khai sinh (thử)"})
        cls.procedure = cls.env["dvc.procedure"].create(
            {
                "code": "9.000009",
                "name": "Đăng ký thử nghiệm",
                "category_id": cls.env["dvc.procedure.category"].search([], limit=1).id,
                "time_limit_value": 3,
                "time_limit_unit": "working_day",
                "delivery_electronic": True,
                "delivery_counter": True,
                "delivery_post": False,
                "component_ids": [
                    Command.create({"code": "TK01", "name": "Tờ khai", "sequence": 1}),
                    Command.create({"code": "GCS", "name": "Giấy chứng sinh", "sequence": 2, "paper_rule": "archive"}),
                    Command.create(
                        {
                            "code": "GKS",
                            "name": "Giấy khai sinh",
                            "sequence": 3,
                            "required": False,
                            "document_type_id": cls.document_type.id,
                        }
                    ),
                    Command.create(
                        {
                            "code": "GTTT",
                            "name": "Giấy tờ tùy thân",
                            "sequence": 4,
                            "required": False,
                            "paper_rule": "original",
                        }
                    ),
                ],
                "unit_ids": [Command.set([cls.unit.id, cls.other_unit.id])],
            }
        )
        # A machine that runs tests is busy, and each test's first file waits for a process to start.
        cls.env["ir.config_parameter"].set_param("dvc_account.signature_seconds", "8")
        parts = {part.code: part for part in cls.procedure.component_ids}
        cls.env["dvc.procedure.component"].create(
            {
                "procedure_id": cls.procedure.id,
                "code": "VBLC",
                "name": "Văn bản của người làm chứng",
                "sequence": 5,
                "required": False,
                "instead_of_id": parts["GCS"].id,
            }
        )
        cls.env.invalidate_all()
        if cls.clock_stands:
            cls.startClassPatcher(freeze_time(MONDAY))

    def _as(self, user):
        return self.env["dvc.dossier"].with_user(user)

    def _files(self, *codes, text=""):
        return [{"code": code, "filename": f"{code}.pdf", "content": content(code + text)} for code in codes]

    def _arguments(self, **more):
        return {
            "account_id": self.citizen.id,
            "procedure_code": self.procedure.code,
            "agency_code": self.agency.dvc_agency_code,
            "components": self._files(*REQUIRED),
            "delivery": "counter",
            **more,
        }

    def _submit(self, user=None, **more):
        """Return a submitted dossier, as the test's own user sees it."""
        answer = self._as(user or self.integrator).submit(**self._arguments(**more))
        return self.env["dvc.dossier"].browse(answer["id"])

    def _in_state(self, state, **more):
        """Return a dossier brought into a state by the calls that lead there."""
        dossier = self._submit(**more)
        if state == "submitted":
            return dossier
        if state == "supplement":
            self._ask(dossier)
        elif state == "refused":
            dossier.with_user(self.officer).refuse("Không thuộc thẩm quyền")
        elif state == "withdrawn":
            dossier.with_user(self.officer).withdraw("Công dân đề nghị")
        elif state == "payment":
            self._receive_unpaid(dossier)
        elif state == "stopped":
            self._receive_unpaid(dossier)
            dossier.with_user(self.officer).stop("Quá hạn nộp phí")
        else:
            dossier.with_user(self.officer).receive()
            self._go_on(dossier, state)
        self.assertEqual(dossier.state, state)
        return dossier

    def _receive_unpaid(self, dossier):
        with patch.object(self.registry["dvc.dossier"], "_needs_payment_first", lambda self: True):
            dossier.with_user(self.officer).receive()

    def _go_on(self, dossier, state):
        """Bring a received dossier into one of the states after it."""
        if state == "received":
            return
        dossier.with_user(self.specialist).start()
        if state == "processing":
            return
        dossier.with_user(self.leader)._finish()
        if state == "returned":
            with self._no_release_blockers():
                dossier.with_user(self.officer)._return()

    def _no_release_blockers(self):
        return patch.object(self.registry["dvc.dossier"], "_release_blockers", lambda self: [])

    def _ask(self, dossier, *codes, user=None, **item):
        items = [{"component_code": code, "instruction": "Bổ sung bản rõ hơn", **item} for code in codes or ("TK01",)]
        return dossier.with_user(user or self.officer).request_supplement(items)

    def _deposit(self, account=None, **values):
        """Put a document of the test's type into a vault."""
        attachment = self.env["ir.attachment"].create({"name": "gks.pdf", "raw": pdf("vault")})
        return self.env["dvc.document"]._deposit(
            account or self.citizen, self.document_type, attachment, "0" * 64, values.pop("source", "result"), **values
        )

    @contextlib.contextmanager
    def _refused(self, code):
        """Expect a refusal of this code, and that it changes nothing that would be kept."""
        with self.assertRaises(Refusal) as caught, self.env.cr.savepoint():
            yield
        self.env.invalidate_all()
        self.assertEqual(caught.exception.code, code, caught.exception)

    @staticmethod
    def _at(text: str) -> datetime:
        """Return a moment in Vietnam's time as Odoo keeps it."""
        return datetime.strptime(text + " +0700", "%Y-%m-%d %H:%M %z").astimezone(UTC).replace(tzinfo=None)


class DossierCommon(DossierCase, TransactionCase):
    """The shared set-up for tests without HTTP."""
