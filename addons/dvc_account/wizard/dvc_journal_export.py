# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import json

import pytz

from odoo import fields, models
from odoo.tools import SQL

from ..domain import masking
from ..models.dvc_journal_screen import TIME_ZONE
from ..report import journal_xlsx
from ..streaming import stream

SLICE = 5000


class DvcJournalExport(models.TransientModel):
    """What an auditor wants of the journal as a workbook; lines go from PostgreSQL to the file in slices."""

    _name = "dvc.journal.export"
    _description = "Export of the audit journal"

    domain = fields.Char(required=True, readonly=True)

    def _write_xlsx(self, file) -> int:
        """Write the workbook, of the lines that the caller may read, and say so in the journal.

        :param file: opened for writing bytes
        :return: how many lines
        """
        self.ensure_one()
        journal = self.env["dvc.journal"]
        journal.flush_model()
        labels = {name: journal._fields[name]._description_string(self.env) for name in LABELLED}
        heads = (
            labels["at"],
            labels["event_name"],
            self.env._("Code"),
            labels["user_id"],
            labels["role"],
            labels["company_id"],
            labels["account_id"],
            labels["dossier_code"],
            labels["record_name"],
            labels["purpose"],
            labels["detail_text"],
            labels["address"],
            self.env._("Line"),
        )
        lines = journal_xlsx.write(file, self.env._("Audit journal"), heads, self._rows(journal))
        journal._log("journal.exported", detail={"lines": lines, "format": "xlsx"})
        return lines

    def _rows(self, journal):
        roles = dict(journal._fields["role"]._description_selection(self.env))
        words, models_ = {}, {}
        zone = pytz.timezone(TIME_ZONE)
        citizen = roles["citizen"]
        for row in stream(self.env.cr, self._query(journal), "dvc_journal_export", SLICE):
            event = row["event"]
            if event not in words:
                words[event] = journal._event_words(event)
            if row["res_model"] and row["res_model"] not in models_:
                models_[row["res_model"]] = journal._model_words(row["res_model"])
            facts = row["detail"] if isinstance(row["detail"], dict) else {}
            yield (
                pytz.utc.localize(row["at"]).astimezone(zone).strftime("%d/%m/%Y %H:%M:%S"),
                words[event],
                event,
                # A citizen's login may be an address.
                f"{citizen} #{row['user_id']}" if row["share"] else f"{row['user_name']} ({row['login']})",
                roles.get(row["role"], row["role"]),
                row["agency"] or "",
                f"#{row['account_id']} {row['citizen_id_masked'] or ''}".strip() if row["account_id"] else "",
                row["dossier_code"] or "",
                f"{models_[row['res_model']]} {row['res_id']}" if row["res_model"] else "",
                masking.in_text(row["purpose"] or ""),
                "; ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()),
                row["address"] or "",
                str(row["id"]),
            )

    def _query(self, journal) -> SQL:
        chosen = journal._search(json.loads(self.domain), order="id")
        return SQL(
            "SELECT j.*, u.login, u.share, p.name AS user_name, c.name AS agency, a.citizen_id_masked"
            " FROM dvc_journal j JOIN res_users u ON u.id = j.user_id JOIN res_partner p ON p.id = u.partner_id"
            " LEFT JOIN res_company c ON c.id = j.company_id LEFT JOIN dvc_account a ON a.id = j.account_id"
            " WHERE j.id IN %s ORDER BY j.at DESC, j.id DESC",
            chosen.subselect(),
        )


LABELLED = (
    "at",
    "event_name",
    "user_id",
    "role",
    "company_id",
    "account_id",
    "dossier_code",
    "record_name",
    "purpose",
    "detail_text",
    "address",
)
