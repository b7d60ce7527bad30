# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import json

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.domain.arguments import LongText, check_value
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.postgres_guards import enable_always
from odoo.addons.dvc_account.report import paper

from ..domain import amount_in_words
from ..report import fee_receipt

# As many others may take a number between our snapshot and our turn.
TRIES = 200


class DvcReceipt(models.Model):
    """A fee receipt (biên lai): numbered without gaps, never changed or deleted, only cancelled with a reason.

    The number is serial by law, so payers of one book wait for each other here; it is taken last in
    a payment. A payment that is rolled back gives its number back.
    """

    _name = "dvc.receipt"
    _description = "Receipt"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _log_access = False
    _rec_names_search = ["symbol", "dossier_id.code", "payer"]

    company_id = fields.Many2one("res.company", string="Agency", required=True, readonly=True, ondelete="restrict")
    template = fields.Char(required=True, readonly=True)
    symbol = fields.Char(required=True, readonly=True)
    year = fields.Integer(required=True, readonly=True, aggregator=None)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    transfer_id = fields.Many2one("dvc.wallet.transfer", required=True, readonly=True, ondelete="restrict", index=True)
    dossier_id = fields.Many2one(
        "dvc.dossier", string="Dossier", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    account_id = fields.Many2one(
        "dvc.account", string="Account", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    payer = fields.Char(readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    amount_words = fields.Char(string="Amount in words", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    lines = fields.Json(readonly=True)
    method = fields.Selection([("wallet", "Wallet"), ("cash", "Cash")], required=True, readonly=True)
    issued_at = fields.Datetime(required=True, readonly=True, index=True)
    issued_by_id = fields.Many2one("res.users", string="Issued by", required=True, readonly=True, ondelete="restrict")
    cancellation_ids = fields.One2many("dvc.receipt.cancellation", "receipt_id", readonly=True)
    is_cancelled = fields.Boolean(compute="_compute_is_cancelled", search="_search_is_cancelled", string="Cancelled")
    cancel_reason = fields.Char(compute="_compute_is_cancelled")
    refunded = fields.Monetary(compute="_compute_refunded", compute_sudo=True, help="What was given back of it.")

    _number_uniq = models.UniqueIndex("(company_id, template, symbol, year, number)", "This number is taken.")
    _transfer_uniq = models.UniqueIndex("(transfer_id)", "This payment has a receipt.")
    _amount_whole = models.Constraint(
        "CHECK (amount > 0 AND amount = trunc(amount) AND number > 0)", "A receipt is of whole đồng."
    )

    def init(self):
        super().init()
        enable_always(self.env.cr, self._table)

    @api.depends("template", "symbol", "number")
    def _compute_display_name(self):
        for receipt in self:
            receipt.display_name = f"{receipt.template}-{receipt.symbol}-{receipt.number:08d}"

    @api.depends("cancellation_ids")
    def _compute_is_cancelled(self):
        for receipt in self:
            receipt.is_cancelled = bool(receipt.cancellation_ids)
            receipt.cancel_reason = receipt.cancellation_ids[:1].reason

    def _search_is_cancelled(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("cancellation_ids", "!=" if True in value else "=", False)]

    @api.depends("transfer_id")
    def _compute_refunded(self):
        sums = dict(
            self.env["dvc.wallet.transfer"]._read_group(
                [("reversal_of_id", "in", self.transfer_id.ids)], ["reversal_of_id"], ["amount:sum"]
            )
        )
        for receipt in self:
            receipt.refunded = sums.get(receipt.transfer_id, 0.0)

    @api.model
    def _issue(self, transfer, dossier, lines: list[dict], method: str, at=None):
        """Issue the receipt of a payment under the book's next number.

        :param transfer: the payment
        :param lines: of the fee, as ``_fee_lines`` gives them
        :param at: moment of issue, now when not given
        :return: the receipt, in sudo
        """
        moment = at or fields.Datetime.now()
        company = dossier.company_id
        local = fields.Datetime.context_timestamp(self.with_context(tz="Asia/Ho_Chi_Minh"), moment)
        columns = {
            "company_id": company.id,
            "template": company.dvc_receipt_template or "EBL01",
            "symbol": f"{local.year % 100:02d}{company.dvc_receipt_series or 'TAA'}",
            "year": local.year,
            "transfer_id": transfer.id,
            "dossier_id": dossier.id,
            "account_id": transfer.account_id.id or None,
            "payer": dossier.applicant_name or None,
            "amount": int(transfer.amount),
            "amount_words": amount_in_words.in_words(int(transfer.amount)),
            "currency_id": transfer.currency_id.id,
            "lines": json.dumps(lines),
            "method": method,
            "issued_at": moment,
            "issued_by_id": self.env.uid,
        }
        # Issued for a payment that was checked; nobody may create receipts.
        receipt_sudo = self.sudo().browse(self._insert_next(columns))
        dossier.invalidate_recordset(["receipt_ids"], flush=False)
        return receipt_sudo

    @api.model
    def _insert_next(self, columns: dict) -> int:
        book = [columns[name] for name in ("company_id", "template", "symbol", "year")]
        last = self._last_number(*book)
        names = SQL(", ").join(SQL.identifier(name) for name in columns)
        values = SQL(", ").join(SQL("%s", value) for value in columns.values())
        for number in range(last + 1, last + 1 + TRIES):
            try:
                with self.env.cr.savepoint(flush=False):
                    # Waits for whoever is about to take this number: it is theirs, or free again.
                    query = SQL(
                        "INSERT INTO dvc_receipt (%s, number) VALUES (%s, %s) RETURNING id", names, values, number
                    )
                    self.env.cr.execute(query, log_exceptions=False)
                    return self.env.cr.fetchone()[0]
            except psycopg2.errors.UniqueViolation as error:
                if error.diag.constraint_name != "dvc_receipt_number_uniq":
                    raise
        raise ConcurrencyError("dvc_receipt_number_uniq")

    @api.model
    def _last_number(self, *book) -> int:
        """Return the last number of a book that our snapshot knows."""
        [(last,)] = self.env.execute_query(
            SQL(
                "SELECT COALESCE(max(number), 0) FROM dvc_receipt"
                " WHERE company_id = %s AND template = %s AND symbol = %s AND year = %s",
                *book,
            )
        )
        return last

    def action_cancel(self) -> dict:
        """Open the dialog that asks for the reason of a cancellation."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_wallet.dvc_receipt_cancel_action")
        return {**action, "context": {"default_receipt_id": self.id}}

    def action_refund(self) -> dict:
        """Open the dialog that gives the receipt's payment back."""
        self.ensure_one()
        return self.transfer_id.action_refund()

    def _cancel(self, reason: str) -> None:
        """Cancel a receipt; its number stays taken.

        :raise Refusal: wallet.reason_required, receipt.cancelled
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.su and not has_role(self.env, "accountant"):
            raise Refusal("receipt.accountant_only", self.env._("Only an accountant cancels receipts."))
        text = check_value(reason or "", LongText, "reason").strip()
        if not text:
            raise Refusal("wallet.reason_required", self.env._("Please give the reason."))
        if self.cancellation_ids:
            raise Refusal("receipt.cancelled", self.env._("This receipt is cancelled already."))
        # The role was checked above; nobody may create cancellations directly.
        self.sudo().env["dvc.receipt.cancellation"].create(
            [{"receipt_id": self.id, "reason": text, "at": fields.Datetime.now(), "user_id": self.env.uid}]
        )

    def _receipt_pdf(self) -> bytes:
        """Draw the receipts, one after the other."""
        sheet = paper.Paper(fee_receipt.TITLE, self[:1].company_id.name or "", paper.A5, self[:1].display_name or "")
        for receipt in self:
            fee_receipt.draw(sheet, receipt._filled())
        return sheet.to_bytes()

    def _filled(self) -> fee_receipt.FeeReceipt:
        self.ensure_one()
        # The receipt may be read; what it prints of agency and dossier is part of it.
        receipt_sudo = self.sudo()
        company, dossier = receipt_sudo.company_id, receipt_sudo.dossier_id
        issued = fields.Datetime.context_timestamp(self.with_context(tz="Asia/Ho_Chi_Minh"), receipt_sudo.issued_at)
        number = f"{receipt_sudo.number:08d}"
        return fee_receipt.FeeReceipt(
            letterhead=paper.Letterhead(
                parent=company.dvc_parent_name or "",
                agency=company.name,
                desk="",
                number=number,
                place=company.dvc_place or "",
                day=issued.date(),
                code="|".join(
                    (
                        receipt_sudo.template,
                        receipt_sudo.symbol,
                        number,
                        str(int(receipt_sudo.amount)),
                        dossier.code or "",
                    )
                ),
            ),
            template=receipt_sudo.template,
            symbol=receipt_sudo.symbol,
            number=number,
            tax_id=company.vat or "",
            payer=receipt_sudo.payer or "",
            address=dossier.applicant_address or "",
            code=dossier.code or "",
            request=dossier.procedure_id.name or "",
            lines=tuple((line["name"], line["explanation"], int(line["amount"])) for line in receipt_sudo.lines or ()),
            amount=int(receipt_sudo.amount),
            words=receipt_sudo.amount_words,
            method=fee_receipt.METHODS[receipt_sudo.method],
            issued_at=issued,
            issuer=receipt_sudo.issued_by_id.name if receipt_sudo.issued_by_id._is_internal() else "",
            cancelled=receipt_sudo.cancel_reason or "",
        )
