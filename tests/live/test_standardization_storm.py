# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Many people standardise many accounts over eight connections: one account a person is left, and nothing crashes."""

import random
import xmlrpc.client
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

CONNECTIONS = 8
PEOPLE = 300
DUPLICATES, WRONG, AGAIN = 300, 250, 150


def people() -> list[dict]:
    start, phone = random.randrange(10**5), random.randrange(10**4)
    return [
        {
            "full_name": "Trần Thị Bão",
            "citizen_id": f"0461{random.randrange(60, 99)}{start + number:06d}",
            "issue_date": "2022-03-01",
            "phone": f"+84938{phone * 10 + number:06d}",
        }
        for number in range(PEOPLE)
    ]


def at_once(caller, work, arguments) -> list:
    """Do work over CONNECTIONS connections, each with a caller of its own."""
    chunks = [arguments[number::CONNECTIONS] for number in range(CONNECTIONS)]

    def run(chunk):
        app = caller("integrator")
        return [(argument, work(app, argument)) for argument in chunk]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [pair for done in pool.map(run, chunks) for pair in done]


def standardize(app, attempt):
    account, facts = attempt
    try:
        answer = app("dvc.account", "standardize", [account], **facts)
        return answer["state"], answer["reason"]
    except xmlrpc.client.Fault as fault:
        return fault.faultString.partition("]")[0].lstrip("["), fault.faultCode


def test_one_account_a_person_is_left(caller):
    admin, known = caller("admin"), people()
    admin("dvc.identity.source", "create", known)
    owners = known + random.sample(known, DUPLICATES) + random.sample(known, WRONG)
    made = at_once(
        caller,
        lambda app, place: app("dvc.account", "register", phone=owners[place]["phone"], name="Trần Thị Bão")["id"],
        list(range(len(owners))),
    )
    ids = {place: account for place, account in made}
    right = [(ids[place], owners[place]) for place in range(PEOPLE + DUPLICATES)]
    mistakes = ({"issue_date": "2021-03-01"}, {"full_name": "Tran Thi Bao"}, {"phone": "+84938999999"})
    wrong = [
        (ids[place], {**owners[place], **mistakes[place % 3]})
        for place in range(PEOPLE + DUPLICATES, PEOPLE + DUPLICATES + WRONG)
    ]
    attempts = right + wrong + random.sample(right, AGAIN)
    random.shuffle(attempts)
    assert len(attempts) == 1000

    answers = at_once(caller, standardize, attempts)

    kinds = Counter(answer for _attempt, answer in answers)
    assert set(kinds) <= {
        ("standardized", False),
        ("locked", "duplicate"),
        ("rejected", "identity_mismatch"),
        ("account.locked", 2),
    }, kinds
    rows = admin(
        "dvc.account", "read", list(ids.values()), fields=["state", "lock_cause", "lock_reason", "citizen_id_masked"]
    )
    rows = {row["id"]: row for row in rows}
    claimants = defaultdict(set)
    for account, facts in right:
        claimants[facts["citizen_id"]].add(account)
    for accounts in claimants.values():
        states = Counter(rows[account]["state"] for account in accounts)
        assert states["standardized"] == 1, states
        assert states["standardized"] + states["locked"] == len(accounts), states
    locked = [row for row in rows.values() if row["state"] == "locked"]
    assert len(locked) >= DUPLICATES
    assert all(row["lock_cause"] == "duplicate" and row["lock_reason"] for row in locked)
    standing = [row for row in rows.values() if row["state"] == "standardized"]
    assert len(standing) == PEOPLE
    app = caller("integrator")
    for facts in random.sample(known, 20):
        by_number = app("dvc.account", "find", citizen_id=facts["citizen_id"])
        assert by_number["state"] == "standardized"
        assert app("dvc.account", "find", phone=facts["phone"]) == by_number
