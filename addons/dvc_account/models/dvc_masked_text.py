# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

from ..domain import masking


class DvcMaskedText(models.AbstractModel):
    """Free texts in which people name persons by their numbers: the numbers are masked before they are stored."""

    _name = "dvc.masked.text"
    _description = "Free texts without numbers"

    _masked_text_fields: frozenset[str] = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._without_numbers(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._without_numbers(vals))

    @api.model
    def _without_numbers(self, vals: dict) -> dict:
        texts = {name: masking.in_text(vals[name]) for name in self._masked_text_fields & set(vals) if vals[name]}
        return {**vals, **texts}
