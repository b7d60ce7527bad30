# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

STATE_LABELS = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("received", "Received"),
    ("payment", "Waiting for payment"),
    ("processing", "In process"),
    ("supplement", "Waiting for supplement"),
    ("done", "Result ready"),
    ("returned", "Result returned"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
    ("stopped", "Stopped"),
]


class DvcDossierEvent(models.Model):
    """A move of a dossier: who, when, from, to, why, and the clock's reading. Nobody can change it."""

    _name = "dvc.dossier.event"
    _description = "Dossier event"
    _inherit = ["dvc.append.only"]
    _order = "id"
    _rec_name = "verb"
    _log_access = False

    dossier_id = fields.Many2one("dvc.dossier", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", string="Agency", required=True, ondelete="restrict", index=True)
    code = fields.Char(string="Dossier code", required=True)
    verb = fields.Char(required=True)
    from_state = fields.Selection(STATE_LABELS)
    to_state = fields.Selection(STATE_LABELS, required=True)
    at = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    role = fields.Char()
    reason = fields.Text()
    clock = fields.Json(help="Deadlines as they read after the move.")

    def init(self):
        super().init()
        # The transaction's number tells which events may still be uncommitted when others are read.
        self.env.cr.execute(
            "ALTER TABLE dvc_dossier_event ADD COLUMN IF NOT EXISTS xid bigint NOT NULL"
            " DEFAULT (pg_current_xact_id()::text::bigint)"
        )
        self.env.cr.execute("CREATE INDEX IF NOT EXISTS dvc_dossier_event_xid_idx ON dvc_dossier_event (xid)")
