# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime
import itertools

import pytest
from conftest import load

rule = load("dvc_account", "domain/signer_match.py")
states = load("dvc_account", "domain/certificate_states.py")

ME, SHE = "hash-of-me", "hash-of-her"
NOON = datetime.datetime(2026, 11, 24, 12)
HOUR = datetime.timedelta(hours=1)


def signer(**values):
    return rule.Signer(**{"trusted": True, **values})


class TestMatch:
    @pytest.mark.parametrize(
        ("who", "owner", "wanted"),
        [
            (signer(numbers=(ME,)), ME, "own"),
            (signer(numbers=(SHE,)), ME, "other"),
            (signer(), ME, "untold"),
            (signer(numbers=(ME,)), "", "untold"),
            # Whoever has registered the certificate, whatever its subject says.
            (signer(registered=ME), ME, "own"),
            (signer(registered=ME, numbers=(SHE,)), ME, "own"),
            (signer(registered=SHE, numbers=(ME,)), ME, "other"),
            (signer(registered=SHE), ME, "other"),
            # Two persons in one subject.
            (signer(numbers=(ME, SHE)), ME, "untold"),
            (signer(numbers=("x", SHE)), ME, "other"),
            (signer(numbers=(ME, ME)), ME, "own"),
            (signer(agency=True), ME, "agency"),
            (signer(agency=True, numbers=(SHE,)), ME, "agency"),
            # Anybody can write anybody's number into a certificate of their own making.
            (signer(trusted=False, numbers=(ME,)), ME, "untold"),
            (signer(trusted=False, numbers=(SHE,)), ME, "untold"),
            (signer(trusted=False, registered=ME), ME, "untold"),
        ],
    )
    def test_table(self, who, owner, wanted):
        assert rule.match(who, owner) == wanted

    def test_an_empty_hash_is_nobodys(self):
        assert rule.match(signer(numbers=("",)), "") == "untold"

    def test_worst_first(self):
        assert rule.worst([]) is None
        assert rule.worst(["own", "agency"]) == "own"
        assert rule.worst(["own", "untold", "agency"]) == "untold"
        assert rule.worst(["own", "other"]) == "other"
        assert set(rule.WORST_FIRST) == {"own", "other", "untold", "agency"}


class TestLostCertificate:
    def test_proven_time_decides(self):
        assert not rule.made_after(NOON, NOON - HOUR, timestamped=True)
        assert rule.made_after(NOON, NOON + HOUR, timestamped=True)
        assert rule.made_after(NOON, NOON, timestamped=True)

    def test_a_thief_sets_the_clock(self):
        assert rule.made_after(NOON, NOON - HOUR, timestamped=False)
        assert rule.made_after(NOON, None, timestamped=True)

    def test_not_lost(self):
        assert not rule.made_after(None, NOON, timestamped=False)


class TestStates:
    def test_nothing_leads_out_of_an_end(self):
        for table, ends in (
            (states.CERTIFICATE, {states.REPLACED, states.REVOKED, states.CANCELLED}),
            (states.APPLICATION, {states.ISSUED, states.REFUSED, states.WITHDRAWN}),
        ):
            known = set(itertools.chain.from_iterable(table))
            assert {state for state in known if not any(source == state for source, _target in table)} == ends

    def test_every_pair(self):
        for table in (states.CERTIFICATE, states.APPLICATION):
            known = set(itertools.chain.from_iterable(table))
            for pair in itertools.product(known, known):
                assert states.move(table, *pair) == table.get(pair)
                assert pair[0] != pair[1] or states.move(table, *pair) is None

    def test_an_unproven_certificate_is_neither_lost_nor_replaced(self):
        assert states.move(states.CERTIFICATE, "pending", "revoked") is None
        assert states.move(states.CERTIFICATE, "pending", "replaced") is None
        assert states.move(states.CERTIFICATE, "revoked", "active") is None


class TestReminder:
    @pytest.mark.parametrize(
        ("days_left", "sent", "wanted"),
        [
            (31, 0, None),
            (30, 0, 30),
            (29, 30, None),
            (8, 30, None),
            (7, 30, 7),
            (7, 0, 7),
            (3, 7, None),
            (0, 30, 7),
            (-1, 30, None),
            (-1, 0, None),
        ],
    )
    def test_once_each(self, days_left, sent, wanted):
        assert states.reminder_due(days_left, sent, (30, 7)) == wanted

    def test_a_life_of_days(self):
        sent, told = 0, []
        for left in range(60, -10, -1):
            if due := states.reminder_due(left, sent, (30, 7)):
                sent = due
                told.append((left, due))
        assert told == [(30, 30), (7, 7)]
