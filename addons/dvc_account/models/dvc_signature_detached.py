# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

from ..exceptions import Refusal
from ..signing.cms_envelope import is_signature


class DvcSignature(models.AbstractModel):
    """Files whose signature is a file of its own (.p7s)."""

    _inherit = "dvc.signature"

    @api.model
    def _intake_signature(self, content: str) -> bytes:
        """Return the bytes of a handed-in signature file.

        :param content: base64
        :raise Refusal: input.invalid, file.empty, file.too_large, file.type
        """
        data = self._decode(content)
        if not data:
            raise Refusal("file.empty", self.env._("The signature file is empty."))
        if not is_signature(data):
            raise self._no_signature_file()
        return data

    @api.model
    def _no_signature_file(self) -> Refusal:
        return Refusal("file.type", self.env._("The signature file is not a CMS signature (.p7s)."))
