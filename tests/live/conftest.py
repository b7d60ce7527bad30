# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A running server with two workers; ``./dvc test`` names it in the environment."""

import os
import random
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "examples"))

import journey  # noqa: E402  # the examples are no package: the path above makes them importable

AGENCY, PROCEDURE = journey.AGENCY, journey.PROCEDURE


def _required(name: str) -> str:
    if name not in os.environ:
        pytest.exit(f"{name} is not set: run these tests by ./dvc test.", returncode=3)
    return os.environ[name]


@pytest.fixture(scope="session")
def checkout() -> Path:
    return CHECKOUT


@pytest.fixture(scope="session")
def caller():
    """Return the maker of callers: ``caller("officer")("dvc.dossier", "receive", [id])``."""
    _required("DVC_URL")
    return journey.Caller


class Citizen:
    """A standardised citizen, made for one test."""

    def __init__(self, caller):
        self.app = caller("integrator")
        self.facts = {
            "full_name": "Trần Văn Thử Nghiệm",
            "citizen_id": f"046085{random.randrange(10**6):06d}",
            "issue_date": "2022-03-01",
            "phone": f"0935{random.randrange(10**6):06d}",
        }
        caller("admin")("dvc.identity.source", "create", [self.facts])
        self.account = self.app("dvc.account", "register", phone=self.facts["phone"], name=self.facts["full_name"])[
            "id"
        ]
        answer = self.app("dvc.account", "standardize", [self.account], **self.facts)
        assert answer["state"] == "standardized", answer

    def top_up(self, amount: int) -> None:
        reference = f"T{random.getrandbits(60)}"
        self.app("dvc.wallet", "top_up", account_id=self.account, amount=amount, bank_ref=reference)

    def components(self) -> list[dict]:
        found = self.app("dvc.procedure", "search_catalogue", query=PROCEDURE, agency_code=AGENCY)
        return [part for line in found if line["code"] == PROCEDURE for part in line["components"]]

    def submission(self, **more) -> dict:
        """Return the arguments of a complete submission."""
        needed = [part["code"] for part in self.components() if part["required"]]
        files = [{"code": code, "filename": f"{code}.pdf", "content": journey.pdf(code)} for code in needed]
        return {
            "account_id": self.account,
            "procedure_code": PROCEDURE,
            "agency_code": AGENCY,
            "components": files,
            "delivery": "counter",
            **more,
        }

    def submit(self, **more) -> dict:
        return self.app("dvc.dossier", "submit", **self.submission(**more))


@pytest.fixture
def citizen(caller) -> Citizen:
    return Citizen(caller)


@pytest.fixture
def new_citizen(caller):
    return lambda: Citizen(caller)
