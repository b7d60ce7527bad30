# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.signing.failure import SigningFailed

from ..domain import result_states


class DvcResultPhone(models.Model):
    """A leader's signature that is confirmed on the phone, minutes after the button."""

    _inherit = "dvc.result"

    waits_for_phone = fields.Boolean(compute="_compute_waits_for_phone")

    @api.depends("state")
    def _compute_waits_for_phone(self):
        # Whoever sees a result may see that it waits, not for whom.
        waiting_sudo = (
            self.env["dvc.signing.request"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("state", "in", ("draft", "sent", "waiting")),
                ]
            )
        )
        found = set(waiting_sudo.mapped("res_id"))
        for result in self:
            result.waits_for_phone = result.id in found

    def _ask_on_phone(self, certificate, user) -> None:
        """Prepare the result's file and have the leader asked on the phone.

        :raise Refusal: ``signature.waiting``: the leader is being asked already; ``signature.*``
        """
        requests = self.env["dvc.signing.request"]
        if requests._open_for(self):
            raise Refusal("signature.waiting", self.env._("The leader is being asked on the phone already."))
        signature = self.env["dvc.signature"]
        try:
            certificate._check_in_time()
            requests._ask(
                self,
                self._stamped(),
                certificate,
                user,
                reason=self.code,
                location=self.company_id.dvc_place or "",
                mark=signature._mark_of(certificate),
            )
        except SigningFailed as error:
            raise signature._failure(error) from None

    def _signing_done(self, content: bytes, request) -> None:
        """Take a file in force that the leader has confirmed.

        :param request: dvc.signing.request, in sudo
        :raise Refusal: ``result.already``: the result went another way meanwhile; ``result.no_signer``
        """
        self._lock_dossier(self.dossier_id)
        if self.state != result_states.TO_SIGN or self.dossier_id.state != "processing":
            raise Refusal("result.already", self.env._("This result is already signed or no longer in force."))
        self._take_signed(content, request.certificate_id, request.user_id)

    def _signing_ended(self, request) -> None:
        """Tell the leader that a signature they asked for was not made.

        :param request: dvc.signing.request, in sudo
        """
        if self.state != result_states.TO_SIGN:
            return
        labels = dict(request._fields["state"]._description_selection(self.env))
        self.dossier_id.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=request.user_id.id,
            note=self.env._("Result %(code)s was not signed: %(why)s.", code=self.code, why=labels[request.state]),
        )
