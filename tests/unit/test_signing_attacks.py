# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What attackers and time do to signed files, against a laboratory's own keys; each row a verdict."""

import hashlib
import io
import os
import re
import subprocess
import sys
import threading
import time

import pytest
from conftest import load_package
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from signing_lab import DAY, NOW, UID, Lab, page

pdf_file = load_package("dvc_account", "signing", "pdf_file")
verify = load_package("dvc_account", "signing", "verify")
limited = load_package("dvc_account", "signing", "limited")
pools = load_package("dvc_account", "signing", "pool")
worker = load_package("dvc_account", "signing", "worker")
raw_check = load_package("dvc_account", "signing", "raw_check")
verdicts = load_package("dvc_account", "signing", "verdicts")
signer = load_package("dvc_account", "signing", "signer")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def good(lab):
    return lab.signed(lab.citizen)


@pytest.fixture(scope="module")
def stamped(lab):
    return lab.signed(lab.citizen, timestamper=lab.timestamper())


@pytest.fixture
def check(lab):
    def run(data, trust=None, at=None):
        return verify.verify_bytes(data, "a.pdf", trust or lab.trust(), at)

    return run


def update(data: bytes, change) -> bytes:
    """Return the PDF with a revision after it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    change(writer)
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


def first_page(writer):
    return writer.root["/Pages"]["/Kids"][0]


def turn_page(writer):
    first_page(writer)["/Rotate"] = generic.NumberObject(90)
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))


def add_annotation(writer):
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (100, 600, 300, 650))),
            pdf_name("/Contents"): generic.TextStringObject("100.000.000 VND"),
        }
    )
    first_page(writer)["/Annots"] = generic.ArrayObject([writer.add_object(note)])
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))


def add_open_action(writer):
    writer.root["/OpenAction"] = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.TextStringObject("app.alert(1)")}
    )
    writer.update_root()


CHANGES = {"page turned": turn_page, "annotation": add_annotation, "open action": add_open_action}


def cover(writer, name="Painted", box=(90, 690, 400, 720)):
    """Add an empty signature field that looks like a white sheet over the text."""
    fields.append_signature_field(writer, fields.SigFieldSpec(name, box=box))
    field = next(ref for found, _value, ref in fields.enumerate_sig_fields(writer) if found == name).get_object()
    dress(writer, field, b"1 1 1 rg 0 0 310 30 re f")


def dress(writer, field, picture: bytes):
    size = generic.ArrayObject(map(generic.NumberObject, (0, 0, 310, 30)))
    form = {pdf_name("/Type"): pdf_name("/XObject"), pdf_name("/Subtype"): pdf_name("/Form"), pdf_name("/BBox"): size}
    look = writer.add_object(generic.StreamObject(form, stream_data=picture))
    field["/AP"] = generic.DictionaryObject({pdf_name("/N"): look})
    writer.update_container(field)


def dress_anew(writer):
    """Change the picture of the first signature field, and nothing else of it."""
    field = next(fields.enumerate_sig_fields(writer))[2].get_object()
    dress(writer, field, b"1 1 1 rg 0 0 310 30 re f")


def redraw(writer):
    """Write the picture of the first signature field anew, under its old number."""
    reference = next(fields.enumerate_sig_fields(writer))[2].get_object()["/AP"].raw_get("/N").reference
    reference.get_object()._data = b"1 1 1 rg 0 0 310 30 re f"
    writer.mark_update(reference)


def give_rights(writer, copied=False):
    """Add the usage rights that make a form savable in Adobe's reader; they are in no field."""
    rights = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Sig"),
            pdf_name("/ByteRange"): generic.ArrayObject(map(generic.NumberObject, (0, 9, 20, 9))),
            pdf_name("/Contents"): generic.ByteStringObject(b"0"),
        }
    )
    if not copied:
        method = generic.DictionaryObject({pdf_name("/TransformMethod"): pdf_name("/UR3")})
        rights["/Reference"] = generic.ArrayObject([method])
    writer.root["/Perms"] = generic.DictionaryObject({pdf_name("/UR3"): writer.add_object(rights)})
    writer.update_root()


