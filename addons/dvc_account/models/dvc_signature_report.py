# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from ..report import paper, signature_report

TIME_ZONE = "Asia/Ho_Chi_Minh"


class DvcSignatureCheck(models.Model):
    """The printed report of checks."""

    _inherit = "dvc.signature.check"

    def _signature_report_pdf(self) -> bytes:
        """Draw one report of the checks, as the caller may read them, and write down that it was taken out."""
        self.check_access("read")
        return self._draw_report([(check, None) for check in self])

    def _draw_report(self, files: list[tuple], record=None, about=(), public: bool = False) -> bytes:
        """Return the report of some files; whether they may be read, the caller has checked.

        :param files: check in whatever mode, and the keyed hash of the number of the one whose file it is, or None
        :param record: what the files belong to; by default the first check
        :param about: label and value pairs that tell what that is
        :param public: for the citizen
        """
        # A paper of a Vietnamese agency is in Vietnamese, whoever prints it.
        speaking = self.with_context(lang="vi_VN", tz=TIME_ZONE)
        sheets = [speaking.browse(check.id).sudo(check.env.su)._sheet(owner, public) for check, owner in files]
        # Whoever may print the report was checked; its head is the agency's.
        first_sudo = files[0][0].sudo()
        company_sudo = self._report_agency(record, first_sudo)
        now = fields.Datetime.context_timestamp(speaking, fields.Datetime.now())
        number = f"{first_sudo.id}/PKTCKS"
        code = about[0][1] if about else ""
        report = signature_report.Report(
            letterhead=paper.Letterhead(
                parent=company_sudo.dvc_parent_name or "",
                agency=company_sudo.name,
                number=number,
                place=company_sudo.dvc_place or "",
                day=now.date(),
                code=code or number,
            ),
            footer=f"{number} · {code or first_sudo.sha256}",
            printed_at=now,
            printed_by="người nộp hồ sơ" if public else self.env.user.name,
            about=tuple(about),
            sheets=tuple(sheets),
        )
        drawing = paper.Paper(signature_report.TITLE, company_sudo.name, paper.A4, code or number)
        signature_report.draw(drawing, report)
        self._note_report(files, record)
        return drawing.to_bytes()

    def _report_agency(self, record, check_sudo):
        """Return the agency whose paper the report is: the record's, else the check's; in sudo."""
        own = record is not None and "company_id" in record._fields
        # The letterhead is the agency's, which a citizen cannot read.
        company_sudo = record.sudo().company_id if own else check_sudo.company_id
        # As above.
        return company_sudo or check_sudo.company_id or self.env.company.sudo()

    def _note_report(self, files: list[tuple], record) -> None:
        """Write down that a report with a person's name left the system."""
        about = record or files[0][0]
        # The journal names whose file it is, which the one who prints need not read.
        account_sudo = about.sudo().account_id if "account_id" in about._fields else self.env["dvc.account"]
        self.env["dvc.journal"]._log(
            "signature.report_printed",
            record=about,
            account=account_sudo,
            dossier_code=(about.sudo().code or "") if "code" in about._fields else "",
            detail={"files": len(files), "checks": [check.id for check, _owner in files][:100]},
        )
