# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Where keys are kept: files, tokens, remote services; each against a real one on this machine."""

import datetime
import json
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from conftest import load, load_package
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from signing_lab import PASSWORD, Lab, page
from urllib3.util import Retry

csc = load_package("dvc_account", "signing", "csc")
failure = load_package("dvc_account", "signing", "failure")
sign = load_package("dvc_account", "signing", "sign")
timestamp = load_package("dvc_account", "signing", "timestamp")
token_key = load_package("dvc_account", "signing", "token_key")
verify = load_package("dvc_account", "signing", "verify")
transport = load_package("dvc_account", "identity", "transport")
server = load("dvc_account", "tests/csc_server.py")
tsa_server = load("dvc_account", "tests/tsa_server.py")

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


def opened(key):
    """Return a key file's key, certificate and chain."""
    return pkcs12.load_key_and_certificates(key.path.read_bytes(), PASSWORD)


def der(certificate):
    return certificate.public_bytes(Encoding.DER)


def only(data, lab, **changes):
    answer = verify.verify_bytes(data, "a.pdf", lab.trust(**changes))
    (one,) = answer["signatures"]
    return one


def refused(code, call, *args, **options):
    with pytest.raises(failure.SigningFailed) as caught:
        call(*args, **options)
    assert caught.value.code == code, caught.value.technical
    assert code in failure.CODES
    return caught.value


class TestPrepared:
    def test_the_value_comes_later_from_elsewhere(self, lab):
        key, certificate, chain = opened(lab.leader)
        signer = lab.leader.signer()
        prepared = sign.prepare_pdf(page(), signer.signing_cert, list(signer.cert_registry), "KQ1")
        assert len(prepared.hash) == 32
        value = signer.sign_raw(prepared.attributes, "sha256")
        assert only(sign.complete(prepared, value), lab)["verdict"] == "valid"

    def test_a_value_by_another_key_is_not_put_in(self, lab):
        signer = lab.leader.signer()
        prepared = sign.prepare_pdf(page(), signer.signing_cert, [])
        other = lab.seal.signer().sign_raw(prepared.attributes, "sha256")
        refused("signature.wrong_key", sign.complete, prepared, other)
        refused("signature.wrong_key", sign.complete, prepared, b"")
        ours = signer.sign_raw(prepared.attributes + b"x", "sha256")
        refused("signature.wrong_key", sign.complete, prepared, ours)

    def test_a_certified_document_is_not_broken(self, lab):
        certified = lab.certified(lab.leader)
        refused("signature.certified", sign.sign_pdf, certified, lab.seal)
        assert only(certified, lab)["verdict"] == "valid"


@pytest.fixture
def stamper(lab):
    with tsa_server.TsaServer(sign.local_timestamper(lab.tsa)) as running:
        timestamp.forget_failures()
        yield running


def limited():
    return transport.limit(requests.Session(), read_seconds=1)


