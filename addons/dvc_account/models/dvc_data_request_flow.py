# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.exceptions import AccessError

from ..contract import has_role
from ..domain import data_request, masking
from ..exceptions import Refusal
from .dvc_data_request import TEXT_MAX


class DvcDataRequestFlow(models.Model):
    """The steps of a request: answered, extended, refused, done, withdrawn; each is written down and told."""

    _inherit = "dvc.data.request"

    def _step(self, verb: str, said: str = "", **values) -> None:
        """Take a step: check it, write it down, tell the person; the caller's role was checked."""
        self.ensure_one()
        # Nobody may write requests; the role was checked by whoever calls.
        request_sudo = self.sudo()
        if not data_request.may(verb, request_sudo.state):
            raise Refusal(
                "data_request.bad_step", self.env._("The request is no longer in this step: reload the page.")
            )
        target = data_request.MOVES[verb][1]
        if target:
            values["state"] = target
        if target in (data_request.DONE, data_request.REFUSED, data_request.WITHDRAWN):
            values |= {"done_at": fields.Datetime.now(), "deadline_at": False}
        request_sudo._in_flow().write(values)
        request_sudo.with_context(dvc_flow=None)._note(verb, said)

    def _tell(self, text: str) -> None:
        """Send the person a message, without a word on what was asked: it travels by SMS."""
        phone = self.account_id._open_phone()
        if phone:
            key = f"data_request:{self.id}:{len(self.event_ids)}"
            self.env["dvc.outbox"]._queue("sms", phone, "", text, key, record=self.account_id)

    def _check_role(self, *roles: str) -> None:
        self.check_access("read")
        if not self.env.su and not has_role(self.env, *roles):
            raise AccessError(self.env._("Your role does not allow this operation."))

    def _answer(self, text: str, third_parties: bool) -> None:
        """Accept a request and tell the person what will be done.

        :raise Refusal: data_request.text_required, data_request.bad_step
        """
        self._check_role("officer")
        text = self._required(text)
        # Deadlines are computed on what the role may read; the write is the flow's.
        due = self._done_due(self.received_at, self.type, self.company_id, third_parties, self.extension_days)
        self._step(
            "answer",
            text,
            answer=text,
            answered_at=fields.Datetime.now(),
            third_parties=third_parties,
            done_due_at=due,
            deadline_at=due,
            handler_id=self.handler_id.id or self.env.uid,
        )
        # Staff need not read the citizen's contact; only its language is used.
        citizens = self.sudo()._speaking()
        citizens._tell(citizens.env._("Your request %(number)s about your data was answered.", number=self.name))

    def _extend(self, days: int, reason: str) -> None:
        """Give a request more time, once.

        :raise Refusal: data_request.text_required, data_request.extended_already, input.invalid, data_request.bad_step
        """
        self._check_role("manager")
        reason = self._required(reason)
        if self.extension_days:
            raise Refusal("data_request.extended_already", self.env._("A request is extended once only."))
        if not 1 <= days <= data_request.EXTENSION_DAYS:
            raise Refusal("input.invalid", self.env._("An extension is of at most 15 days."))
        due = self._done_due(self.received_at, self.type, self.company_id, self.third_parties, days)
        values = {"extension_days": days, "extension_reason": reason, "done_due_at": due}
        if self.state == data_request.ACCEPTED:
            values["deadline_at"] = due
        self._step("extend", reason, decided_by_id=self.env.uid, **values)
        # Staff need not read the citizen's contact; only its language is used.
        citizens = self.sudo()._speaking()
        citizens._tell(citizens.env._("Your request %(number)s about your data needs more time.", number=self.name))

    def _refuse(self, reason: str, ground: str) -> None:
        """Refuse a request with the reason and the legal ground.

        :raise Refusal: data_request.text_required, data_request.bad_step
        """
        self._check_role("manager")
        reason, ground = self._required(reason), self._required(ground)
        values = {"refusal_reason": reason, "refusal_ground": ground, "decided_by_id": self.env.uid}
        if not self.answered_at:
            values["answered_at"] = fields.Datetime.now()
        self._step("refuse", f"{reason}\n{ground}", **values)
        # Staff need not read the citizen's contact; only its language is used.
        citizens = self.sudo()._speaking()
        citizens._tell(citizens.env._("Your request %(number)s about your data was refused.", number=self.name))

    def _finish(self, text: str) -> None:
        """Close a request that was carried out; a deletion is closed by deleting.

        :raise Refusal: data_request.text_required, data_request.bad_step
        """
        self._check_role("manager")
        if self.type == "deletion":
            raise Refusal("data_request.bad_step", self.env._("A deletion is done by deleting the data."))
        text = self._required(text)
        self._step("finish", text, answer=text, decided_by_id=self.env.uid)
        # Staff need not read the citizen's contact; only its language is used.
        citizens = self.sudo()._speaking()
        citizens._tell(citizens.env._("Your request %(number)s about your data is done.", number=self.name))

    def _withdraw(self) -> None:
        """Take a request back at the person's wish; the caller may act for the account."""
        self._step("withdraw")

    def _required(self, text: str) -> str:
        text = masking.in_text((text or "").strip())[:TEXT_MAX]
        if not text:
            raise Refusal("data_request.text_required", self.env._("Write what the citizen is to be told."))
        return text

    def _speaking(self):
        """Return the request with the citizen's language."""
        return self.with_env(self.account_id._speaking().env)

    # Buttons

    def action_take(self) -> bool:
        """Take requests on as their handler."""
        self._check_role("officer")
        for record in self.filtered(lambda record: record.state in data_request.OPEN):
            # Nobody may write requests; the role was checked.
            record_sudo = record.sudo()
            record_sudo._in_flow().write({"handler_id": self.env.uid})
            record_sudo._note("take")
        return True

    def action_answer(self) -> dict:
        """Open the dialog of the answer."""
        return self._dialog("answer", self.env._("Answer the request"))

    def action_extend(self) -> dict:
        """Open the dialog of the extension."""
        return self._dialog("extend", self.env._("Extend the time"))

    def action_refuse(self) -> dict:
        """Open the dialog of the refusal."""
        return self._dialog("refuse", self.env._("Refuse the request"))

    def action_finish(self) -> dict:
        """Open the dialog that closes the request."""
        return self._dialog("finish", self.env._("Close the request"))

    def action_prepare(self) -> dict:
        """Show what a deletion would take away and what stays, and prepare it."""
        return self._dialog("prepare", self.env._("Prepare the deletion"))

    def action_erase(self) -> dict:
        """Show it again and delete."""
        return self._dialog("erase", self.env._("Delete for good"))

    def _dialog(self, verb: str, title: str) -> dict:
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "dvc.data.request.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id, "default_verb": verb},
        }
