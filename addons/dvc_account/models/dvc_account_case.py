# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..contract import has_role
from ..exceptions import Refusal

KINDS = [("unlock", "Unlock"), ("transfer", "Transfer to the standardised account")]
STATES = [
    ("open", "To check"),
    ("requested", "Waits for a second person"),
    ("done", "Done"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]
PENDING = ("open", "requested")
EVIDENCE_MAX = 5


class DvcAccountCase(models.Model):
    """An unlock or a transfer: one member of staff checks it with reason and evidence, a second one decides.

    Whoever checked never decides: PostgreSQL holds that too.
    """

    _name = "dvc.account.case"
    _description = "Case of an account"
    _inherit = ["dvc.guarded", "dvc.masked.text"]
    _masked_text_fields = frozenset({"reason", "decision"})
    _order = "id desc"
    _rec_name = "account_id"
    _guarded_fields = frozenset(
        """kind account_id heir_id origin state reason company_id asked_at requested_by_id requested_at decided_by_id
        decided_at decision attachment_ids""".split()
    )

    kind = fields.Selection(KINDS, required=True, readonly=True)
    account_id = fields.Many2one("dvc.account", required=True, readonly=True, ondelete="restrict", index=True)
    heir_id = fields.Many2one(
        "dvc.account",
        string="Standardised account",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The account that takes over.",
    )
    origin = fields.Selection(
        [("staff", "Staff"), ("citizen", "The citizen"), ("system", "A standardisation")],
        string="Asked by",
        required=True,
        default="staff",
        readonly=True,
    )
    state = fields.Selection(STATES, required=True, default="open", readonly=True, index=True)
    reason = fields.Text(readonly=True)
    company_id = fields.Many2one("res.company", string="Agency", readonly=True, index="btree_not_null")
    asked_at = fields.Datetime(string="Asked on", required=True, readonly=True, default=fields.Datetime.now)
    requested_by_id = fields.Many2one("res.users", string="Checked by", readonly=True, ondelete="restrict")
    requested_at = fields.Datetime(string="Checked on", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime(string="Decided on", readonly=True)
    decision = fields.Text(readonly=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Evidence", readonly=True)
    is_proven = fields.Boolean(
        string="Same proven number",
        compute="_compute_is_proven",
        help="Both accounts were once proven to be of the same identification number.",
    )
    holdings = fields.Char(string="What it holds", compute="_compute_holdings")
    heir_holdings = fields.Char(string="What the other one holds", compute="_compute_holdings")
    may_decide = fields.Boolean(compute="_compute_may_decide")

    _one_pending = models.UniqueIndex(
        "(account_id, kind) WHERE state IN ('open', 'requested')", "This account has such a case already."
    )
    _two_persons = models.Constraint(
        "CHECK (state <> 'done' OR (requested_by_id IS NOT NULL AND decided_by_id IS NOT NULL"
        " AND decided_by_id <> requested_by_id))",
        "It takes two persons.",
    )
    _transfer_has_heir = models.Constraint(
        "CHECK (kind <> 'transfer' OR (heir_id IS NOT NULL AND heir_id <> account_id))",
        "A transfer names the account that takes over.",
    )

    @api.depends("account_id", "heir_id")
    def _compute_is_proven(self):
        # Hashes are closed to every user; only yes or no is shown.
        for case, case_sudo in zip(self, self.sudo(), strict=True):
            # Hashes are closed to every user; only yes or no is shown.
            account, heir = case_sudo.account_id, case_sudo.heir_id
            case.is_proven = bool(
                account.standardized_at
                and heir.standardized_at
                and account.citizen_id_hash
                and account.citizen_id_hash == heir.citizen_id_hash
            )

    @api.depends("account_id", "heir_id")
    def _compute_holdings(self):
        # Counts only, of accounts that the caller sees.
        found = (self.account_id | self.heir_id).sudo()._holdings()
        for case in self:
            case.holdings = self._holdings_text(found.get(case.account_id.id, {}))
            case.heir_holdings = self._holdings_text(found.get(case.heir_id.id, {}))

    @api.model
    def _holdings_text(self, holdings: dict) -> str:
        return ", ".join(text for text in holdings.values() if text) or self.env._("nothing")

    @api.depends("state", "requested_by_id")
    @api.depends_context("uid")
    def _compute_may_decide(self):
        for case in self:
            case.may_decide = case.state == "requested" and case.requested_by_id != self.env.user

    @api.model
    def _open_case(self, kind: str, account, heir=None, origin: str = "system", reason: str = "", evidence=()):
        """Open a case that staff are to check; the one that is pending is returned instead.

        :param account: the locked account, in sudo
        :param evidence: list of ``(filename, bytes)``, checked already
        :return: the case, in sudo
        """
        # Citizens and standardisations open cases; only staff may read them.
        cases_sudo = self.sudo()
        pending = cases_sudo._pending(account, kind)
        if pending:
            return pending
        case_sudo = (
            cases_sudo._in_flow()
            .create(
                {
                    "kind": kind,
                    "account_id": account.id,
                    "heir_id": heir.id if heir else False,
                    "origin": origin,
                    "reason": reason,
                }
            )
            .with_context(dvc_flow=None)
        )
        case_sudo._keep_evidence(evidence)
        if origin != "staff":
            self.env["dvc.journal"]._log(
                f"account.{kind}_asked", record=case_sudo, account=account, purpose=reason, detail={"origin": origin}
            )
        return case_sudo

    @api.model
    def _pending(self, account, kind: str):
        return self.search([("account_id", "=", account.id), ("kind", "=", kind), ("state", "in", PENDING)], limit=1)

    def _keep_evidence(self, evidence) -> None:
        """Keep checked files with the case."""
        files = self.env["ir.attachment"].create(
            [{"name": name, "raw": data, "res_model": self._name, "res_id": self.id} for name, data in evidence]
        )
        if len(self.attachment_ids) + len(files) > EVIDENCE_MAX:
            raise Refusal("input.invalid", self.env._("At most %s files are kept as evidence.", EVIDENCE_MAX))
        if files:
            self._in_flow().attachment_ids = [fields.Command.link(file.id) for file in files]

    # What the two persons do; callers hold the case in sudo once the role is checked

    def _check(self, reason: str, evidence=()) -> None:
        """Say as the first person that the case is right, with reason and evidence.

        :raise Refusal: case.closed, case.evidence_required, account.reason_required
        """
        self.ensure_one()
        self.account_id._require_reason(reason)
        if self.state not in PENDING:
            raise self._closed()
        self._keep_evidence(evidence)
        if self.kind == "transfer" and not self.is_proven and not self.attachment_ids:
            raise Refusal(
                "case.evidence_required",
                self.env._("The two accounts were not proven to be one person's: add the evidence."),
            )
        self._in_flow().write(
            {
                "state": "requested",
                "reason": reason.strip(),
                "requested_by_id": self.env.uid,
                "requested_at": fields.Datetime.now(),
                "company_id": self.env.company.id,
            }
        )
        self.env["dvc.journal"]._log(
            f"account.{self.kind}_requested", record=self, account=self.account_id, purpose=reason.strip()
        )

    def _complete(self, decision: str) -> None:
        """Decide as the second person, and carry it out.

        :raise Refusal: case.closed, case.two_persons, case.other_person
        """
        self.ensure_one()
        if self.state != "requested":
            raise self._closed()
        if self.requested_by_id == self.env.user:
            raise Refusal("case.two_persons", self.env._("Whoever checked a case does not decide it: ask a colleague."))
        self._in_flow().write({"state": "done", **self._decided(decision)})
        if self.kind == "unlock":
            self.account_id._unlock(decision.strip())
            self._tell_citizen(self.account_id._speaking().env._("Your account at the one-stop desk is unlocked."))
            return
        self._check_heir()
        self.account_id._pass_on_to(self.heir_id)
        self.env["dvc.journal"]._log(
            "account.transferred",
            record=self,
            account=self.heir_id,
            purpose=decision.strip(),
            detail={"from": self.account_id.id},
        )

    def _close(self, state: str, decision: str) -> None:
        """Refuse or withdraw the case: everything stays where it is.

        :raise Refusal: case.closed, account.reason_required
        """
        self.ensure_one()
        self.account_id._require_reason(decision)
        if self.state not in PENDING:
            raise self._closed()
        self._in_flow().write({"state": state, **self._decided(decision)})
        self.env["dvc.journal"]._log(
            f"account.{self.kind}_{state}", record=self, account=self.account_id, purpose=decision.strip()
        )
        if state == "refused" and self.origin == "citizen":
            speaking = self.account_id._speaking()
            self._tell_citizen(
                speaking.env._("Your request to unlock the account was refused: %(reason)s", reason=decision.strip())
            )

    def _tell_citizen(self, text: str) -> None:
        """Queue a text message to the citizen who claims or owns the account."""
        phone = self.account_id._open_phone()
        if phone:
            key = f"account.case:{self.id}:{self.state}"
            self.env["dvc.outbox"]._queue("sms", phone, "", text, key, record=self.account_id)

    def _decided(self, decision: str) -> dict:
        return {
            "decided_by_id": self.env.uid,
            "decided_at": fields.Datetime.now(),
            "decision": decision.strip(),
        }

    def _check_heir(self) -> None:
        """Check that what an account holds passes to its own person only.

        :raise Refusal: case.other_person, case.closed
        """
        account, heir = self.account_id, self.heir_id
        if account.state != "locked" or heir.state != "standardized":
            raise self._closed()
        if account.standardized_at and account.citizen_id_hash != heir.citizen_id_hash:
            raise Refusal(
                "case.other_person",
                self.env._("This account was proven to be another person's: what it holds cannot pass to this one."),
            )

    def _closed(self) -> Refusal:
        return Refusal("case.closed", self.env._("This case has been decided, or the accounts changed since."))

    # Buttons

    def action_answer(self) -> dict:
        """Open the dialog of one verb, named in the context: check, complete, refuse or withdraw."""
        self._check_staff()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Case of an account"),
            "res_model": "dvc.account.case.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id, "default_verb": self.env.context.get("dvc_verb", "check")},
        }

    def _check_staff(self) -> None:
        """Check that the caller may work on this case.

        :raise AccessError: neither an officer nor a manager, or another agency's case
        """
        self.ensure_one()
        self.check_access("read")
        if not has_role(self.env, "officer", "manager"):
            raise AccessError(self.env._("Your role does not allow this operation."))
