# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.report import paper

from ..domain import dossier_code, states, worktime
from .people import people
from .scenes import PLAN, SMALL_PLAN, Scenes

SEED = 20261201
AGENCIES = (("huong_so", "phường Hương Sơ", 90), ("huong_an", "phường Hương An", 20))
FIELDS_OF_UNITS = {
    "civil_status": ("HT", "CT", "NCN", "HG"),
    "society": ("BTXH", "GN"),
    "economy": ("DD", "HKD"),
}
QUIET = {"mail_create_nolog": True, "mail_create_nosubscribe": True, "tracking_disable": True, "mail_notrack": True}


class DvcDemo(models.AbstractModel):
    """Fill the demo agencies with dossiers as if they had worked for a year.

    Rows are written in sets, with the values that the moves themselves would have left: calling the
    moves would put every dossier to today. Private, and run by the installation of demo data only.
    """

    _name = "dvc.demo"
    _description = "Demo data"

    def _demo_ref(self, name: str, module: str = "dvc_account"):
        return self.env.ref(f"{module}.{name}")

    @api.model
    def _load_units(self) -> None:
        """Give the units of the demo agencies their procedures."""
        procedures = self.env["dvc.procedure"].search([("category_id", "!=", False)])
        for agency, _ward, _count in AGENCIES:
            for unit, codes in FIELDS_OF_UNITS.items():
                owned = procedures.filtered(lambda line, codes=codes: line.category_id.code in codes)
                self._demo_ref(f"unit_{unit}_{agency}").procedure_ids = [Command.set(owned.ids)]

    @api.model
    def _load_dossiers(self) -> None:
        """Create the dossiers of both demo agencies.

        :raise UserError: outside the installation of demo data, or a second time
        """
        companies = self.env["res.company"].browse([self._demo_ref(f"agency_{agency[0]}").id for agency in AGENCIES])
        self._check_empty(companies)
        now = fields.Datetime.now()
        for company, (agency, ward, count) in zip(companies, AGENCIES, strict=True):
            chance = random.Random(f"{SEED}{agency}")
            first = agency == "huong_so"
            batch = 1 if first else 2
            accounts = self._make_accounts(people(chance, count, ward, batch), batch)
            if first:
                accounts += self._citizens()
            scenes = Scenes(self.env, company, chance, now, self._staff(agency), accounts)
            self._make_dossiers(company, scenes.tell(PLAN if first else SMALL_PLAN))

    def _check_empty(self, companies) -> None:
        known = self.env["dvc.dossier"].search_count([("company_id", "in", companies.ids)], limit=1)
        if known or not self.env["dvc.identity.source"]._has_demo_data():
            raise UserError(self.env._("Demo dossiers are made once, with the demo data."))

    def _citizens(self):
        """Return the accounts of the demo logins that can submit."""
        users = self.env["res.users"].browse([self._demo_ref(f"user_citizen{number}").id for number in range(1, 8)])
        return self.env["dvc.account"].search([("user_id", "in", users.ids), ("state", "=", "standardized")])

    def _staff(self, agency: str) -> dict:
        """Return the staff of an agency by their part in a story; specialists by unit."""
        first = agency == "huong_so"
        own = "dvc_dossier"
        specialists = {
            "civil_status": ["specialist", "specialist_civil_status_b_demo"] if first else ["specialist2_demo"],
            "society": ["specialist_society_demo"] if first else ["specialist2_society_demo"],
            "economy": ["specialist_economy_demo"] if first else ["specialist2_society_demo"],
        }

        def user(name: str):
            return self._demo_ref(f"user_{name}", own if name.endswith("_demo") else "dvc_account")

        return {
            "officers": [user(name) for name in (["officer", "officer_b_demo"] if first else ["officer2"])],
            "leader": user("leader" if first else "leader2_demo"),
            "integrator": user("integrator"),
            "specialists": {
                self._demo_ref(f"unit_{unit}_{agency}"): [user(name) for name in names]
                for unit, names in specialists.items()
            },
        }

    def _make_accounts(self, persons, batch: int):
        """Return standardised accounts of fictitious persons."""
        accounts = self.env["dvc.account"].with_context(**QUIET)._in_flow()
        partners = (
            self.env["res.partner"]
            .with_context(**QUIET)
            .create([{"name": person.name, "lang": "vi_VN"} for person in persons])
        )
        made = accounts.create(
            [
                {
                    "name": person.name,
                    "checked_name": person.name,
                    "external_ref": f"hues-demo-{batch}-{number:04d}",
                    "partner_id": partner.id,
                    "state": "standardized",
                    "standardized_at": fields.Datetime.now() - timedelta(days=400),
                    "issue_date": person.issue_date,
                    "birth_date": person.birth_date,
                    "address": person.address,
                    **accounts._citizen_values(person.citizen_id),
                    **accounts._phone_values(person.phone),
                }
                for number, (person, partner) in enumerate(zip(persons, partners, strict=True), 1)
            ]
        )
        return made.with_context(dvc_flow=None)

    # Writing the stories down

    def _make_dossiers(self, company, told: list) -> None:
        """Create the dossiers of one agency from their stories, in the order they were handed in."""
        told.sort(key=lambda scene: scene.story.values.get("submitted_at") or fields.Datetime.now())
        self._number(company, told)
        stages = {stage.state: stage.id for stage in self.env["dvc.dossier.stage"].search([], order="sequence desc")}
        dossiers = (
            self.env["dvc.dossier"]
            .with_context(**QUIET)
            ._in_flow()
            .create([{**scene.values(), "stage_id": stages.get(scene.story.state, False)} for scene in told])
        )
        for scene, dossier in zip(told, dossiers, strict=True):
            scene.dossier = dossier
        self.with_company(company)._make_files(told)
        self._make_rounds(told)
        self._make_events(company, told)

    def _number(self, company, told: list) -> None:
        """Give the codes, by agency and day."""
        taken: dict = {}
        for scene in told:
            if scene.story.events:
                day = worktime.local_date(scene.story.values["submitted_at"])
                taken[day] = taken.get(day, 0) + 1
                scene.code = dossier_code.dossier_code(company.dvc_agency_code, day, taken[day])
        self.env["dvc.dossier.number"].create(
            [
                {"company_id": company.id, "day": day, "number": number}
                for day, last in taken.items()
                for number in range(1, last + 1)
            ]
        )

    def _sample_file(self, title: str) -> bytes:
        sheet = paper.Paper(title, "", paper.A4)
        sheet.start()
        sheet.heading(title.upper(), "Giấy tờ minh họa, không có giá trị sử dụng")
        sheet.text("Tệp này thuộc dữ liệu dùng thử của hệ thống Một cửa.")
        return sheet.to_bytes()

    def _checked(self, data: bytes, name: str) -> tuple:
        """Return a file with its hash and the outcome of one signature check."""
        return (data, name, hashlib.sha256(data).hexdigest(), *self.env["dvc.signature"]._verdict_for(data, name))

    def _signed_declarations(self, declaration: bytes) -> dict:
        """Return the declaration as signed by each applicant who has a demonstration certificate, by account."""
        signed = {}
        for certificate in self.env["dvc.certificate"].search([("account_id", "!=", False), ("is_sandbox", "=", True)]):
            try:
                data = self.env["dvc.signature"]._sign_pdf(declaration, certificate, "Tôi ký tờ khai này", "Huế")
            except Refusal:
                # The keys are made by the installer of the demo; without them files stay unsigned.
                continue
            signed[certificate.account_id] = self._checked(data, "to-khai-da-ky.pdf")
        return signed

    def _make_files(self, told: list) -> None:
        """Hand one small file in for each component, its signature checked once."""
        declaration = self._sample_file("Tờ khai")
        plain = self._checked(declaration, "to-khai.pdf")
        other = self._checked(self._sample_file("Giấy tờ kèm theo"), "giay-to.pdf")
        signed = self._signed_declarations(declaration)
        parts = [
            (scene, part, other if part.code != "TK01" else signed.get(scene.account, plain))
            for scene in told
            for part in scene.parts
        ]
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": data,
                    "mimetype": "application/pdf",
                    "res_model": "dvc.dossier",
                    "res_id": scene.dossier.id,
                }
                for scene, _part, (data, name, *_rest) in parts
            ]
        )
        accepted = states.OPEN - {states.SUBMITTED, states.SUPPLEMENT, states.PAYMENT} | {states.RETURNED}
        self.env["dvc.dossier.component"]._in_flow().create(
            [
                {
                    "dossier_id": scene.dossier.id,
                    "component_id": part.id,
                    "code": part.code,
                    "name": part.name,
                    "filename": name,
                    "attachment_id": attachment.id,
                    "sha256": sha256,
                    "verdict": verdict,
                    "check_id": check.id,
                    "review": scene.review_of(part) or ("accepted" if scene.story.state in accepted else "pending"),
                }
                for (scene, part, file), attachment in zip(parts, attachments, strict=True)
                for _data, name, sha256, verdict, check in [file]
            ]
        )

    def _make_rounds(self, told: list) -> None:
        """Write the supplement requests."""
        roles = self._roles(told)
        self.env["dvc.dossier.guidance"]._in_flow().create(
            [
                {
                    "dossier_id": scene.dossier.id,
                    "round": number,
                    "user_id": asked["user"].id,
                    "role": roles[asked["user"].id],
                    "at": asked["at"],
                    "answered_at": asked["answered_at"],
                    "item_ids": [
                        Command.create(
                            {
                                "component_id": asked["component"].id,
                                "instruction": asked["instruction"],
                                "answered_at": asked["answered_at"],
                            }
                        )
                    ],
                }
                for scene in told
                for number, asked in enumerate(scene.story.rounds, 1)
            ]
        )

    def _roles(self, told: list) -> dict:
        """Return the role under which each user appears in the history."""
        ids = {event["user_id"] for scene in told for event in scene.story.events}
        return {user.id: self.env["dvc.journal"]._role_of(user) for user in self.env["res.users"].browse(sorted(ids))}

    def _make_events(self, company, told: list) -> None:
        """Write the history in the order of time, and the violations it proves."""
        roles = self._roles(told)
        rows = sorted(
            (event["at"], index, number)
            for index, scene in enumerate(told)
            for number, event in enumerate(scene.story.events)
        )
        events = self.env["dvc.dossier.event"].create(
            [
                {
                    **told[index].story.events[number],
                    "dossier_id": told[index].dossier.id,
                    "company_id": company.id,
                    "code": told[index].code,
                    "role": roles[told[index].story.events[number]["user_id"]],
                }
                for _at, index, number in rows
            ]
        )
        made = {(index, number): event for (_at, index, number), event in zip(rows, events, strict=True)}
        self.env["dvc.violation"].with_context(**QUIET)._in_flow().create(
            [
                {
                    "kind": "late_reception",
                    "dossier_id": scene.dossier.id,
                    "company_id": company.id,
                    "user_id": scene.story.late_by[0].id,
                    "event_ids": [Command.set(made[index, scene.story.late_by[1]].ids)],
                    "at": made[index, scene.story.late_by[1]].at,
                }
                for index, scene in enumerate(told)
                if scene.story.late_by
            ]
        )
