# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import result_states


class DvcDossier(models.Model):
    _inherit = "dvc.dossier"

    result_ids = fields.One2many("dvc.result", "dossier_id", string="Results")
    handover_ids = fields.One2many("dvc.handover", "dossier_id", string="Handovers")
    result_count = fields.Integer(compute="_compute_result_count")

    @api.depends("result_ids")
    def _compute_result_count(self):
        counts = dict(self.env["dvc.result"]._read_group([("dossier_id", "in", self.ids)], ["dossier_id"], ["__count"]))
        for dossier in self:
            dossier.result_count = counts.get(dossier, 0)

    def action_open_results(self):
        """Open the results of the dossier."""
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_result.dvc_result_action")
        return action | {
            "domain": [("dossier_id", "in", self.ids)],
            "context": {"default_dossier_id": self[:1].id},
        }

    def action_publish_result(self):
        """Open the dialog that publishes a result of the dossier."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_result.dvc_result_publish_action")
        return action | {"context": {"default_dossier_id": self.id}}

    def action_hand_over_result(self):
        """Open the handover dialog with the first result that has not left."""
        self.ensure_one()
        waiting = self.result_ids.filtered(lambda result: result.state in ("draft", "to_sign", "signed"))
        result = waiting.sorted("position")[:1] or self.result_ids.filtered(lambda result: result.state == "issued")[:1]
        if not result:
            raise Refusal("result.unknown", self.env._("This dossier has no result to hand over."))
        return result.action_hand_over()

    def _release_blockers(self) -> list[Refusal]:
        blockers = super()._release_blockers()
        if not result_states.complete(self.result_ids.mapped("state")):
            blockers.append(
                Refusal("result.unsigned", self.env._("A dossier leaves processing with signed results only."))
            )
        return blockers

    def _results_signed(self) -> None:
        """Move on once every result is signed; with electronic delivery, straight to returned.

        A fee that is due after reception holds the results back, not the leader's signature.
        """
        self.ensure_one()
        if self.state != "processing" or not result_states.complete(self.result_ids.mapped("state")):
            return
        self._finish("")
        self._deliver()

    def _deliver(self) -> None:
        """Issue what is delivered electronically and return the dossier, unless something is still due."""
        self.ensure_one()
        if self.state != "done" or self.delivery != "electronic" or self._release_blockers():
            return
        waiting = self.result_ids.filtered(lambda result: result.state == "signed")
        waiting._set_state("issued", issued_at=fields.Datetime.now())
        self._return("")

    def _fee_settled(self):
        super()._fee_settled()
        # sudo: whoever's payment it was, the results that waited for it are delivered by this flow only
        for dossier_sudo in self.sudo():
            dossier_sudo._deliver()

    def _results_issued(self) -> None:
        """Close the dossier once every result in force has left."""
        self.ensure_one()
        if all(result.state != "signed" for result in self.result_ids):
            self._return("")

    def _check_hand_over(self, copy: bool) -> None:
        """Refuse a handover that the dossier's state does not allow.

        :param copy: paper copies of an electronic result, possible once it is returned
        """
        self.ensure_one()
        if self.state != ("returned" if copy else "done"):
            raise Refusal(
                "dossier.bad_transition",
                self.env._("Dossier %(code)s is not ready to be handed over.", code=self.code),
            )

    def _papers_to_collect(self):
        """Return the components whose paper is collected or checked at the handover."""
        return self.component_ids.filtered(
            lambda component: component.is_current and component.paper_rule in ("archive", "original")
        )

    def _check_papers(self, papers, copy: bool) -> list[str]:
        """Check the papers named at the desk against those the procedure wants.

        :param papers: component codes
        :return: the codes, once each, in the dossier's order
        :raise Refusal: ``component.unknown``, ``result.papers_missing``
        """
        self.ensure_one()
        known = self.component_ids.mapped("code") + self.procedure_id.component_ids.mapped("code")
        if unknown := set(papers) - set(known):
            raise Refusal(
                "component.unknown",
                self.env._("Not a component of this dossier: %(codes)s.", codes=", ".join(sorted(unknown))),
            )
        before = {code for handover in self.handover_ids for code in handover.papers or []}
        missing = [
            component.name
            for component in self._papers_to_collect()
            if component.code not in before and component.code not in papers
        ]
        if missing and not copy:
            raise Refusal(
                "result.papers_missing",
                self.env._("Collect or check these papers first: %(names)s.", names="; ".join(missing)),
            )
        return [code for code in dict.fromkeys(known) if code in papers]

    def _note_unsigned_result(self, result) -> None:
        """Put it on the register of violations that a result called ready has no valid signature."""
        self.ensure_one()
        event = self._last_event_to("done")
        if self.state == "done" and event:
            self.env["dvc.violation"]._record("unsigned_result", self, event.user_id, event, result.code)

    def _ask_urgent_signing(self, result) -> None:
        """Give the unit's people an activity to sign a result that the desk could not release."""
        self.ensure_one()
        users = self._urgent_signers()
        for user in users:
            self.activity_schedule(
                "dvc_result.mail_activity_type_urgent_signing",
                user_id=user.id,
                note=self.env._("Result %(code)s has no valid signature: sign it at once.", code=result.code),
            )

    def _urgent_signers(self):
        """Return whom the urgent request goes to: the assignee, the unit, the agency's leaders."""
        leaders = self.env.ref("dvc_account.group_leader").all_user_ids
        specialists = self.env.ref("dvc_account.group_specialist").all_user_ids
        leaders = leaders.filtered(lambda user: self.company_id in user.company_ids and user.active)
        unit = specialists.filtered(lambda user: user.active and user.dvc_unit_id and user.dvc_unit_id == self.unit_id)
        return self.assignee_id | unit | leaders

    def _after_move(self, event):
        super()._after_move(event)
        if event.to_state == "returned":
            self._deposit_results()
            self._deposit_components()
        elif event.to_state in ("withdrawn", "stopped", "refused"):
            waiting = self.result_ids.filtered(lambda result: result.state in ("draft", "to_sign"))
            waiting._revoke(self.env._("The dossier was closed before signing."))

    def _deposit_results(self) -> None:
        """Put the results in force into the citizen's vault as documents."""
        kind, account = self.procedure_id.result_type_id, self.account_id
        if not kind or not account:
            return
        for result in self.result_ids.filtered(lambda result: result.state == "issued" and not result.document_id):
            document = self.env["dvc.document"]._deposit(
                account,
                kind,
                result.signed_attachment_id or result.attachment_id,
                result.sha256,
                "result",
                number=result.number or result.code,
                issuer=self.company_id.name,
                issue_date=result.issue_date,
                valid_until=kind.valid_months and result.issue_date + relativedelta(months=kind.valid_months),
                verdict=result.verdict,
                check_id=result.check_id.id,
                dossier_id=self.id,
            )
            result._in_flow().write({"document_id": document.id})

    def _deposit_components(self) -> None:
        """Put the files of an answered dossier into the vault, so that they need not be asked again."""
        if not self.account_id:
            return
        for part in self.component_ids:
            kind = part.component_id.document_type_id
            if not kind or not part.is_current or part.document_id or part.review == "to_fix":
                continue
            part._in_flow().write(
                {
                    "document_id": self.env["dvc.document"]
                    ._deposit(
                        self.account_id,
                        kind,
                        part.attachment_id,
                        part.sha256,
                        "component",
                        verdict=part.verdict,
                        check_id=part.check_id.id,
                        dossier_id=self.id,
                        **part._kept_signature(),
                    )
                    .id
                }
            )

    def _register_recipient(self) -> str:
        return ", ".join(self.handover_ids.filtered(lambda handover: not handover.is_copy).mapped("recipient_name"))
