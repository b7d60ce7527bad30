# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Many at once, over real connections, against two workers."""

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
    answers = at_once(lambda one: caller("integrator")("dvc.account", "standardize", [one], **facts), accounts)
    assert sorted(answer["state"] for answer in answers) == ["locked", "standardized"], answers
