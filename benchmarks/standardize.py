# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What does standardising an account cost, against the creation of a stock partner? Budget: 1.5."""

import itertools

from measure import Web, paired

WARM_UP = 4


def measure(rounds: int) -> dict:
    app, admin = Web("integrator"), Web("admin")
    people = [
        {
            "full_name": "Nguyễn Thị Đo Lường",
            "citizen_id": f"046190{number:06d}",
            "issue_date": "2022-03-01",
            "phone": f"+849351{number:05d}",
        }
        for number in range(rounds + WARM_UP)
    ]
    admin.call("dvc.identity.source", "create", people)
    accounts = [app.call("dvc.account", "register", phone=facts["phone"])["id"] for facts in people]
    waiting = iter(zip(accounts, people, strict=True))
    number = itertools.count()

    def standardize():
        account, facts = next(waiting)
        answer = app.call("dvc.account", "standardize", [account], **facts)
        if answer["state"] != "standardized":
            raise RuntimeError(answer)

    def partner():
        values = {"name": f"Nguyễn Thị Đo Lường {next(number)}", "email": "a@example.com", "phone": "0914123567"}
        admin.call("res.partner", "create", [values])

    ours, peer = paired(standardize, partner, rounds)
    return {
        "dvc.account.standardize": ours.as_dict(),
        "res.partner": peer.as_dict(),
        "ratio": round(ours.median_ms / peer.median_ms, 2),
        "note": "the sandbox answers for the identity source",
    }
