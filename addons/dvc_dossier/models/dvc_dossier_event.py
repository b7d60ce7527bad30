# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from odoo.addons.dvc_account.models.postgres_guards import enable_always

from ..domain import states

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
    """What happened to a dossier: who, when, from, to, why, and the clock's reading. Nobody can change it.

    Most events are moves; an assignment or a new date has the same state on both sides.
    """

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
    is_move = fields.Boolean(required=True, help="The state changed.")
    at = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    role = fields.Char()
    reason = fields.Text()
    legal_basis = fields.Text()
    detail = fields.Json(help="Further facts of the event; never a personal value.")
    clock = fields.Json(help="Deadlines as they read after the event.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**vals, "is_move": vals.get("from_state") != vals.get("to_state")} for vals in vals_list]
        )

    def init(self):
        super().init()
        # Each new event waits to be sealed, in the transaction that made it: whatever commits late still waits then.
        self.env.cr.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'dvc_dossier_event_waits'")
        if self.env.cr.rowcount:
            return
        self.env.cr.execute(
            """CREATE OR REPLACE FUNCTION dvc_dossier_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO dvc_dossier_event_waiting (event_id) VALUES (NEW.id);
                RETURN NULL;
            END $$"""
        )
        self.env.cr.execute(
            "CREATE TRIGGER dvc_dossier_event_waits AFTER INSERT ON dvc_dossier_event"
            " FOR EACH ROW EXECUTE FUNCTION dvc_dossier_event_waits()"
        )
        enable_always(self.env.cr, self._table)

    def _told(self) -> dict:
        """Return the event as integrators get it."""
        return {
            "id": self.id,
            "at": fields.Datetime.to_string(self.at),
            "code": self.code,
            "from": self.from_state or False,
            "to": self.to_state,
            "national_status": states.NATIONAL_STATUS[self.to_state] or False,
        }

    def _sealed_record(self) -> dict:
        """Return what the hash chain covers of one event."""
        self.ensure_one()
        return {
            "id": self.id,
            "code": self.code,
            "verb": self.verb,
            "from": self.from_state or "",
            "to": self.to_state,
            "at": fields.Datetime.to_string(self.at),
            "user": self.user_id.id,
            "role": self.role or "",
            "reason": self.reason or "",
            "legal_basis": self.legal_basis or "",
            "detail": self.detail or {},
            "clock": self.clock or {},
        }
