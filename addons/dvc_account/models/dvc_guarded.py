# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

from ..exceptions import Refusal

# Clients may send any context, so the pass is an object that cannot be sent.
FLOW = object()


class DvcGuarded(models.AbstractModel):
    """Business fields that only the model's own flow sets, never a plain ``write``."""

    _name = "dvc.guarded"
    _description = "Guarded business fields"

    _guarded_fields: frozenset[str] = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("dvc_flow") is FLOW:
            return super().create(vals_list)
        self._refuse_guarded(set().union(*vals_list))
        defaults = {f"default_{name}" for name in self._guarded_fields} & set(self.env.context)
        if defaults:
            clean = {key: value for key, value in self.env.context.items() if key not in defaults}
            # pylint: disable=context-overridden  # keys are taken out, which keywords cannot
            return super(DvcGuarded, self.with_context(clean)).create(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("dvc_flow") is not FLOW:
            self._refuse_guarded(vals)
        return super().write(vals)

    def _in_flow(self):
        """Return the records with the pass to set guarded fields; never hand them to a caller."""
        return self.with_context(dvc_flow=FLOW)

    def _refuse_guarded(self, names):
        guarded = sorted(self._guarded_fields.intersection(names))
        if guarded:
            raise Refusal(
                "field.guarded",
                self.env._("%(fields)s cannot be set directly: use the operation for it.", fields=", ".join(guarded)),
            )