class TestTrust:
    def test_good_files(self, check, good, stamped):
        for data, proven, level in ((good, False, "PAdES B-B"), (stamped, True, "PAdES B-T")):
            answer = check(data)
            (one,) = answer["signatures"]
            assert (answer["verdict"], one["timestamped"], one["level"]) == ("valid", proven, level)
            assert one["intact"] and one["trusted"] and one["covers_whole_file"] and not one["revoked"]

    @pytest.mark.parametrize(
        ("who", "verdict"),
        [("rogue", "untrusted"), ("expired", "expired"), ("revoked", "revoked"), ("plain", "untrusted")],
    )
    def test_fates(self, check, lab, who, verdict):
        (one,) = check(lab.signed(getattr(lab, who)))["signatures"]
        assert (one["verdict"], one["trusted"], one["intact"]) == (verdict, False, True)
        assert one["revoked"] == (verdict == "revoked")

    def test_proven_time_decides(self, check, lab):
        fresh = [authority.crl(made=NOW - DAY, until=NOW + 7 * DAY) for authority in lab.authorities]
        for who, days, verdict in (
            (lab.citizen, 60, "valid"),
            (lab.revoked, 15, "valid"),
            (lab.revoked, 8, "revoked"),
            (lab.expired, 60, "valid"),
            (lab.expired, 5, "expired"),
            (lab.expired, 0, "expired"),
            (lab.expired_revoked, 60, "valid"),
            (lab.expired_revoked, 40, "revoked"),
            (lab.expired_revoked, 5, "expired"),
        ):
            data = lab.signed(who, timestamper=lab.timestamper(at=NOW - days * DAY))
            for crls in (None, fresh):
                trust = lab.trust(crls=crls) if crls else lab.trust()
                assert check(data, trust)["verdict"] == verdict, (who.path.stem, days, bool(crls))

    def test_a_revoked_authority_signs_nothing_later(self, check, lab):
        ca = lab.authority_of_its_own(revoked_on=NOW - 20 * DAY)
        crls = [authority.crl() for authority in (*lab.authorities, ca)]
        for days, verdict in ((40, "valid"), (10, "revoked"), (0, "revoked")):
            data = lab.signed(
                lab.person("under", ca, ("Dưới CA bị thu hồi",)), timestamper=lab.timestamper(at=NOW - days * DAY)
            )
            assert check(data, lab.trust(crls=crls))["verdict"] == verdict, days

    def test_a_time_stamp_from_the_future(self, check, lab):
        data = lab.signed(lab.citizen, timestamper=lab.timestamper(at=NOW + 10 * DAY))
        (one,) = check(data)["signatures"]
        assert not one["timestamped"]

    def test_only_a_time_stamping_anchor_proves_a_time(self, check, lab):
        moment = NOW - 60 * DAY
        for authority in (lab.rogue_tsa, lab.person("citizens_tsa", lab.citizen_ca, ("TSA",), stamp=True)):
            data = lab.signed(lab.expired, timestamper=lab.timestamper(authority, at=moment))
            (one,) = check(data)["signatures"]
            assert (one["verdict"], one["timestamped"]) == ("expired", False)

    def test_a_time_stamping_anchor_makes_nobody_a_signer(self, check, lab):
        somebody = lab.person("somebody", lab.timestamp_root, ("Ai đó",))
        assert check(lab.signed(somebody))["verdict"] == "untrusted"

    def test_what_is_not_known_stays_open(self, check, lab, good, stamped):
        assert check(good, lab.trust(crls=[]))["verdict"] == "unknown"
        old = [authority.crl(made=NOW - 90 * DAY, until=NOW - 60 * DAY) for authority in lab.authorities]
        assert check(good, lab.trust(crls=old))["verdict"] == "unknown"
        assert check(stamped, lab.trust(crls=[]))["verdict"] == "unknown"

    def test_empty_store_trusts_nobody(self, check, good):
        assert check(good, verify.Trust())["verdict"] == "untrusted"

    def test_long_after(self, check, lab, good, stamped):
        later = NOW + 365 * 6 * DAY
        assert check(good, at=later)["verdict"] in ("expired", "unknown")

    def test_archived_proof_counts_without_a_list_at_hand(self, check, lab):
        data = lab.archived(lab.citizen)
        answer = check(data, lab.trust(crls=[]))
        assert (answer["verdict"], answer["signatures"][0]["level"]) == ("valid", "PAdES B-LT")
        assert check(lab.archived(lab.rogue), lab.trust(crls=[]))["verdict"] == "untrusted"

    def test_a_later_time_stamp_of_the_document_proves_the_time(self, check, lab):
        old = lab.person("old_tsa", lab.timestamp_root, ("Old TSA",), stamp=True, end=NOW - 35 * DAY)
        data = lab.archived(lab.expired, at=NOW - 60 * DAY, timestamper=lab.timestamper(old, at=NOW - 60 * DAY))
        assert check(data)["verdict"] == "expired", "the stamp's own authority has ended since"
        (one,) = check(lab.stamped_document(data, lab.tsa, at=NOW - 40 * DAY))["signatures"]
        assert (one["verdict"], one["timestamped"]) == ("valid", True)
        for authority, days in ((lab.tsa, 5), (lab.rogue_tsa, 40)):
            late = lab.stamped_document(data, authority, at=NOW - days * DAY)
            assert check(late)["verdict"] == "expired", (authority.path.stem, days)

    def test_weak_digest_stays_open_and_changed_is_still_changed(self, check, lab):
        data = lab.signed_weakly(lab.citizen)
        assert check(data)["verdict"] == "unknown"
        assert check(update(data, turn_page))["verdict"] == "modified"
        assert check(data.replace(b"%PDF-1", b"%PDF-2", 1))["verdict"] == "modified"