class TestTimeStamps:
    def client(self, lab, tsa, **options):
        return timestamp.HttpTimeStamper(tsa.url, limited, options.pop("trust", None) or lab.trust(), **options)

    def test_levels(self, lab, stamper):
        client = self.client(lab, stamper)
        assert only(sign.sign_pdf(page(), lab.leader), lab)["level"] == "PAdES B-B"
        stamped = only(sign.sign_pdf(page(), lab.leader, timestamper=client), lab)
        assert (stamped["level"], stamped["timestamped"], stamped["verdict"]) == ("PAdES B-T", True, "valid")
        assert stamper.asked == 1
        data = sign.sign_pdf(page(), lab.leader, timestamper=client, proof=lab.trust())
        kept = only(data, lab, crls=[])
        assert (kept["level"], kept["verdict"]) == ("PAdES B-LT", "valid")

    def test_without_a_list_the_time_is_proven_all_the_same(self, lab, stamper):
        data = sign.sign_pdf(page(), lab.leader, timestamper=self.client(lab, stamper), proof=lab.trust(crls=[]))
        assert only(data, lab)["level"] == "PAdES B-T"

    def test_it_asks_for_a_login(self, lab, stamper):
        stamper.login = "ward:secret"
        with pytest.raises(OSError, match="HTTP 401"):
            timestamp.probe(self.client(lab, stamper))
        told = timestamp.probe(self.client(lab, stamper, auth=("ward", "secret")))
        assert abs(told - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(minutes=1)

    @pytest.mark.parametrize("fault", ["down", "slow", "drop", "junk", "refuse", "nonce", "imprint"])
    def test_an_outage_or_a_lie_does_not_stop_a_signature(self, lab, stamper, fault):
        stamper.fault, stamper.delay = fault, 3
        start = time.monotonic()
        for _number in range(3):
            one = only(sign.sign_pdf(page(), lab.leader, timestamper=self.client(lab, stamper)), lab)
            assert (one["level"], one["verdict"]) == ("PAdES B-B", "valid")
        assert time.monotonic() - start < 6
        # Nobody waits for it again and again.
        assert stamper.asked == 1

    def test_only_an_anchor_for_time_stamps_is_believed(self, lab, stamper):
        for trust in (lab.trust(timestamps=[]), lab.trust(timestamps=[], citizens=lab.trust().timestamps)):
            with pytest.raises(OSError, match="trusted|hold"):
                timestamp.probe(self.client(lab, stamper, trust=trust))
        stamper.timestamper = sign.local_timestamper(lab.rogue_tsa)
        with pytest.raises(OSError, match="trusted|hold"):
            timestamp.probe(self.client(lab, stamper))
        # A signer's key proves no time.
        stamper.timestamper = sign.local_timestamper(lab.leader)
        with pytest.raises(OSError, match="trusted|hold"):
            timestamp.probe(self.client(lab, stamper, trust=lab.trust(timestamps=lab.trust().authorities)))

    def test_a_clock_that_is_wrong_proves_nothing(self, lab, stamper):
        stamper.timestamper.fixed_dt = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=30)
        with pytest.raises(OSError, match="clock"):
            timestamp.probe(self.client(lab, stamper))

    def test_proof_that_comes_later(self, lab, stamper):
        archive = load_package("dvc_account", "signing", "archive")
        data = sign.sign_pdf(page(), lab.leader)
        later = archive.time_stamped(archive.with_proof(data, lab.trust()), self.client(lab, stamper))
        assert later.startswith(data)
        answer = verify.verify_bytes(later, "a.pdf", lab.trust())
        assert answer["verdict"] == "valid", answer
        # Years later, when certificate and lists have ended.
        future = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=365 * 4)
        assert verify.verify_bytes(data, "a.pdf", lab.trust(), future)["verdict"] != "valid"


