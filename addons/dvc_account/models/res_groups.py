# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

WATCHED = frozenset({"user_ids", "implied_ids", "implied_by_ids", "model_access", "rule_groups", "menu_access"})


class ResGroups(models.Model):
    """Who is given rights through a group, or a group through another, is written into the journal."""

    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        groups._dvc_journal(["new"])
        return groups

    def write(self, vals):
        done = super().write(vals)
        if changed := sorted(WATCHED.intersection(vals)):
            self._dvc_journal(changed)
        return done

    def unlink(self):
        for group in self:
            group._dvc_journal(["removed"])
        return super().unlink()

    def _dvc_journal(self, changed: list[str]) -> None:
        # What loads with the addons is theirs, not somebody's act.
        if not self.env.registry.ready:
            return
        for group, name in zip(self, self.get_external_id().values(), strict=True):
            self.env["dvc.journal"]._log("group.changed", record=group, detail={"group": name, "changed": changed})