class TestIntegrity:
    @pytest.mark.parametrize("name", CHANGES)
    def test_content_changed_after_signing(self, check, good, name):
        answer = check(update(good, CHANGES[name]))
        assert answer["verdict"] == "modified"
        assert answer["signatures"][0]["intact"], "the bytes are intact, what is shown is not"

    def test_an_empty_field_painted_over_the_text(self, check, lab, good):
        painted = update(good, cover)
        assert check(painted)["verdict"] == "modified"
        for authority in (lab.rogue_tsa, lab.tsa):
            stamped = lab.stamped_document(painted, authority, field="Painted")
            assert check(stamped)["verdict"] == "modified", authority.path.stem
        answer = check(lab.stamped_document(good, lab.rogue_tsa))
        assert answer["verdict"] == "valid", "a time stamp that shows nothing changes nothing"

    def test_an_empty_field_of_before_painted_anew(self, check, lab):
        prepared = lab.signed(lab.citizen, update(page(), cover))
        assert check(prepared)["verdict"] == "valid"
        for change in (dress_anew, redraw):
            painted = update(prepared, change)
            assert check(painted)["verdict"] == "modified", change.__name__
            assert check(lab.stamped_document(painted, lab.tsa, field="Painted"))["verdict"] == "modified"

    def test_a_signature_dressed_anew(self, check, lab):
        assert check(update(lab.signed(lab.citizen), dress_anew))["verdict"] == "modified"

    def test_a_field_posing_with_an_earlier_signature(self, check, good):
        def pose(writer):
            cover(writer, "Twin")
            refs = {name: ref.get_object() for name, _value, ref in fields.enumerate_sig_fields(writer)}
            refs["Twin"]["/V"] = refs["Signature1"].raw_get("/V")
            writer.update_container(refs["Twin"])

        assert check(update(good, pose))["verdict"] == "modified"

    def test_a_field_that_its_own_signer_answers_for(self, check, lab, good):
        painted = update(good, cover)
        answer = check(sign_in(lab, lab.leader, painted, "Painted"))
        assert [one["verdict"] for one in answer["signatures"]] == ["valid", "valid"]
        assert check(sign_in(lab, lab.rogue, painted, "Painted"))["verdict"] == "untrusted"

    def test_relabelled_as_a_time_stamp(self, check, good):
        data = good.replace(b"/ETSI.CAdES.detached", b"/ETSI.RFC3161       ")
        assert check(data)["verdict"] == "modified"

    def test_a_time_stamp_is_nobodys_signature(self, check, lab):
        for authority in (lab.tsa, lab.rogue_tsa):
            answer = check(lab.stamped_document(page(), authority))
            assert (answer["verdict"], answer["signatures"]) == ("unsigned", [])

    def test_a_broken_time_stamp_counts(self, check, lab):
        data = lab.stamped_document(page(), lab.tsa)
        assert check(data.replace(b"%PDF-1", b"%PDF-2", 1))["verdict"] == "modified"

    def test_behind_and_before_the_file(self, check, good):
        end = re.search(rb"startxref\s+\d+\s+%%EOF\s*$", good)[0]
        for tail in (b"junk", b"\n" + end, b"junk\n" + end, b"\n%%EOF\n"):
            assert check(good + tail)["verdict"] == "modified", tail
        for head in (b"junk\n", b"%PDF-1.4\n"):
            assert check(head + good)["verdict"] == "modified"
        assert check(good + b"\n \n")["verdict"] == "valid"

    def test_stripped(self, check, good):
        for old, new in ((b"/V ", b"/W "), (b"/AcroForm", b"/AcroFork"), (b"/FT /Sig", b"/FT /Tx ")):
            assert check(good.replace(old, new))["verdict"] == "modified", old

    def test_one_of_two_stripped(self, check, lab, good):
        both = lab.signed(lab.seal, good)

        def strip(writer):
            found = next(iter(fields.enumerate_sig_fields(writer.prev, filled_status=True)))
            del found[2].get_object()["/V"]
            writer.mark_update(found[2])

        assert check(update(both, strip))["verdict"] == "modified"

    def test_a_removed_signature_is_not_hidden_by_other_words(self, check, good):
        stripped = good.replace(b"/AcroForm", b"/AcroFork") + b"% /AuthCode /AuthCode\n%%EOF\n"
        assert check(stripped)["verdict"] == "modified"

    def test_usage_rights_are_no_removed_signature(self, check, good):
        assert check(update(page(), give_rights))["verdict"] == "unsigned"
        assert check(update(page(), lambda writer: give_rights(writer, copied=True)))["verdict"] == "modified"
        assert check(update(good.replace(b"/V ", b"/W "), give_rights))["verdict"] == "modified"

    @pytest.mark.parametrize("cut", [0.5, 0.9, 0.99])
    def test_truncated(self, check, good, cut):
        assert check(good[: int(len(good) * cut)])["verdict"] in ("modified", "unreadable")

    def test_every_signature_field_altered(self, check, good):
        """No single altered character of the signature's own dictionary leaves a valid file."""
        start = good.index(b"/ByteRange")
        for position in range(start, start + 60):
            broken = good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :]
            assert check(broken)["verdict"] not in ("valid", "amended", "unsigned"), good[position - 5 : position + 5]

    def test_byte_range_rules(self, good):
        numbers = [int(number) for number in re.search(rb"/ByteRange \[([^\]]*)\]", good)[1].split()]
        start, gap, resume, rest = numbers
        length = (resume - gap - 2) // 2
        assert raw_check.byte_range_ok(good, numbers, length)
        for wrong in (
            [1, gap - 1, resume, rest],
            [start, gap - 1, resume, rest],
            [start, gap, resume + 1, rest - 1],
            [start, gap, resume, rest - 8],
            [start, gap, resume, rest + 1],
            [start, gap, resume],
            [start, resume, gap, rest],
            [start, gap, resume, -1],
        ):
            assert not raw_check.byte_range_ok(good, wrong, length), wrong
        assert not raw_check.byte_range_ok(good, numbers, length - 1)

    def test_encrypted(self, check):
        writer = IncrementalPdfFileWriter(io.BytesIO(page()))
        copied = load_writer(writer)
        assert check(copied)["verdict"] == "unreadable"

    def test_too_many_signatures(self, check, good, monkeypatch):
        monkeypatch.setattr(pdf_file, "SIGNATURES_MAX", 0)
        assert check(good)["verdict"] == "unreadable"


