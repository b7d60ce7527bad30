# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Every method of the contract refuses what is missing, of a wrong type, too long, or somebody else's."""

import xmlrpc.client

import pytest

# model.method: (who calls, positional ids or None, good arguments by name)
METHODS = {
    "dvc.account.register": ("integrator", None, {"phone": "0914000111"}),
    "dvc.account.standardize": (
        "integrator",
        1,
        {"full_name": "A", "citizen_id": "046190000001", "issue_date": "2021-01-01", "phone": "0914000111"},
    ),
    "dvc.account.lock": ("officer", 1, {"reason": "trùng"}),
    "dvc.account.unlock": ("officer", 1, {"reason": "đã xác minh"}),
    "dvc.account.request_otp": ("integrator", None, {"phone": "0914000111", "purpose": "track"}),
    "dvc.account.verify_otp": ("integrator", None, {"challenge": "x", "code": "000000"}),
    "dvc.account.reset_password": ("integrator", None, {"token": "x", "new_password": "Mật khẩu dài 123"}),
    "dvc.certificate.list_for": ("integrator", None, {"account_id": 1}),
    "dvc.certificate.challenge": ("integrator", None, {"account_id": 1}),
    "dvc.certificate.register": ("integrator", None, {"account_id": 1, "content": "eA=="}),
    "dvc.certificate.application.prepare": ("integrator", None, {"account_id": 1, "provider_code": "x"}),
    "dvc.signature.verify": ("officer", None, {"content": "JVBERi0xLjQK"}),
    "dvc.dossier.submit": (
        "integrator",
        None,
        {"account_id": 1, "procedure_code": "2.000635", "agency_code": "000.12.29.H57", "components": []},
    ),
    "dvc.dossier.list_for": ("integrator", None, {"account_id": 1}),
    "dvc.dossier.track": ("integrator", None, {"code": "x"}),
    "dvc.dossier.refuse": ("officer", 1, {"reason": "thiếu"}),
    "dvc.dossier.request_supplement": ("officer", 1, {"items": []}),
    "dvc.dossier.supplement": ("integrator", 1, {"components": []}),
    "dvc.dossier.assign": ("officer", 1, {"login": "specialist"}),
    "dvc.dossier.withdraw": ("officer", 1, {"reason": "theo yêu cầu"}),
    "dvc.dossier.stop": ("officer", 1, {"reason": "dừng"}),
    "dvc.dossier.postpone": ("officer", 1, {"due_at": "2030-01-01 00:00:00", "reason": "x"}),
    "dvc.dossier.deadline_proof": ("officer", None, {"code": "x"}),
    "dvc.dossier.changes": ("integrator", None, {"since": 0}),
    "dvc.wallet.balance": ("integrator", None, {"account_id": 1}),
    "dvc.wallet.top_up": ("integrator", None, {"account_id": 1, "amount": 1000, "bank_ref": "x"}),
    "dvc.wallet.pay": ("integrator", None, {"dossier_id": 1, "idempotency_key": "x"}),
    "dvc.wallet.refund": (
        "accountant",
        None,
        {"transfer": 1, "amount": 1000, "reason": "x", "idempotency_key": "x"},
    ),
    "dvc.wallet.statement": (
        "integrator",
        None,
        {"account_id": 1, "date_from": "2026-01-01", "date_to": "2026-12-31"},
    ),
    "dvc.result.publish": ("specialist", None, {"dossier_id": 1, "content": "", "filename": "x.pdf"}),
    "dvc.result.hand_over": ("officer", 1, {"recipient_name": "A", "recipient_citizen_id": "046190000001"}),
    "dvc.result.verify": ("integrator", None, {"code": "x"}),
    "dvc.document.list_for": ("integrator", None, {"account_id": 1}),
}
UNKNOWN_ID = 2**31 - 2


def refusal(call, *positional, **named) -> xmlrpc.client.Fault:
    with pytest.raises(xmlrpc.client.Fault) as caught:
        call(*positional, **named)
    assert "Traceback" not in caught.value.faultString, caught.value.faultString
    return caught.value


def cases():
    for name, (who, record, arguments) in METHODS.items():
        for argument in arguments:
            yield pytest.param(name, who, record, arguments, argument, id=f"{name}-{argument}")


@pytest.mark.parametrize(("name", "who", "record", "arguments", "argument"), cases())
def test_wrong_types(caller, name, who, record, arguments, argument):
    model, method = name.rsplit(".", 1)
    positional = [[record]] if record else []
    wrong = {"x": 1} if not isinstance(arguments[argument], dict) else "x"
    fault = refusal(caller(who), model, method, *positional, **{**arguments, argument: wrong})
    assert fault.faultCode == 2
    assert fault.faultString.startswith("[input.invalid]")


@pytest.mark.parametrize("name", METHODS)
def test_missing_and_unexpected(caller, name):
    who, record, arguments = METHODS[name]
    model, method = name.rsplit(".", 1)
    positional = [[record]] if record else []
    assert refusal(caller(who), model, method, *positional).faultString.startswith("[input.invalid]")
    fault = refusal(caller(who), model, method, *positional, **arguments, surprise=1)
    assert fault.faultString.startswith("[input.invalid]")


@pytest.mark.parametrize("name", [name for name, line in METHODS.items() if line[1]])
def test_one_record_that_exists(caller, name):
    who, _record, arguments = METHODS[name]
    model, method = name.rsplit(".", 1)
    unknown = {"dvc.account": "account", "dvc.dossier": "dossier", "dvc.result": "result"}[model]
    fault = refusal(caller(who), model, method, [UNKNOWN_ID], **arguments)
    assert fault.faultString.startswith(f"[{unknown}.unknown]")
    for ids in ([], [1, 2]):
        fault = refusal(caller(who), model, method, ids, **arguments)
        assert fault.faultString.startswith("[call.one_record]")


def test_another_agency_is_refused(caller, citizen):
    dossier = citizen.submit()
    fault = refusal(caller("officer2"), "dvc.dossier", "receive", [dossier["id"]])
    assert fault.faultCode == 4
    assert citizen.app("dvc.dossier", "track", code=dossier["code"])["state"] == "submitted"


def test_another_citizen_is_refused(caller, citizen):
    fault = refusal(caller("citizen1"), "dvc.wallet", "balance", account_id=citizen.account)
    assert fault.faultCode == 4
    dossier = citizen.submit()
    assert refusal(caller("citizen1"), "dvc.dossier", "withdraw", [dossier["id"]], reason="x").faultCode == 4


def test_business_fields_are_guarded(caller, citizen):
    dossier = citizen.submit()
    for values in ({"state": "done"}, {"code": "x"}, {"due_at": "2030-01-01 00:00:00"}):
        refusal(caller("admin"), "dvc.dossier", "write", [dossier["id"]], values)
    assert citizen.app("dvc.dossier", "track", code=dossier["code"])["state"] == "submitted"
