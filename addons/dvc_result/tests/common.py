# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.fields import Command

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.report import paper
from odoo.addons.dvc_account.signing import demo_pki
from odoo.addons.dvc_account.tests.common import DvcCase


class ResultCase(DvcCase):
    """A procedure with an archived and a checked paper, and a leader who can sign."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.procedure = cls.env["dvc.procedure"].create(
            {
                "code": "9.000001",
                "name": "Cấp bản sao trích lục (kiểm thử)",
                "category_id": cls.env["dvc.procedure.category"].search([], limit=1).id,
                "time_limit_value": 1,
                "time_limit_unit": "working_day",
                "delivery_electronic": True,
                "delivery_counter": True,
                "delivery_post": True,
                "result_type_id": cls.env.ref("dvc_dossier.document_type_tlht").id,
                "component_ids": [
                    Command.create({"code": "TK", "name": "Tờ khai", "sequence": 1}),
                    Command.create(
                        {
                            "code": "GCS",
                            "name": "Giấy chứng sinh",
                            "sequence": 2,
                            "paper_rule": "archive",
                            "document_type_id": cls.env.ref("dvc_dossier.document_type_gcs").id,
                        }
                    ),
                    Command.create(
                        {"code": "CCCD", "name": "Căn cước", "sequence": 3, "paper_rule": "original", "required": False}
                    ),
                ],
                "unit_ids": [Command.set([cls.unit.id, cls.other_unit.id])],
            }
        )
        cls.file = base64.b64encode(cls.pdf("Tờ khai")).decode()
        cls.certificate = cls.certify(cls.leader)

    @classmethod
    def certify(cls, user):
        """Give a user the demonstration's leader key for their agency, and trust its authority."""
        folder = Path(os.environ.get("DVC_PKI_DIR") or tempfile.mkdtemp())
        demo_pki.make(folder)
        environment = patch.dict(os.environ, {"DVC_PKI_DIR": str(folder)})
        environment.start()
        cls.addClassCleanup(environment.stop)
        cls.folder = folder
        cls._trust(folder)
        name = "leader_000.12.29.H57"
        cls.env["dvc.certificate"].search([]).active = False
        certificate = (
            cls.env["dvc.certificate"]
            ._in_flow()
            .create(
                {
                    "purpose": "leader",
                    "user_id": user.id,
                    "company_id": user.company_id.id,
                    "certificate": (folder / f"{name}.pem").read_text(),
                    "key_reference": f"{name}.p12",
                    "is_sandbox": True,
                }
            )
        )
        return cls.env["dvc.certificate"].browse(certificate.id)

    @classmethod
    def _trust(cls, folder):
        anchors = cls.env["dvc.trust.anchor"]
        anchors.search([]).active = False
        for label, purpose in (
            ("authority_root", "authority"),
            ("authority_ca", "authority"),
            ("timestamp_root", "timestamp"),
        ):
            anchors.create(
                {
                    "name": label,
                    "purpose": purpose,
                    "certificate": (folder / f"{label}.pem").read_text(),
                    "crl": base64.b64encode((folder / f"{label}.crl").read_bytes()),
                    "is_intermediate": label.endswith("_ca"),
                }
            )

    @classmethod
    def pdf(cls, text: str) -> bytes:
        sheet = paper.Paper(text, size=paper.A4)
        sheet.start()
        sheet.heading(text)
        return sheet.to_bytes()

    @classmethod
    def dossier(cls, delivery="counter", state="processing", codes=("TK", "GCS")):
        """Return a dossier brought to a state by the people who bring it there."""
        answer = (
            cls.env["dvc.dossier"]
            .with_user(cls.integrator)
            .submit(
                account_id=cls.citizen.id,
                procedure_code=cls.procedure.code,
                agency_code=cls.agency.dvc_agency_code,
                components=[{"code": code, "filename": f"{code}.pdf", "content": cls.file} for code in codes],
                delivery=delivery,
            )
        )
        dossier = cls.env["dvc.dossier"].browse(answer["id"])
        if state != "submitted":
            dossier.with_user(cls.officer).receive()
        if state == "processing":
            dossier.with_user(cls.specialist).start()
        return dossier

    @classmethod
    def published(cls, dossier, content=None, **values):
        """Return a result published by the specialist."""
        answer = (
            cls.env["dvc.result"]
            .with_user(cls.specialist)
            .publish(
                dossier.id,
                base64.b64encode(content or cls.pdf("TRÍCH LỤC")).decode(),
                filename="trich-luc.pdf",
                **values,
            )
        )
        return cls.env["dvc.result"].browse(answer["id"])

    @classmethod
    def signed(cls, dossier, **values):
        """Return a result published and signed."""
        result = cls.published(dossier, **values)
        result.with_user(cls.leader).sign()
        return result

    def _unpaid(self):
        """As if a fee were due after reception: what the wallet's hook answers then."""
        blockers = [Refusal("wallet.fee_unpaid", "unpaid")]
        dossiers = type(self.env["dvc.dossier"])
        return patch.object(dossiers, "_release_blockers", lambda _dossier: blockers)

    def assertRefused(self, code, call, *args, **kwargs):
        """Check that a call is refused with a code."""
        with self.assertRaises(Refusal) as refused:
            call(*args, **kwargs)
        self.assertEqual(refused.exception.code, code, str(refused.exception))

    def assertRefusedForGood(self, code, call, *args, **kwargs):
        """As assertRefused, without its savepoint: what a transaction of its own wrote stays."""
        try:
            call(*args, **kwargs)
        except Refusal as refusal:
            self.assertEqual(refusal.code, code, str(refusal))
        else:
            self.fail(f"not refused with {code}")