def load_writer(writer) -> bytes:
    """Return the file encrypted with a password nobody gives."""
    from pyhanko.pdf_utils.crypt import StandardSecurityHandler
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    fresh = copy_into_new_writer(writer.prev)
    handler = StandardSecurityHandler.build_from_pw("owner", "user")
    fresh.security_handler = handler
    fresh._encrypt = fresh.add_object(handler.as_pdf_object())
    sink = io.BytesIO()
    fresh.write(sink)
    return sink.getvalue()


def sign_in(lab, key, data: bytes, field: str) -> bytes:
    """Return the PDF signed in a field that is there."""
    metadata = signers.PdfSignatureMetadata(field_name=field, subfilter=fields.SigSeedSubFilter.PADES)
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    return signers.sign_pdf(writer, metadata, signer=key.signer(), existing_fields_only=True).getvalue()


class TestSeveral:
    def test_leader_then_seal(self, check, lab):
        answer = check(lab.signed(lab.seal, lab.signed(lab.leader)))
        assert [one["verdict"] for one in answer["signatures"]] == ["valid", "valid"]
        assert [one["covers_whole_file"] for one in answer["signatures"]] == [False, True]

    def test_numbered_between_is_amended_by_the_agency_only(self, check, lab):
        numbered = update(lab.signed(lab.leader), add_annotation)
        assert check(numbered)["verdict"] == "modified"
        answer = check(lab.signed(lab.seal, numbered))
        assert answer["verdict"] == "amended"
        assert [one["verdict"] for one in answer["signatures"]] == ["amended", "valid"]
        for who in (lab.citizen, lab.rogue, lab.revoked):
            assert check(lab.signed(who, numbered))["verdict"] == "modified", who.path.stem

    def test_only_the_leaders_own_agency_amends(self, check, lab):
        numbered = update(lab.signed(lab.leader), add_annotation)
        tax = (UID, "MST:0401234567")
        clerk = lab.person("clerk", lab.citizen_ca, ("Nhân Viên", (UID, "CCCD:046090000009"), tax))
        other = lab.person("other", lab.authority_ca, ("Đơn vị khác", (UID, "MNS:1047999")))
        shared = lab.trust(citizens=[], authorities=[], anchors=lab.trust().citizens + lab.trust().authorities)
        for who, apart, together in (
            (clerk, "modified", "modified"),
            (other, "modified", "modified"),
            (lab.seal, "amended", "amended"),
        ):
            data = lab.signed(who, numbered)
            assert (check(data)["verdict"], check(data, shared)["verdict"]) == (apart, together), who.path.stem

    def test_evidence_tells_the_last_signer(self, check, lab):
        def told(data):
            return [(line["agency"], line["covering"]) for line in check(data)["evidence"]]

        sealed = lab.signed(lab.seal, lab.signed(lab.leader))
        assert told(sealed) == [(True, False), (True, True)]
        assert told(lab.signed(lab.citizen, sealed)) == [(True, False), (True, False), (False, True)]
        assert told(lab.archived(lab.citizen)) == [(False, True)], "archived proof stands behind the signature"
        assert told(update(sealed, turn_page)) == [(True, False), (True, False)]
        line = check(sealed)["evidence"][1]
        assert line["fingerprint"] == lab.seal.signer().signing_cert.sha256.hex()

    def test_changed_after_the_seal(self, check, lab):
        sealed = lab.signed(lab.seal, update(lab.signed(lab.leader), add_annotation))
        assert check(update(sealed, turn_page))["verdict"] == "modified"

    def test_a_seal_saves_nobody_who_is_not_trusted(self, check, lab):
        for who, verdict in ((lab.revoked, "revoked"), (lab.rogue, "untrusted"), (lab.expired, "expired")):
            data = lab.signed(lab.seal, update(lab.signed(who), add_annotation))
            assert check(data)["verdict"] in (verdict, "modified")
            assert check(lab.signed(lab.seal, lab.signed(who)))["verdict"] == verdict

    def test_certified_for_no_change(self, check, lab):
        certified = lab.certified(lab.leader)
        assert check(certified)["verdict"] == "valid"
        assert check(update(certified, add_annotation))["verdict"] == "modified"

    def test_order(self):
        assert verdicts.worst(["valid", "amended", "unknown"]) == "unknown"
        assert verdicts.worst(["revoked", "modified", "unreadable"]) == "modified"
        assert verdicts.worst([]) == "unsigned"
        assert verdicts.worst(["valid", "unsigned"]) == "unsigned"


