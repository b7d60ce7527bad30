# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from odoo.addons.dvc_account.domain import hash_chain

SEAL_LOCK = 7_203_002
BATCH = 5000


class DvcDossierEventSeal(models.Model):
    """The feed of events: a position in the order of sealing, chained by hashes."""

    _name = "dvc.dossier.event.seal"
    _description = "Seal of dossier events"
    _inherit = ["dvc.append.only"]
    _order = "id"
    _rec_name = "link"
    _log_access = False

    event_id = fields.Many2one("dvc.dossier.event", required=True, ondelete="restrict")
    link = fields.Char(required=True)
    horizon = fields.Char(required=True, help="Transactions before this one were all visible when it was sealed.")

    _event_uniq = models.UniqueIndex("(event_id)")

    @api.model
    def _seal(self) -> None:
        """Give every committed event that has none its position; one transaction at a time.

        An event whose transaction commits late gets its position late: none is ever passed over.
        """
        cr = self.env.cr
        self.env["dvc.dossier.event"].flush_model()
        cr.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        cr.execute("SELECT link, horizon FROM dvc_dossier_event_seal ORDER BY id DESC LIMIT 1")
        previous, horizon = cr.fetchone() or ("", "0")
        cr.execute(
            """SELECT event.id, event.code, event.from_state, event.to_state, event.at, event.user_id,
                      pg_snapshot_xmin(pg_current_snapshot())::text
            FROM dvc_dossier_event event
            WHERE event.xid >= %s
              AND NOT EXISTS (SELECT 1 FROM dvc_dossier_event_seal seal WHERE seal.event_id = event.id)
            ORDER BY event.id LIMIT %s""",
            [int(horizon), BATCH],
        )
        rows = cr.fetchall()
        seals = []
        for number, (event, code, from_state, to_state, at, user, xmin) in enumerate(rows, 1):
            content = {"id": event, "code": code, "from": from_state, "to": to_state, "at": str(at), "user": user}
            previous = hash_chain.link(previous, content)
            # The horizon moves only once a batch has taken all there was.
            moved = xmin if number == len(rows) and len(rows) < BATCH else horizon
            seals.append((event, previous, moved))
        if seals:
            # One statement for the batch; the model's own create would flush and read back each row.
            cr.execute_values(
                "INSERT INTO dvc_dossier_event_seal (event_id, link, horizon) VALUES %s", seals
            )
