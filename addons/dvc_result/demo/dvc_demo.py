# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
from pathlib import Path
from types import SimpleNamespace

from odoo import api, fields, models

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.report import paper
from odoo.addons.dvc_account.signing.sign import KeyFile, sign_pdf

from ..domain import result_code
from ..models.dvc_handover import TIME_ZONE
from ..report import stamp

# Published and waiting for the leader, so that the signing queue has something to sign.
WAITING = 8
PASSWORD_FILE = "password"


class DvcDemo(models.AbstractModel):
    """Give the demo's answered dossiers their results, each a file really signed and really verified."""

    _inherit = "dvc.demo"

    @api.model
    def _load_results(self) -> None:
        """Create results, handovers and vault documents of both demo agencies.

        Without the demonstration's keys nothing is made: no result is ever called signed that is not.
        """
        if not self.env["dvc.identity.source"]._has_demo_data() or self.env["dvc.result"].search_count([], limit=1):
            return
        domain = [("purpose", "=", "leader"), ("is_sandbox", "=", True), ("company_id", "!=", False)]
        for certificate in self.env["dvc.certificate"].search(domain):
            company = certificate.company_id
            dossiers = self.env["dvc.dossier"].search([("company_id", "=", company.id)], order="done_at, id")
            try:
                key = self._loaded_key(certificate)
            except Refusal:
                continue
            self._make_waiting(dossiers.filtered(lambda dossier: dossier.state == "processing")[:WAITING])
            self._make_answers(dossiers.filtered("done_at"), certificate, key)

    def _loaded_key(self, certificate):
        """Return a key that is opened once for all its signatures: opening it is most of the work."""
        path = certificate._key_path()
        signer = KeyFile(path, Path(path).parent / PASSWORD_FILE).signer()
        return SimpleNamespace(signer=lambda: signer)

    def _result_file(self, dossier, number: str, day) -> bytes:
        """Return a sample of the document a procedure gives."""
        company, kind = dossier.company_id, dossier.procedure_id.result_type_id.name or dossier.procedure_id.name
        sheet = paper.Paper(kind, company.name, paper.A4, dossier.code)
        sheet.start()
        sheet.letterhead(
            paper.Letterhead(company.dvc_parent_name or "", company.name, "", number, company.dvc_place or "", day)
        )
        sheet.heading(kind.upper(), "Văn bản minh họa, không có giá trị sử dụng")
        sheet.line("Họ và tên", dossier.applicant_name)
        sheet.line("Số định danh cá nhân", dossier.applicant_citizen_masked)
        sheet.line("Nội dung giải quyết", dossier.procedure_id.name)
        sheet.line("Mã hồ sơ", dossier.code)
        leader = dossier._paper_leader()
        sheet.signatures(((leader.dvc_title or "Chủ tịch").upper(), leader.name or "", "(Đã ký số)"))
        return sheet.to_bytes()

    def _result_values(self, dossier, ordinal: int) -> dict:
        day = fields.Datetime.context_timestamp(
            self.with_context(tz=TIME_ZONE), dossier.done_at or fields.Datetime.now()
        ).date()
        number = f"{ordinal}/{dossier.procedure_id.result_type_id.code or 'KQ'}-UBND"
        return {
            "dossier_id": dossier.id,
            "code": result_code.result_code(dossier.code, 1),
            "position": 1,
            "number": number,
            "issue_date": day,
            "filename": f"{dossier.code}.pdf",
        }

    def _make_waiting(self, dossiers) -> None:
        """Publish results that nobody has signed yet."""
        for ordinal, dossier in enumerate(dossiers, 1):
            values = self._result_values(dossier, ordinal)
            content = self._result_file(dossier, values["number"], values["issue_date"])
            result = self.env["dvc.result"]._create_published(
                dossier, content, values["filename"], values["number"], values["issue_date"]
            )
            result._judge_published(content)

    def _make_answers(self, dossiers, certificate, key) -> None:
        """Sign, verify and hand over in the order of time."""
        results = self.env["dvc.result"]
        signatures = self.env["dvc.signature"].with_company(certificate.company_id)
        for ordinal, dossier in enumerate(dossiers, WAITING + 1):
            values = self._result_values(dossier, ordinal)
            plain = self._result_file(dossier, values["number"], values["issue_date"])
            content = self._signed_file(values["code"], plain, key, certificate.company_id.dvc_place)
            verdict, check = signatures._verdict_for(content, values["filename"])
            if verdict != "valid":
                return
            given = dossier.state == "returned"
            result = results.browse(
                results._in_flow()
                .create(
                    {
                        **values,
                        "state": "issued" if given else "signed",
                        "sha256": hashlib.sha256(content).hexdigest(),
                        "verdict": verdict,
                        "check_id": check.id,
                        "signer_id": certificate.user_id.id,
                        "certificate_id": certificate.id,
                        "signed_at": dossier.done_at,
                        "issued_at": dossier.returned_at,
                    }
                )
                .id
            )
            files = {
                "attachment_id": result._attach(values["filename"], plain).id,
                "signed_attachment_id": result._attach(values["filename"], content).id,
            }
            result._in_flow().write(files)
        self._give(dossiers.filtered(lambda dossier: dossier.state == "returned" and dossier.result_ids))

    def _signed_file(self, code: str, content: bytes, key, place: str) -> bytes:
        address = f"{self.env['dvc.result'].get_base_url()}/dvc/verify/{code}"
        stamped = stamp.stamp(content, code, paper.QrCode(address, stamp.SIDE), paper.register_fonts())
        return sign_pdf(stamped, key, reason=code, location=place or "")

    def _give(self, dossiers) -> None:
        """Fill the vaults, and write the handovers of what was not delivered electronically."""
        last: dict[int, int] = {}
        for dossier in dossiers.sorted("returned_at"):
            dossier._deposit_results()
            dossier._deposit_components()
            if dossier.delivery == "electronic":
                continue
            at = fields.Datetime.context_timestamp(self.with_context(tz=TIME_ZONE), dossier.returned_at)
            last[at.year] = last.get(at.year, 0) + 1
            self.env["dvc.handover"]._write_down(
                {
                    "sequence": last[at.year],
                    "year": at.year,
                    "company_id": dossier.company_id.id,
                    "dossier_id": dossier.id,
                    "result_id": dossier.result_ids.id,
                    "recipient_name": dossier.applicant_name,
                    "recipient_citizen_masked": dossier.applicant_citizen_masked,
                    "papers": dossier._papers_to_collect().mapped("code"),
                    "at": dossier.returned_at,
                    "user_id": dossier._last_event_to("returned").user_id.id,
                    "sha256": dossier.result_ids.sha256,
                }
            )