class TestSigner:
    def test_names_are_read_part_by_part(self, lab):
        posing = lab.person("posing", lab.citizen_ca, ("Kẻ Gian, UID=CCCD:046090000001, UID=MNS:1047001",))
        found = signer.identity(posing.signer().signing_cert)
        assert (found.citizen_id_masked, found.tax_id) == ("", "")
        found = signer.identity(lab.leader.signer().signing_cert)
        assert (found.name, found.tax_id) == ("Lãnh Đạo", "1047001")

    def test_number_is_masked(self, check, good):
        (one,) = check(good)["signatures"]
        assert one["citizen_id_masked"] == "046*******01"
        assert "046090000001" not in str(one)


class TestOtherKinds:
    @pytest.mark.parametrize(
        ("data", "verdict"),
        [
            (b"", "unreadable"),
            (b"\x00\x01\x02" * 50, "unreadable"),
            (b"\x89PNG\r\n\x1a\n" + b"0" * 40, "unsigned"),
            (b"\xff\xd8\xff\xe0" + b"0" * 40, "unsigned"),
            (b"PK\x03\x04 broken", "unreadable"),
            (b"<?xml version='1.0'?><a/>", "unsigned"),
            (b"\xef\xbb\xbf<a xmlns='http://www.w3.org/2000/09/xmldsig#'/>", "unsupported"),
            (bytes.fromhex("3080060960864886f70d010702"), "unsupported"),
            (b"%PDF-1.7 and nothing else", "unreadable"),
        ],
    )
    def test_verdicts(self, check, data, verdict):
        assert check(data)["verdict"] == verdict


