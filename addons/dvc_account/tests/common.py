# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class DvcCase:
    """One agency with its staff, a second one, and two standardised citizens; no demo data.

    A mixin, so that HTTP tests share it: ``class TestX(DvcCase, HttpCase)``.
    """

    CITIZEN_FACTS = {
        "full_name": "Nguyễn Thị Kiểm",
        "citizen_id": "046185990001",
        "issue_date": "2021-05-12",
        "phone": "+84914990001",
    }
    STRANGER_FACTS = {
        "full_name": "Trần Văn Thử",
        "citizen_id": "046079990002",
        "issue_date": "2021-08-20",
        "phone": "+84914990002",
    }
    NEW_FACTS = {
        "full_name": "Lê Hoàng Mới",
        "citizen_id": "046090990003",
        "issue_date": "2022-03-02",
        "phone": "+84914990003",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, no_reset_password=True))
        if not cls._registry_patched:
            # Counters and journal lines on connections of their own stay inside the test.
            cls.registry_enter_test_mode_cls()
        cls.env.ref("base.module_dvc_account").demo = True
        cls.env.ref("base.VND").active = True
        cls.env["ir.config_parameter"].set_param("dvc_account.identity_url", "")
        cls.env["ir.config_parameter"].set_param("dvc_account.sms_gateway_url", "")
        cls._build_agencies()
        cls._build_staff()
        cls._build_citizens()

    @classmethod
    def _build_agencies(cls):
        cls.agency, cls.other_agency = cls.env["res.company"].create(
            [
                {
                    "name": f"UBND phường {name}",
                    "dvc_agency_code": code,
                    "dvc_place": "Huế",
                    "dvc_parent_name": "Thành phố Huế",
                    "currency_id": cls.env.ref("base.VND").id,
                }
                for name, code in (("Thử Một", "000.91.29.H57"), ("Thử Hai", "000.92.29.H57"))
            ]
        )
        cls.unit, cls.other_unit = cls.env["dvc.unit"].create(
            [{"name": "Hộ tịch", "company_id": agency.id} for agency in (cls.agency, cls.other_agency)]
        )

    @classmethod
    def _build_staff(cls):
        cls.officer = cls._staff("officer")
        cls.colleague = cls._staff("officer", login="dvc_colleague")
        cls.officer2 = cls._staff("officer", login="dvc_officer2", agency=cls.other_agency)
        cls.specialist = cls._staff("specialist", unit=cls.unit)
        cls.leader = cls._staff("leader")
        cls.accountant = cls._staff("accountant")
        cls.manager = cls._staff("manager")
        cls.auditor = cls._staff("auditor")
        cls.integrator = cls._staff("integrator")
        cls.integrator.company_ids = [Command.link(cls.other_agency.id)]

    @classmethod
    def _staff(cls, role, login=None, agency=None, unit=None):
        agency = agency or cls.agency
        user = new_test_user(
            cls.env,
            login=login or f"dvc_{role}",
            groups=f"dvc_account.group_{role}",
            company_id=agency.id,
            company_ids=[Command.set(agency.ids)],
            tz="Asia/Ho_Chi_Minh",
        )
        user.dvc_unit_id = unit
        return user

    @classmethod
    def _build_citizens(cls):
        cls.env["dvc.identity.source"].create(
            [dict(facts) for facts in (cls.CITIZEN_FACTS, cls.STRANGER_FACTS, cls.NEW_FACTS)]
        )
        cls.citizen = cls._standardized(cls.CITIZEN_FACTS)
        cls.stranger = cls._standardized(cls.STRANGER_FACTS)
        for account in cls.citizen | cls.stranger:
            account._ensure_login()
        cls.citizen_user, cls.stranger_user = cls.citizen.user_id, cls.stranger.user_id
        cls.citizen_user.write({"login": "dvc_citizen", "password": "dvc_citizen"})
        cls.stranger_user.write({"login": "dvc_stranger", "password": "dvc_stranger"})

    @classmethod
    def _standardized(cls, facts):
        account = cls._registered(facts["phone"])
        outcome = account.standardize(**facts)
        assert outcome["state"] == "standardized", outcome
        return account

    @classmethod
    def _registered(cls, phone, **values):
        accounts = cls.env["dvc.account"]
        return accounts.browse(accounts.register(phone=phone, **values)["id"])


class DvcCommon(DvcCase, TransactionCase):
    """The shared set-up for tests without HTTP."""
