# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossierEventWaiting(models.Model):
    """The events that are not sealed yet; a trigger fills it, sealing empties it.

    A list instead of a mark on the event, which nobody may change, and instead of a bound on transaction numbers,
    which start again when a database is restored on another server.
    """

    _name = "dvc.dossier.event.waiting"
    _description = "Dossier event to be sealed"
    _log_access = False
    _rec_name = "event_id"

    event_id = fields.Many2one("dvc.dossier.event", required=True, ondelete="restrict")

    _event_uniq = models.UniqueIndex("(event_id)", "This event waits already.")
