# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.dvc_account.contract import contract, has_role
from odoo.addons.dvc_account.domain.arguments import LongText, check_item
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import deadline, guidance, states

# The violation that a forced rule leaves behind.
VIOLATIONS = {
    "guidance.fault_required": "second_guidance",
    "guidance.too_late": "late_guidance",
    "paper.not_allowed": "paper_asked",
}
ITEM_REQUIRED = {"component_code": str, "instruction": LongText}
ITEM_OPTIONAL = {"citizen_fault": LongText, "paper": bool, "paper_rule_code": str, "paper_reason": LongText}


class DvcDossier(models.Model):
    """Asking for corrections: once, with what is wrong and what to do."""

    _inherit = "dvc.dossier"

    @contract("officer", "specialist", unknown="dossier.unknown")
    def request_supplement(self, items: list[dict], force_reason: LongText | None = None) -> dict:
        """Ask for corrections (form 02); the clock stands still until the answer.

        :param items: list of ``{component_code, instruction, citizen_fault, paper, paper_rule_code, paper_reason}``,
            the first two required; ``citizen_fault`` what the citizen failed to do of the round before
        :param force_reason: a manager's reason to force what the rules refuse: a violation stands then
        :return: ``{state, round, violation}``; ``violation`` False or its id
        :raise Refusal: dossier.bad_transition, guidance.items_required, guidance.in_vault, guidance.fault_required,
            guidance.too_late, paper.not_allowed, paper.reason_required, component.unknown
        :raise AccessError: a specialist before reception
        """
        self._check_move("request_supplement")
        self._check_desk_or_unit(desk_too=True)
        taken = [check_item(item, ITEM_REQUIRED, ITEM_OPTIONAL, f"items[{index}]") for index, item in enumerate(items)]
        # Role and agency were checked; rounds are written by this flow only.
        dossier_sudo = self.sudo()
        dossier_sudo._take_turns()
        asked = [dossier_sudo._asked(item) for item in taken]
        number = dossier_sudo.guidance_round + 1
        found = guidance.findings([line["item"] for line in asked], number, dossier_sudo._too_late_to_ask())
        forced = self._check_findings(found, (force_reason or "").strip())
        dossier_sudo._write_round(asked, number, force_reason)
        source = self.state
        event = self._move(
            "request_supplement",
            states.SUPPLEMENT,
            "\n".join(f"{line['item'].code}: {line['item'].instruction}" for line in asked),
            detail=self._round_detail(asked, number, forced, force_reason),
            resume_state=source,
            guidance_round=number,
        )
        if source == states.SUBMITTED:
            dossier_sudo._note_late_reception(event)
        if not has_role(self.env, "officer"):
            dossier_sudo._notify_desk(event)
        violation = dossier_sudo._note_forced(forced, event, force_reason)
        return {"state": self.state, "round": number, "violation": violation.id}

    def _too_late_to_ask(self) -> bool:
        """Tell whether the days in which corrections may be asked for after reception are over."""
        if not self.received_at:
            return False
        until = deadline.supplement_allowed_until(self._clock(), self.received_at, self.company_id.dvc_supplement_days)
        return fields.Datetime.now() > until

    def _asked(self, taken: dict) -> dict:
        """Return one item of a request with what is known about its component; in sudo.

        :raise Refusal: component.unknown, paper.not_allowed, component.check_pending
        """
        component = self.procedure_id.component_ids.filtered(lambda part: part.code == taken["component_code"])
        if not component:
            raise Refusal(
                "component.unknown",
                self.env._("The procedure has no component %(code)s.", code=taken["component_code"]),
            )
        exception = self._paper_exception(taken["paper_rule_code"])
        current = self.component_ids.filtered(lambda part: part.is_current and part.component_id == component)
        if taken["paper"]:
            # Whether paper may be asked for hangs on the signatures.
            current._require_verdicts()
        verdicts = [
            verdict for verdict in self.env["dvc.signature"]._verdict_order() if verdict in current.mapped("verdict")
        ]
        return {
            "component": component,
            "exception": exception,
            "item": guidance.Item(
                code=component.code,
                instruction=taken["instruction"],
                citizen_fault=taken["citizen_fault"] or "",
                paper=bool(taken["paper"]),
                paper_reason=taken["paper_reason"] or "",
                paper_rule=component.paper_rule,
                exception=bool(exception),
                verdict=verdicts[0] if verdicts else None,
                in_vault=self._in_vault(component, current),
            ),
        }

    def _paper_exception(self, code: str | None):
        """Return the province's special rule of a code, empty where none is named.

        :raise Refusal: paper.not_allowed where it does not cover the procedure today
        """
        rules = self.env["dvc.paper.exception"]
        if not code:
            return rules
        rule = rules.search([("code", "=", code)], limit=1)
        if not rule or not rule._covers(self.procedure_id, self.env["dvc.account"]._today()):
            raise Refusal("paper.not_allowed", self.env._("No special rule of this code covers the procedure."))
        return rule

    def _in_vault(self, component, current) -> bool:
        """Tell whether the vault holds a valid document of the component's type that is not the file in question."""
        if not component.document_type_id or not self.account_id:
            return False
        domain = self.env["dvc.document"]._valid_domain(self.account_id)
        domain &= Domain("type_id", "=", component.document_type_id.id)
        domain &= Domain("verdict", "not in", ("modified", "revoked", "expired", "unreadable"))
        domain &= Domain("dossier_id", "!=", self.id) & Domain("sha256", "not in", current.mapped("sha256"))
        return bool(self.env["dvc.document"].search_count(domain, limit=1))

    def _check_findings(self, found: list, force_reason: str) -> list:
        """Refuse the first finding, unless a manager forces what can be forced.

        :return: the findings that were forced
        :raise Refusal: the first finding's
        """
        may_force = bool(force_reason) and has_role(self.env, "manager")
        for finding in found:
            if not (finding.forcible and may_force):
                raise Refusal(finding.code, self._finding_text(finding))
        return found

    def _finding_text(self, finding) -> str:
        code = finding.component
        texts = {
            "guidance.items_required": self.env._("Name the components, and for each what is wrong and what to do."),
            "guidance.fault_required": self.env._(
                "Corrections were asked for already: say what the citizen failed to do about %(code)s.", code=code
            ),
            "guidance.in_vault": self.env._("The vault holds a valid document for %(code)s: use it.", code=code),
            "guidance.too_late": self.env._(
                "Corrections may be asked for within %(days)s working days of reception only.",
                days=self.company_id.dvc_supplement_days,
            ),
            "paper.not_allowed": self.env._("Paper may not be asked for %(code)s.", code=code),
            "paper.reason_required": self.env._("Say why the original of %(code)s is needed.", code=code),
        }
        return texts[finding.code]

    def _round_detail(self, asked: list[dict], number: int, forced: list, force_reason: str | None) -> dict:
        """Return the further facts of a request's event, special rules and forced rules among them."""
        return {
            "round": number,
            "items": [line["item"].code for line in asked],
            "special_rules": {line["item"].code: line["exception"].code for line in asked if line["exception"]},
            "forced": sorted({finding.code for finding in forced}),
            "force_reason": force_reason if forced else False,
        }

    def _note_forced(self, forced: list, event, force_reason: str | None):
        """Put each kind of forced rule on the register once, of the one who forced it.

        :return: the first violation, or none
        """
        violations = self.env["dvc.violation"]
        for kind in dict.fromkeys(VIOLATIONS[finding.code] for finding in forced):
            violations |= violations._record(kind, self, self.env.user, event, force_reason or "")
        return violations[:1]

    def _write_round(self, asked: list[dict], number: int, force_reason: str | None) -> None:
        self.env["dvc.dossier.guidance"]._in_flow().create(
            {
                "dossier_id": self.id,
                "round": number,
                "user_id": self.env.uid,
                "role": self.env["dvc.journal"]._role(),
                "force_reason": force_reason or False,
                "item_ids": [
                    fields.Command.create(
                        {
                            "component_id": line["component"].id,
                            "instruction": line["item"].instruction,
                            "citizen_fault": line["item"].citizen_fault or False,
                            "paper": line["item"].paper,
                            "paper_exception_id": line["exception"].id,
                            "paper_reason": line["item"].paper_reason or False,
                        }
                    )
                    for line in asked
                ],
            }
        )
        components = [line["component"].id for line in asked]
        self.component_ids.filtered(
            lambda part: part.is_current and part.component_id.id in components
        )._in_flow().write({"review": "to_fix"})
