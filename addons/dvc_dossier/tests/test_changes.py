# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError, ConcurrencyError
from odoo.tests import tagged

from odoo.addons.dvc_account.domain import hash_chain

from .common import DossierCommon


@tagged("post_install", "-at_install")
class TestChanges(DossierCommon):
    def setUp(self):
        super().setUp()
        self.seals = self.env["dvc.dossier.event.seal"]
        while self.seals._seal():
            pass
        self.start = self.seals.search([], order="id desc", limit=1).id or 0

    def _changes(self, since=None, **more):
        return self._as(self.integrator).changes(since=self.start if since is None else since, **more)

    def test_every_move_once_in_the_order_of_sealing(self):
        dossier = self._in_state("processing")
        dossier.with_user(self.officer).assign(self.specialist.login)
        answer = self._changes()
        self.assertEqual(
            [(event["from"], event["to"], event["national_status"]) for event in answer["events"]],
            [("draft", "submitted", 1), ("submitted", "received", 2), ("received", "processing", 4)],
        )
        self.assertEqual(set(answer["events"][0]), {"id", "at", "code", "from", "to", "national_status"})
        self.assertEqual({event["code"] for event in answer["events"]}, {dossier.code})
        again = self._changes(answer["next"])
        self.assertEqual(again, {"events": [], "next": answer["next"]})
        dossier.with_user(self.officer).withdraw("Công dân đề nghị")
        self.assertEqual([event["to"] for event in self._changes(answer["next"])["events"]], ["withdrawn"])

    def test_pages_neither_lose_nor_repeat(self):
        for _dossier in range(5):
            self._in_state("received")
        whole = [event["id"] for event in self._changes()["events"]]
        self.assertEqual(len(whole), 10)
        paged, since = [], self.start
        for _page in range(6):
            answer = self._changes(since, limit=3)
            paged += [event["id"] for event in answer["events"]]
            since = answer["next"]
        self.assertEqual(paged, whole)

    def test_a_smaller_number_that_commits_late_is_not_lost(self):
        """As if the first event's transaction were still open when the second is read."""
        first, second = self._submit().event_ids, self._submit().event_ids
        self.assertLess(first.id, second.id)
        self.env.cr.execute("DELETE FROM dvc_dossier_event_waiting WHERE event_id = %s", [first.id])
        answer = self._changes()
        self.assertEqual([event["id"] for event in answer["events"]], [second.id])
        self.env.cr.execute("INSERT INTO dvc_dossier_event_waiting (event_id) VALUES (%s)", [first.id])
        self.assertEqual([event["id"] for event in self._changes(answer["next"])["events"]], [first.id])

    def test_an_integrator_is_told_of_its_agencies_only(self):
        self._submit()
        other = self._submit(agency_code=self.other_agency.dvc_agency_code)
        codes = {event["code"] for event in self._changes()["events"]}
        self.assertEqual(len(codes), 2)
        self.integrator.company_ids -= self.other_agency
        codes = {event["code"] for event in self._changes()["events"]}
        self.assertNotIn(other.code, codes)
        self.assertEqual(len(codes), 1)

    def test_bounds_and_callers(self):
        for wrong in ({"since": -1}, {"since": "0"}, {"since": 0, "limit": 0}, {"since": 0, "limit": 1001}):
            with self._refused("input.invalid"):
                self._as(self.integrator).changes(**wrong)
        self._as(self.auditor).changes(since=0)
        for user in (self.officer, self.citizen_user):
            with self.assertRaises(AccessError):
                self._as(user).changes(since=0)

    def test_the_chain_shows_what_was_changed_behind_it(self):
        self._in_state("received")
        self._changes()
        self.assertEqual(self.seals._first_broken(), 0)
        last = self.seals.search([], order="id desc", limit=1)
        self.assertEqual(last.link, hash_chain.link(last.previous or "", last.event_id._sealed_record()))
        self.env.cr.execute("ALTER TABLE dvc_dossier_event DISABLE TRIGGER USER")
        self.env.cr.execute("UPDATE dvc_dossier_event SET to_state = 'done' WHERE id = %s", [last.event_id.id])
        self.env.cr.execute("ALTER TABLE dvc_dossier_event ENABLE TRIGGER USER")
        self.env.invalidate_all()
        self.assertEqual(self.seals._first_broken(), last.id)

    def test_two_ends_of_the_chain_cannot_be(self):
        """What two sealers with old snapshots would do: the second is run again."""
        self._submit()
        self._changes()
        last = self.seals.search([], order="id desc", limit=1)
        self.patch(
            self.registry["dvc.dossier.event.seal"],
            "_seal",
            lambda seals: seals.env.cr.execute_values(
                "INSERT INTO dvc_dossier_event_seal (event_id, previous, link) VALUES %s",
                [(self._submit().event_ids.id, last.previous or "", "x")],
            ),
        )
        with self.assertRaises(ConcurrencyError), self.assertLogs("odoo.sql_db", "ERROR"):
            self._changes()
