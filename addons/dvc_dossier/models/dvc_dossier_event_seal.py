# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.tools import SQL

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
    previous = fields.Char(help="The link before; empty for the first.")
    link = fields.Char(required=True)

    _event_uniq = models.UniqueIndex("(event_id)", "This event is sealed already.")
    # Two sealers that read the same last link meet here: a chain has one end.
    _previous_uniq = models.UniqueIndex("(coalesce(previous, ''))", "The chain has gone on meanwhile.")

    @api.model
    def _seal(self) -> int:
        """Give committed events that have none their position, one transaction at a time.

        An event whose transaction commits late gets its position late: none is ever passed over.

        :return: how many events were sealed; BATCH: there may be more
        :raise psycopg2.Error: another transaction sealed after this one's snapshot was taken; run the call again
        """
        self.env["dvc.dossier.event"].flush_model()
        waiting = self.env.execute_query(
            SQL("SELECT event_id FROM dvc_dossier_event_waiting ORDER BY event_id LIMIT %s", BATCH)
        )
        ids = [event_id for (event_id,) in waiting]
        if not ids:
            return 0
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s)", SEAL_LOCK))
        # Fails to serialise where somebody else has sealed one of them meanwhile.
        self.env.cr.execute(SQL("DELETE FROM dvc_dossier_event_waiting WHERE event_id = ANY(%s)", ids))
        last = self.env.execute_query(SQL("SELECT link FROM dvc_dossier_event_seal ORDER BY id DESC LIMIT 1"))
        previous = last[0][0] if last else ""
        rows = []
        for event in self.env["dvc.dossier.event"].browse(ids):
            link = hash_chain.link(previous, event._sealed_record())
            rows.append((event.id, previous, link))
            previous = link
        # One statement for the batch; the model's own create would do one for each hundred and read them back.
        self.env.cr.execute_values("INSERT INTO dvc_dossier_event_seal (event_id, previous, link) VALUES %s", rows)
        self.invalidate_model()
        return len(ids)

    @api.model
    def _cron_seal(self) -> None:
        """Seal what nobody asked for."""
        if self._seal() == BATCH:
            self.env.ref("dvc_dossier.ir_cron_seal_events")._trigger()

    @api.model
    def _first_broken(self, after: int = 0) -> int:
        """Recompute the chain.

        :param after: the position to start behind; 0: from the beginning
        :return: the first position that does not follow, or 0
        """
        previous = self.browse(after).link if after else ""
        while True:
            seals = self.search_fetch([("id", ">", after)], ["event_id", "link", "previous"], order="id", limit=1000)
            if not seals:
                return 0
            for seal in seals:
                expected = hash_chain.link(previous, seal.event_id._sealed_record())
                if (seal.previous or "") != previous or seal.link != expected:
                    return seal.id
                previous = seal.link
            after = seals[-1].id
            self.env.invalidate_all()
