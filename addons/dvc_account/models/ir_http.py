# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import werkzeug.exceptions

from odoo import models
from odoo.http import request

from ..signing.pool import WORKER

FORM = "/my/account-standardize"
# What a citizen may open before the account is standardised.
OPEN = (FORM, "/my/security", "/my/deactivate_account")


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        super()._pre_dispatch(rule, args)
        if request.session.uid:
            # Each process of the server has checkers of its own: ready before the first file comes.
            WORKER.warm()
        if cls._dvc_must_standardize():
            werkzeug.exceptions.abort(request.redirect(FORM))

    @classmethod
    def _dvc_must_standardize(cls) -> bool:
        """Tell whether this page waits until the citizen's account is standardised."""
        path = request.httprequest.path
        if path != "/my" and not path.startswith("/my/") or path.startswith(OPEN):
            return False
        return request.httprequest.method == "GET" and request.env["dvc.account"]._must_standardize()