class TestPool:
    @pytest.fixture
    def pool(self):
        pool = pools.Pool(2)
        yield pool
        pool.stop()

    def test_answers_like_the_verifier(self, pool, lab, good, check):
        assert pool.verify(good, "a.pdf", lab.trust()) == check(good)

    def test_hostile_files_end_in_time_and_the_next_is_checked(self, pool, lab, good):
        hostile = [
            b"%PDF-1.7\n1 0 obj\n" + b"[" * 3_000_000,
            b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /" + b"A" * 19_000_000 + b" 1 >>\nendobj\nstartxref\n9\n%%EOF\n",
        ]
        for data in hostile:
            start = time.monotonic()
            assert pool.verify(data, "a.pdf", lab.trust())["verdict"] == "unreadable"
            assert time.monotonic() - start < worker.SECONDS + 2
            assert pool.verify(good, "a.pdf", lab.trust())["verdict"] == "valid"

    def test_over_time(self, pool, lab, good, monkeypatch):
        pool.verify(good, "a.pdf", lab.trust())
        monkeypatch.setattr(worker, "SECONDS", 0.0)
        assert pool.verify(good, "a.pdf", lab.trust())["verdict"] == "unreadable"
        monkeypatch.undo()
        assert pool.verify(good, "a.pdf", lab.trust())["verdict"] == "valid"

    def test_killed_and_forked(self, pool, lab, good):
        trust = lab.trust()
        pool.verify(good, "a.pdf", trust)
        for one in pool._idle:
            if one._process:
                one._process.kill()
                one._process.wait()
        assert pool.verify(good, "a.pdf", trust)["verdict"] == "valid"
        kept = [one._process.pid for one in pool._idle if one._process]
        child = os.fork()
        if not child:
            pool.forget()
            verdict = pool.verify(good, "a.pdf", trust)["verdict"]
            own = [one._process.pid for one in pool._idle if one._process]
            pool.stop()
            os._exit(0 if verdict == "valid" and not set(own) & set(kept) else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert pool.verify(good, "a.pdf", trust)["verdict"] == "valid"

    def test_an_interrupted_check_leaves_nothing_for_the_next(self, lab, good, check):
        pool = pools.Pool(1)
        other, trust = lab.signed(lab.revoked), lab.trust()
        try:
            pool.verify(good, "a.pdf", trust)
            exchange = worker.Worker._exchange

            def interrupted(self, message, seconds, _parts=()):
                os.write(self._process.stdin.fileno(), message[:100])
                raise KeyboardInterrupt

            worker.Worker._exchange = interrupted
            try:
                with pytest.raises(KeyboardInterrupt):
                    pool.verify(good, "a.pdf", trust)
            finally:
                worker.Worker._exchange = exchange
            assert pool.verify(other, "a.pdf", trust) == check(other)
        finally:
            pool.stop()

    def test_an_answer_for_another_file_is_none(self, pool, lab, good, monkeypatch):
        stray = {"verdict": "valid", "sha256": "0" * 64, "signatures": [], "evidence": []}
        monkeypatch.setattr(worker.Worker, "verify", lambda *_args: stray)
        answer = pool.verify(good, "a.pdf", lab.trust())
        assert (answer["verdict"], answer["signatures"]) == ("unknown", [])
        assert answer["sha256"] == hashlib.sha256(good).hexdigest()

    def test_the_server_s_own_limit_of_time_is_kept(self, lab, good):
        script = (
            "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_CPU, (300, 300));"
            "names = runpy.run_path(sys.argv[1]); names['_limit_for_one']();"
            "print(resource.getrlimit(resource.RLIMIT_CPU)[1])"
        )
        command = [sys.executable, "-c", script, limited.__file__]
        assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip() == "300"

    def test_threads(self, pool, lab, good):
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(pool.verify(good, "a.pdf", lab.trust())["verdict"]))
            for _number in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == ["valid"] * 6

    def test_nothing_to_ask_says_nothing_about_the_file(self, pool, lab, good, monkeypatch):
        monkeypatch.setattr(worker.sys, "executable", "/nowhere/python")
        assert pool.verify(good, "a.pdf", lab.trust())["verdict"] == "unknown"