@pytest.fixture(scope="module")
def hsm(lab, tmp_path_factory):
    """A token with the leader's key, as a ward's machine would have it."""
    if not MODULE.is_file():
        pytest.fail("softhsm2 is missing: ./dvc test installs it")
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    util = shutil.which("softhsm2-util")

    def run(*words):
        subprocess.run([util, *words], check=True, stdout=subprocess.DEVNULL)

    run("--init-token", "--free", "--label", "ward", "--pin", "1234", "--so-pin", "5678")
    for number, key in (("01", lab.leader), ("02", lab.seal)):
        plain = folder / "key.pem"
        plain.write_bytes(opened(key)[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        run("--import", str(plain), "--token", "ward", "--label", f"key{number}", "--id", number, "--pin", "1234")
        plain.unlink()
    (folder / "pin").write_text("1234\n")
    yield folder
    os.environ.pop("SOFTHSM2_CONF")
    if before:
        os.environ["SOFTHSM2_CONF"] = before


class TestToken:
    def key(self, hsm, key, name="ward", **settings):
        described = {"module": str(MODULE), "token": "ward", "pin_file": "pin", "key_id": "01"} | settings
        path = hsm / f"{name}.token"
        path.write_text(json.dumps(described))
        _key, certificate, chain = opened(key)
        return token_key.TokenKey(path, der(certificate), tuple(der(one) for one in chain))

    def test_it_signs(self, hsm, lab):
        one = only(sign.sign_pdf(page(), self.key(hsm, lab.leader)), lab)
        assert (one["verdict"], one["signer"]) == ("valid", "Lãnh Đạo")
        by_label = self.key(hsm, lab.seal, key_id="", key_label="key02")
        assert only(sign.sign_pdf(page(), by_label), lab)["verdict"] == "valid"

    def test_the_module_may_be_the_servers(self, hsm, lab, monkeypatch):
        monkeypatch.setenv(token_key.MODULE_VARIABLE, str(MODULE))
        key = self.key(hsm, lab.leader)
        key.path.write_text(json.dumps({"token": "ward", "pin_file": "pin", "key_id": "01"}))
        key.check()

    def test_what_is_not_there(self, hsm, lab):
        refused("signature.no_key", self.key(hsm, lab.leader, key_id="77").check)
        refused("signature.no_key", self.key(hsm, lab.leader, pin_file="nobody").check)
        refused("signature.unavailable", self.key(hsm, lab.leader, token="other").check)
        refused("signature.unavailable", self.key(hsm, lab.leader, module="/nowhere.so").check)
        refused("signature.no_key", self.key(hsm, lab.leader, module="").check)
        path = self.key(hsm, lab.leader).path
        path.write_text("[1]")
        refused("signature.no_key", token_key.TokenKey(path, b"").check)

    def test_another_key_of_the_token_is_found_out(self, hsm, lab):
        refused("signature.wrong_key", sign.sign_pdf, page(), self.key(hsm, lab.leader, key_id="02"))

    def test_a_wrong_pin_is_tried_once(self, hsm, lab, monkeypatch):
        (hsm / "wrong").write_text("9999")
        key = self.key(hsm, lab.leader, "wrong", pin_file="wrong")
        refused("signature.pin_wrong", key.check)
        # Three tries lock a token: this server makes no second one until the file is changed.
        monkeypatch.setattr(token_key, "_ask", lambda question: pytest.fail("asked again"))
        refused("signature.pin_wrong", key.check)
        monkeypatch.undo()
        (hsm / "wrong").write_text("1234")
        key.check()

    def test_callers_take_turns(self, hsm, lab):
        key = self.key(hsm, lab.leader)
        with ThreadPoolExecutor(4) as pool:
            files = list(pool.map(lambda _number: sign.sign_pdf(page(), key), range(4)))
        assert all(only(data, lab)["verdict"] == "valid" for data in files)

    def test_a_token_that_hangs_holds_nobody(self, hsm, lab, monkeypatch):
        # A module whose initialisation never ends.
        source = hsm / "hang.c"
        source.write_text("#include <unistd.h>\nunsigned long C_GetFunctionList(void **l){sleep(600);return 5;}\n")
        compiler = shutil.which("cc") or shutil.which("gcc")
        if not compiler:
            pytest.skip("no compiler to build a hanging module with")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", str(hsm / "hang.so"), str(source)], check=True)
        monkeypatch.setattr(token_key, "SECONDS", 2)
        start = time.monotonic()
        refused("signature.unavailable", self.key(hsm, lab.leader, module=str(hsm / "hang.so")).check)
        assert time.monotonic() - start < 5
        monkeypatch.undo()
        self.key(hsm, lab.leader).check()

    def test_a_busy_token_is_told(self, hsm, lab, monkeypatch):
        key = self.key(hsm, lab.leader)
        monkeypatch.setattr(token_key, "WAIT_SECONDS", 0.2)
        with token_key._turn(key._settings()):
            refused("signature.unavailable", key.check)
        key.check()


RETRY = Retry(total=1, connect=1, read=1, status=1, status_forcelist=(502, 503, 504), allowed_methods={"POST"})
ONCE = Retry(total=1, connect=1, read=0, status=0, other=0, allowed_methods={"POST"})


def session(again):
    return transport.limit(requests.Session(), RETRY if again else ONCE, read_seconds=1)


@pytest.fixture(params=["v1", "v2"])
def remote(request, lab):
    with server.CscServer() as running:
        running.version = request.param
        for label, key in (("leader", lab.leader), ("seal", lab.seal)):
            private, certificate, chain = opened(key)
            running.add(label, private, certificate, chain)
        yield running


class TestRemote:
    def key(self, remote, lab, label="leader", secrets=None, **given):
        service = csc.Service(remote.url, remote.version, secrets or csc.Secrets(token=server.TOKEN), session)
        _key, certificate, chain = opened(lab.leader)
        return csc.RemoteKey(service, label, der(certificate), tuple(der(one) for one in chain), **given)

    def test_it_signs(self, remote, lab):
        one = only(sign.sign_pdf(page(), self.key(remote, lab)), lab)
        assert (one["verdict"], one["signer"]) == ("valid", "Lãnh Đạo")
        assert len(remote.signed) == 1

    def test_the_service_tells_of_itself(self, remote, lab):
        service = self.key(remote, lab).service
        assert service.info() == "TEST Remote Signing"
        assert service.credentials() == ["leader", "seal"]

    def test_elliptic_curves(self, remote, lab):
        private = ec.generate_private_key(ec.SECP256R1())
        name = opened(lab.leader)[1].subject
        certificate = lab.authority_ca.issue(name, private.public_key())
        remote.add("curve", private, certificate)
        key = csc.RemoteKey(
            self.key(remote, lab).service, "curve", der(certificate), (der(lab.authority_ca.certificate),)
        )
        assert only(sign.sign_pdf(page(), key), lab)["verdict"] == "valid"

    def test_pin_and_code(self, remote, lab):
        remote.pin = remote.otp = True
        refused("signature.pin_required", sign.sign_pdf, page(), self.key(remote, lab))
        refused("signature.otp_required", sign.sign_pdf, page(), self.key(remote, lab, pin=server.PIN))
        wrong = self.key(remote, lab, pin=server.PIN, otp="000000")
        refused("signature.otp_wrong", sign.sign_pdf, page(), wrong)
        refused("signature.pin_wrong", sign.sign_pdf, page(), self.key(remote, lab, pin="1", otp=server.OTP))
        assert not remote.signed
        found = self.key(remote, lab).check()
        assert (found.pin, found.otp, found.sends_otp) == (True, True, True)
        self.key(remote, lab).service.send_otp("leader")
        assert remote.asked_otp == 1
        right = self.key(remote, lab, pin=server.PIN, otp=server.OTP)
        assert only(sign.sign_pdf(page(), right), lab)["verdict"] == "valid"

    def test_a_permission_is_for_one_digest_once(self, remote, lab):
        key = self.key(remote, lab)
        mechanism = csc.mechanism_of(key.signer().signing_cert)
        permission = key.service.authorize("leader", bytes(32))
        refused("signature.refused", key.service.sign_hash, "leader", bytes([1] * 32), permission, mechanism)
        permission = key.service.authorize("leader", bytes(32))
        key.service.sign_hash("leader", bytes(32), permission, mechanism)
        refused("signature.refused", key.service.sign_hash, "leader", bytes(32), permission, mechanism)

    def test_client_credentials(self, remote, lab):
        secrets = csc.Secrets(client_id=server.CLIENT, client_secret=server.CLIENT_SECRET)
        key = self.key(remote, lab, secrets=secrets)
        assert only(sign.sign_pdf(page(), key), lab)["verdict"] == "valid"
        assert remote.calls.count("/oauth2/token") == 1
        # A token taken back in between is fetched anew, and nothing is done twice.
        remote.tokens.clear()
        assert only(sign.sign_pdf(page(), key), lab)["verdict"] == "valid"
        assert remote.calls.count("/oauth2/token") == 2 and len(remote.signed) == 2

    def test_strangers(self, remote, lab):
        wrong = csc.Secrets(client_id="x", client_secret="y")
        for secrets in (csc.Secrets(token="stolen"), wrong, csc.Secrets()):
            refused("signature.refused", self.key(remote, lab, secrets=secrets or csc.Secrets()).check)

    def test_credentials_that_are_not_ours(self, remote, lab):
        refused("signature.no_key", self.key(remote, lab, "nobody").check)
        # Another's certificate under our identifier, and a signature by another's key.
        refused("signature.wrong_key", self.key(remote, lab, "seal").check)
        private, certificate, chain = opened(lab.leader)
        remote.add("leader", rsa.generate_private_key(65537, 2048), certificate, chain)
        refused("signature.wrong_key", sign.sign_pdf, page(), self.key(remote, lab))

    @pytest.mark.parametrize("status", ["expired", "revoked", "suspended"])
    def test_a_credential_that_ended(self, remote, lab, status):
        remote.status = status
        refused("signature.refused", sign.sign_pdf, page(), self.key(remote, lab))
        assert not remote.signed

    def test_questions_are_asked_again_and_acts_are_not(self, remote, lab):
        remote.faults = {"credentials/info": ["drop"]}
        assert only(sign.sign_pdf(page(), self.key(remote, lab)), lab)["verdict"] == "valid"
        remote.faults = {"credentials/info": [503]}
        assert only(sign.sign_pdf(page(), self.key(remote, lab)), lab)["verdict"] == "valid"
        for path in ("credentials/authorize", "signatures/signHash"):
            for fault in (
                "drop",
                "drop_after",
                "slow",
                "half",
                500,
                503,
                429,
                b"",
                b"{}",
                b"[]",
                b"null",
                b"\xff",
                b'"x"',
            ):
                remote.faults, remote.delay = {path: [fault]}, 1.5
                before, signed = len(remote.calls), len(remote.signed)
                code = "signature.refused" if fault == 429 else "signature.unavailable"
                refused(code, sign.sign_pdf, page(), self.key(remote, lab))
                asked = remote.calls[before:]
                assert asked.count(f"/csc/{remote.version}/{path}") == 1, (path, fault)
                assert len(remote.signed) - signed <= 1

    @pytest.mark.parametrize("answer", [b'{"signatures": []}', b'{"signatures": ["!"]}', b'{"signatures": "eA=="}'])
    def test_answers_without_one_signature(self, remote, lab, answer):
        remote.faults = {"signatures/signHash": [answer]}
        refused("signature.unavailable", sign.sign_pdf, page(), self.key(remote, lab))

    def test_answers_that_are_too_long_or_nested(self, remote, lab):
        for answer in (b" " * 300_000, b"[" * 100_000):
            remote.faults = {"credentials/info": [answer, answer]}
            refused("signature.unavailable", self.key(remote, lab).check)

    def test_nobody_there(self, remote, lab):
        key = self.key(remote, lab)
        remote.server.server_close()
        refused("signature.unavailable", key.check)

    def test_only_https_or_this_machine(self, lab):
        service = csc.Service("http://example.com", "v1", csc.Secrets(token="x"), session)
        refused("signature.unavailable", service.info)
