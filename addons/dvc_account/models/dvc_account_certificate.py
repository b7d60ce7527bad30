# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..domain import certificate_states as states


class DvcAccountCertificate(models.Model):
    """The signing certificates of an account."""

    _inherit = "dvc.account"

    certificate_ids = fields.One2many("dvc.certificate", "account_id", string="Signing certificates")
    certificate_count = fields.Integer(compute="_compute_certificate_count", compute_sudo=True)

    @api.depends("certificate_ids.state")
    def _compute_certificate_count(self):
        domain = [("account_id", "in", self.ids), ("state", "=", states.ACTIVE)]
        counts = dict(self.env["dvc.certificate"]._read_group(domain, ["account_id"], ["__count"]))
        for account in self:
            account.certificate_count = counts.get(account._origin, 0)

    def action_open_certificates(self) -> dict:
        """Open the account's certificates."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_account.dvc_citizen_certificate_action")
        return {**action, "domain": [("account_id", "=", self.id), ("purpose", "=", "citizen")], "context": {}}

    def _tell(self, text: str, key: str, record) -> None:
        """Tell a citizen by SMS, and by e-mail where they gave an address; in sudo.

        :param text: in the citizen's language, without personal data
        :param key: what makes the notice one
        :param record: what it is about
        """
        outbox = self.env["dvc.outbox"]
        phone = self._open_phone()
        if phone:
            outbox._queue("sms", phone, "", text, f"{key}:sms", record=record)
        if self.email:
            subject = self._speaking().env._("Your signing certificate")
            outbox._queue("mail", self.email, subject, text, f"{key}:mail", record=record)

    def _after_standardize(self, locked_accounts) -> None:
        """Certificates and open applications pass to the person's standardised account."""
        super()._after_standardize(locked_accounts)
        passed = locked_accounts.filtered(
            lambda account: account.merged_into_id == self and account.citizen_id_hash == self.citizen_id_hash
        )
        certificates = passed.certificate_ids.filtered(lambda certificate: certificate.purpose == "citizen")
        if not certificates:
            return
        certificates._in_flow().write({"is_default": False})
        certificates.flush_recordset()
        certificates._in_flow().write({"account_id": self.id})
        for certificate in certificates:
            self.env["dvc.journal"]._log("certificate.passed_on", record=certificate, account=self)
