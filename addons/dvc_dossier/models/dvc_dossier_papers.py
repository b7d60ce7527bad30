# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from odoo.addons.dvc_account.report import paper

from ..report import form_01, form_02, form_03, form_04, register_xlsx

TIME_ZONE = "Asia/Ho_Chi_Minh"
UNITS = {"working_hour": "giờ làm việc", "working_day": "ngày làm việc", "day": "ngày"}
DELIVERY = {
    "electronic": "Kho quản lý dữ liệu điện tử của cá nhân (bản điện tử)",
    "counter": "Bộ phận Tiếp nhận và Trả kết quả",
    "post": "Địa chỉ đã đăng ký, qua dịch vụ bưu chính công ích",
}


class DvcDossier(models.Model):
    """The dossier's official papers: the models' values go into the forms' dataclasses here."""

    _inherit = "dvc.dossier"

    def _local(self, moment):
        """Return a stored moment in Vietnam's time, or None."""
        return fields.Datetime.context_timestamp(self.with_context(tz=TIME_ZONE), moment) if moment else None

    def _draw_form(self, form, filled) -> bytes:
        """Return one PDF with a form for each dossier.

        :param form: module of the form
        :param filled: method of a dossier that gives the form's dataclass
        """
        sheet = paper.Paper(form.TITLE, self[:1].company_id.name or "", paper.A5, self[:1].code or "")
        for dossier in self:
            form.draw(sheet, filled(dossier))
        return sheet.to_bytes()

    def _form_01_pdf(self) -> bytes:
        """Draw form 01, the receipt with the appointment."""
        return self._draw_form(form_01, DvcDossier._form_01)

    def _form_02_pdf(self) -> bytes:
        """Draw form 02, the supplement request of the latest round."""
        return self._draw_form(form_02, DvcDossier._form_02)

    def _form_03_pdf(self) -> bytes:
        """Draw form 03, the refusal."""
        return self._draw_form(form_03, DvcDossier._form_03)

    def _form_04_pdf(self) -> bytes:
        """Draw form 04, the apology with the new date."""
        return self._draw_form(form_04, DvcDossier._form_04)

    def _paper_person(self, symbol: str, moment) -> dict:
        """Return what every form says of the desk and the applicant.

        :param symbol: of the form's number, e.g. ``BPTNTKQ``
        :param moment: when the form was issued, UTC
        """
        self.ensure_one()
        company = self.company_id
        issued = self._local(moment or fields.Datetime.now())
        serial = self.code.rpartition("-")[2].lstrip("0") if self.code else ""
        return {
            "letterhead": paper.Letterhead(
                parent=company.dvc_parent_name or "",
                agency=company.name,
                number=f"{serial}/{symbol}",
                place=company.dvc_place or "",
                day=issued.date(),
                code=self.code or "",
            ),
            "code": self.code or "",
            "desk": f"{paper.DESK} {company.name}",
            "applicant": self.applicant_name or "",
            "address": self.applicant_address or "",
            "phone": self.applicant_phone_masked or "",
            "request": self.procedure_id.name,
        }

    def _form_01(self) -> form_01.Form01:
        procedure = self.procedure_id
        fee = sum(line["amount"] for line in self._fee_lines())
        received = self._local(self.received_at)
        limit = f"{procedure.time_limit_value} {UNITS[procedure.time_limit_unit]}"
        return form_01.Form01(
            **self._paper_person("BPTNTKQ", self.received_at),
            email=self.account_id.email or "",
            citizen_id=self.applicant_citizen_masked or "",
            components=tuple(self._current_components().mapped("name")),
            copies=self.copies or 1,
            time_limit=limit if procedure.time_limit_value else "trong ngày làm việc",
            received_at=received,
            due_at=self._local(self.due_at),
            delivery=DELIVERY.get(self.delivery, ""),
            fees=f"{fee:,.0f} đồng".replace(",", ".") if fee else "Không",
            book=str(received.year) if received else "",
            line_number=self.code.rpartition("-")[2] if self.code else "",
            officer=self._paper_officer("received").name or "",
        )

    def _form_02(self) -> form_02.Form02:
        guidance = self.guidance_ids.sorted("round")[-1:]
        return form_02.Form02(
            **self._paper_person("HDHS", guidance.at),
            email=self.account_id.email or "",
            items=tuple(f"{item.component_name}: {item.instruction}" for item in guidance.item_ids),
            reason="; ".join(fault for fault in guidance.item_ids.mapped("citizen_fault") if fault)
            or "Thành phần hồ sơ chưa đầy đủ hoặc chưa đúng theo quy định",
            contact=guidance.user_id.name or "",
            contact_phone=self.company_id.phone or "",
            officer=guidance.user_id.name or "",
        )

    def _form_03(self) -> form_03.Form03:
        event = self._last_event_to("refused")
        return form_03.Form03(
            **self._paper_person("TCHS", event.at),
            email=self.account_id.email or "",
            reason=event.reason or "",
            legal_basis=event.legal_basis or "",
            officer=event.user_id.name or "",
        )

    def _form_04(self) -> form_04.Form04:
        event = self.event_ids.filtered(lambda event: event.verb == "postpone").sorted("id")[-1:]
        leader = self._paper_leader()
        return form_04.Form04(
            **self._paper_person("PXL", event.at or self.postponed_at),
            received_at=self._local(self.received_at),
            promised_at=self._local(fields.Datetime.to_datetime((self.due_proof or {}).get("promised"))),
            due_at=self._local(self.due_at),
            reason=event.reason or "",
            agency=self.company_id.name,
            head_title=leader.dvc_title or "Thủ trưởng cơ quan",
            head_name=leader.name or "",
        )

    def _current_components(self):
        return self.component_ids.filtered("is_current")

    def _last_event_to(self, state: str):
        return self.event_ids.filtered(lambda event: event.to_state == state).sorted("id")[-1:]

    def _paper_officer(self, state: str):
        """Return who last brought the dossier to a state, for the signature block."""
        return self._last_event_to(state).user_id

    def _paper_leader(self):
        # sudo: the name under an official paper, whoever prints it
        leaders_sudo = self.env.ref("dvc_account.group_leader").sudo().all_user_ids
        return leaders_sudo.filtered(lambda user: self.company_id in user.company_ids and user.active)[:1]

    def _register_line(self) -> register_xlsx.RegisterLine:
        """Return the dossier's line in the register of dossiers (form 06)."""
        self.ensure_one()
        contact = ", ".join(filter(None, [self.applicant_address, self.applicant_phone_masked]))
        return register_xlsx.RegisterLine(
            code=self.code or "",
            procedure=self.procedure_id.name,
            copies=self.copies or 1,
            applicant=self.applicant_name or "",
            address=contact,
            agency=self.unit_id.name or self.company_id.name,
            received_at=self._local(self.received_at),
            due_at=self._local(self.due_at),
            returned_at=self._local(self.returned_at),
            delivery=DELIVERY.get(self.delivery, ""),
            recipient=self._register_recipient(),
            note=dict(self._fields["state"]._description_selection(self.env)).get(self.state, ""),
        )

    def _register_recipient(self) -> str:
        """Return who took the result; extended where handovers are kept."""
        return ""

    def _after_move(self, event):
        super()._after_move(event)
        if event.to_state == "received" and event.from_state in ("submitted", "payment"):
            self._issue_form_01()
        elif event.to_state == "supplement":
            self._archive_paper(f"02-{self.guidance_round}", self._form_02_pdf())
        elif event.to_state == "refused":
            self._archive_paper("03", self._form_03_pdf())

    def _archived_form_01(self):
        """Return the form 01 that was issued, as it was issued."""
        self.ensure_one()
        # sudo: the caller may read the dossier; its own paper is an attachment of it
        attachments_sudo = self.env["ir.attachment"].sudo()
        return attachments_sudo.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("res_field", "=", False),
                ("name", "=", f"{self.code}-01.pdf"),
            ],
            order="id desc",
            limit=1,
        )

    def _issue_form_01(self) -> None:
        """Archive form 01 on the dossier and send it to the citizen's address."""
        self.ensure_one()
        # sudo: issued by the flow, whoever moved the dossier
        dossier_sudo = self.sudo()
        attachment = dossier_sudo._archive_paper("01", dossier_sudo._form_01_pdf())
        template = dossier_sudo.env.ref("dvc_dossier.mail_template_form_01")
        dossier_sudo.env["dvc.outbox"]._queue_paper(
            "form_01", template, dossier_sudo, dossier_sudo.account_id, attachment
        )

    def _issue_postponement(self, reason):
        event = super()._issue_postponement(reason)
        # sudo: issued by the flow, whoever put the date off
        dossier_sudo = self.sudo()
        dossier_sudo._archive_paper("04", dossier_sudo._form_04_pdf())
        return event

    def _archive_paper(self, number: str, content: bytes):
        """Keep an issued form on the dossier, as it was issued.

        :param number: of the form, two digits, and the round where there are several
        """
        return self.env["ir.attachment"].create(
            {
                "name": f"{self.code}-{number}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": "dvc.dossier",
                "res_id": self.id,
            }
        )
