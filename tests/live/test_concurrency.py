# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Many at once, over real connections, against two workers."""

import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

import journey

CLIENTS = 8


def at_once(work, arguments) -> list:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, arguments))


def test_eight_submitters_get_eight_codes(new_citizen):
    citizens = [new_citizen() for _ in range(CLIENTS)]
    answers = at_once(lambda one: one.submit(), citizens)
    codes = {answer["code"] for answer in answers}
    assert len(codes) == CLIENTS
    assert all(code.startswith(f"{journey.AGENCY}-") for code in codes)


def test_the_same_reference_at_once_makes_one_dossier(citizen, caller):
    submission = citizen.submission(client_ref="same-reference-at-once-" + citizen.facts["citizen_id"])
    answers = at_once(lambda _: caller("integrator")("dvc.dossier", "submit", **submission), range(CLIENTS))
    assert len({answer["id"] for answer in answers}) == 1
    listed = citizen.app("dvc.dossier", "list_for", account_id=citizen.account)
    assert len(listed) == 1


def test_two_standardise_the_same_person_at_once(caller):
    app, admin = caller("integrator"), caller("admin")
    facts = {
        "full_name": "Lê Thị Song Song",
        "citizen_id": "046192555777",
        "issue_date": "2021-01-05",
        "phone": "0914222333",
    }
    admin("dvc.identity.source", "create", [facts])
    accounts = [app("dvc.account", "register", phone=facts["phone"])["id"] for _ in range(2)]

    def standardize(account):
        try:
            return caller("integrator")("dvc.account", "standardize", [account], **facts)["state"]
        except xmlrpc.client.Fault as fault:
            # The winner had locked it before this call was run again.
            return fault.faultString.partition("]")[0]

    assert sorted(at_once(standardize, accounts)) in (["locked", "standardized"], ["[account.locked", "standardized"])
    found = app("dvc.account", "find", citizen_id=facts["citizen_id"])
    assert found["state"] == "standardized"


def test_partial_answers_at_once_move_the_dossier_on(citizen, caller):
    dossier = citizen.submit()
    asked = [{"component_code": part["code"], "instruction": "Chụp lại cho rõ"} for part in citizen.components()[:2]]
    caller("officer")("dvc.dossier", "request_supplement", [dossier["id"]], items=asked)

    def answer(item):
        parts = [{"code": item["component_code"], "filename": "a.pdf", "content": journey.pdf("moi")}]
        return caller("integrator")("dvc.dossier", "supplement", [dossier["id"]], components=parts)

    answers = at_once(answer, asked)
    assert sorted(len(one["missing"]) for one in answers) == [0, 1], answers
    assert citizen.app("dvc.dossier", "track", code=dossier["code"])["state"] == "submitted"


def test_requests_at_once_make_one_round(citizen, caller):
    dossier = citizen.submit()
    items = [{"component_code": citizen.components()[0]["code"], "instruction": "Chụp lại cho rõ"}]

    def ask(_number):
        try:
            return caller("officer")("dvc.dossier", "request_supplement", [dossier["id"]], items=items)["round"]
        except xmlrpc.client.Fault as fault:
            return fault.faultString.partition("]")[0]

    answers = at_once(ask, range(4))
    assert sorted(map(str, answers)) == ["1", *["[dossier.bad_transition"] * 3]
