# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Responders: what their answers are worth, and how they and lists are fetched over HTTP."""

import contextlib
import copy
import datetime
import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import load_package
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from signing_lab import DAY, NOW, Lab, demo_pki

responder = load_package("dvc_account", "signing", "responder")
client = load_package("dvc_account", "identity", "revocation_client")
verify = load_package("dvc_account", "signing", "verify")

HOUR = datetime.timedelta(hours=1)
NONCE = b"sixteen bytes, n"
LOOPBACK = ("127.0.0.1",)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


def der(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def appointed(ca, usage=ExtendedKeyUsageOID.OCSP_SIGNING, start=NOW - DAY, end=NOW + DAY, key=None):
    """Return the key and certificate of a responder that an authority has appointed."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(demo_pki.subject("LAB Responder"))
        .issuer_name(ca.name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.OCSPNoCheck(), critical=False)
    )
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return own, builder.sign(ca.key, hashes.SHA256())


def answer(
    ca,
    serial,
    status=ocsp.OCSPCertStatus.GOOD,
    at=NOW,
    until=NOW + HOUR,
    nonce=NONCE,
    key=None,
    certificate=None,
    about=None,
    algorithm=None,
    poses=None,
):
    """Return a responder's answer."""
    revoked = status == ocsp.OCSPCertStatus.REVOKED
    name = (about or ca).certificate
    names = hashlib.sha1(name.subject.public_bytes()).digest()
    keys = x509.SubjectKeyIdentifier.from_public_key(name.public_key()).digest
    builder = ocsp.OCSPResponseBuilder()
    if algorithm:
        # A certificate of that number, for the builder to take its hashes from.
        builder = builder.add_response(
            _like(name, serial, about or ca), name, algorithm, status, at, until, at - DAY if revoked else None, None
        )
    else:
        builder = builder.add_response_by_hash(
            names, keys, serial, hashes.SHA1(), status, at, until, at - DAY if revoked else None, None
        )
    if poses is None:
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate or ca.certificate)
    else:
        # The right name, by a certificate of somebody else's making.
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, poses)
    if certificate is not None:
        builder = builder.certificates([certificate])
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(key or ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _like(issuer, serial, ca):
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().subject_name(demo_pki.subject("X")).issuer_name(issuer.subject)
    builder = builder.public_key(key.public_key()).serial_number(serial).not_valid_before(NOW - DAY)
    return builder.not_valid_after(NOW + DAY).sign(ca.key, hashes.SHA256())


def read(lab, data, serial=77, nonce=NONCE, now=NOW):
    return responder.read_answer(data, der(lab.citizen_ca.certificate), serial, nonce, now)


def refused(lab, data, **more):
    with pytest.raises(responder.AnswerRefused) as caught:
        read(lab, data, **more)
    return caught.value.reason


def test_the_question_names_the_certificate(lab):
    asked = ocsp.load_der_ocsp_request(responder.question(der(lab.citizen_ca.certificate), 77, NONCE))
    assert asked.serial_number == 77
    assert asked.issuer_name_hash == hashlib.sha1(lab.citizen_ca.name.public_bytes()).digest()
    assert asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE


@pytest.mark.parametrize("status", list(ocsp.OCSPCertStatus))
def test_statuses(lab, status):
    found = read(lab, answer(lab.citizen_ca, 77, status))
    assert found.status == status.name.lower()
    assert (found.this_update, found.next_update) == (NOW, NOW + HOUR)
    assert (found.revoked_at is not None) is (status == ocsp.OCSPCertStatus.REVOKED)


def test_an_appointed_responder_may_answer(lab):
    key, certificate = appointed(lab.citizen_ca)
    assert read(lab, answer(lab.citizen_ca, 77, key=key, certificate=certificate)).status == "good"
    assert read(lab, answer(lab.citizen_ca, 77, algorithm=hashes.SHA256())).status == "good"


def test_nobody_else_may_answer(lab):
    ca = lab.citizen_ca
    for key, certificate in (
        appointed(lab.rogue_ca),
        appointed(lab.authority_ca),
        appointed(ca, usage=None),
        appointed(ca, usage=ExtendedKeyUsageOID.TIME_STAMPING),
        appointed(ca, start=NOW - 9 * DAY, end=NOW - DAY),
    ):
        assert refused(lab, answer(ca, 77, key=key, certificate=certificate)) == "responder"
    # The authority's name on it, another key under it.
    forged = answer(ca, 77, key=lab.rogue_ca.key, poses=lab.rogue_ca.certificate)
    assert refused(lab, forged) == "signature"
    _key, genuine = appointed(ca)
    own, like_it = appointed(lab.rogue_ca)
    assert refused(lab, answer(ca, 77, key=own, certificate=genuine, poses=like_it)) == "signature"


def test_answers_about_somebody_else(lab):
    assert refused(lab, answer(lab.citizen_ca, 78)) == "other"
    assert refused(lab, answer(lab.citizen_ca, 77, about=lab.authority_ca)) == "other"
    assert refused(lab, answer(lab.citizen_ca, 77, about=lab.rogue_ca)) == "other"


def test_freshness(lab):
    ca = lab.citizen_ca
    assert refused(lab, answer(ca, 77, nonce=b"another question")) == "nonce"
    assert read(lab, answer(ca, 77, nonce=None)).status == "good"
    assert refused(lab, answer(ca, 77, at=NOW - 3 * DAY, until=NOW - 2 * DAY, nonce=None)) == "old"
    assert refused(lab, answer(ca, 77, at=NOW - 2 * DAY, until=None, nonce=None)) == "old"
    assert read(lab, answer(ca, 77, at=NOW - 2 * HOUR, until=None, nonce=None)).next_update is None
    assert refused(lab, answer(ca, 77, at=NOW + HOUR, until=NOW + DAY)) == "future"


def test_what_is_no_answer(lab):
    unhappy = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    assert refused(lab, unhappy.public_bytes(serialization.Encoding.DER)) == "refused"
    for data in (b"", b"<html>", b"\x30\x03\x0a\x01\x00"):
        assert refused(lab, data) == "form"
    assert refused(lab, b"\x30" * (responder.ANSWER_MAX + 1)) == "size"
    flipped = bytearray(answer(lab.citizen_ca, 77))
    flipped[-300] ^= 1
    assert refused(lab, bytes(flipped)) in ("signature", "form", "responder")


def test_rsa_and_curves(lab):
    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        own, certificate = appointed(lab.citizen_ca, key=key)
        assert read(lab, answer(lab.citizen_ca, 77, key=own, certificate=certificate)).status == "good"


# What the verifier makes of them


def test_answers_settle_open_signatures(lab):
    """Without any list of the authority the answer decides; and a revoked one beats a good list."""
    signed, serial = lab.signed(lab.citizen), lab.serial(lab.citizen)
    now = datetime.datetime.now(datetime.UTC)
    good = answer(lab.citizen_ca, serial, at=now - HOUR, until=now + DAY)
    bad = answer(lab.citizen_ca, serial, ocsp.OCSPCertStatus.REVOKED, at=now - HOUR, until=now + DAY)
    pose = {"key": lab.rogue_ca.key, "poses": lab.rogue_ca.certificate}
    forged = answer(lab.citizen_ca, serial, at=now - HOUR, until=now + DAY, **pose)
    others = [answer(lab.citizen_ca, number, at=now - HOUR, until=now + DAY) for number in range(1, 30)]
    root, list_ = lab.citizen_root.crl(), lab.citizen_ca.crl()
    fallen = copy.copy(lab.citizen_ca)
    fallen._revoked = [(serial, NOW - 2 * HOUR)]
    revoking = fallen.crl()
    for crls, ocsps, wanted in (
        ([root], [], "unknown"),
        ([root], [*others, good], "valid"),
        ([root], [*others, bad], "revoked"),
        ([root], [forged, *others], "unknown"),
        ([root], [b"junk", good], "valid"),
        ([root, list_], [bad], "revoked"),
        ([root, revoking], [good], "revoked"),
        ([root, list_], [forged], "valid"),
    ):
        found = verify.verify_bytes(signed, trust=lab.trust(crls=crls, ocsps=ocsps))
        assert found["verdict"] == wanted
    assert (
        verify.verify_bytes(signed, trust=lab.trust(crls=[root], ocsps=[good]))["evidence"][0]["revocation"]["source"]
        == "ocsp"
    )


# Over HTTP


class Server:
    """Serves what it is told on loopback."""

    def __init__(self, act):
        came = self.came = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                came.append((self.path, dict(self.headers), body))
                with contextlib.suppress(OSError):
                    act(self, body)

            def do_GET(self):
                came.append((self.path, dict(self.headers), b""))
                with contextlib.suppress(OSError):
                    act(self, b"")

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/x"


def send(handler, content, status=200, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def failure(call, *args):
    with pytest.raises(client.NotFetched) as caught:
        call(*args)
    return caught.value.reason


def test_a_responder_is_asked(lab):
    def act(handler, body):
        asked = ocsp.load_der_ocsp_request(body)
        nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        send(handler, answer(lab.citizen_ca, asked.serial_number, nonce=nonce))

    with Server(act) as server:
        question = responder.question(der(lab.citizen_ca.certificate), 77, NONCE)
        data = client.ask_responder(server.url, question, LOOPBACK, responder.ANSWER_MAX)
        assert read(lab, data).status == "good"
        (path, headers, body) = server.came[0]
        assert (path, headers["Content-Type"], body) == ("/x", "application/ocsp-request", question)


def test_a_list_is_fetched(lab):
    data = lab.citizen_ca.crl()
    with Server(lambda handler, _body: send(handler, data)) as server:
        assert client.fetch_list(server.url, LOOPBACK, 10_000) == data


def test_the_inside_is_out_of_reach():
    with Server(lambda handler, _body: send(handler, b"secret")) as server:
        # Nobody named this machine as allowed: whatever name leads to it.
        port = server.server.server_port
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"):
            reason = failure(client.fetch_list, f"http://{host}:{port}/x", (), 1000)
            assert reason in ("forbidden", "unreachable"), host
        assert failure(client.fetch_list, f"http://127.0.0.1:{port}/x", (), 1000) == "forbidden"
        assert failure(client.fetch_list, f"http://localhost:{port}/x", ("127.0.0.1",), 1000) == "forbidden"
        assert not server.came


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "127.0.0.1",
        "::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "224.0.0.1",
        "100.64.0.1",
        "fd00::1",
        "0.0.0.0",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
    ],
)
def test_addresses_of_the_inside(address):
    assert not client._is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.162.4.191", "2001:4860:4860::8888"])
def test_addresses_of_the_outside(address):
    assert client._is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "crl",
        "ftp://a/b",
        "file:///etc/passwd",
        "ldap://a/b",
        "http://",
        "http://u:p@a/",
        "http://a:x/",
        "gopher://a",
    ],
)
def test_what_is_no_address(url):
    assert not client.is_address(url)
    assert failure(client.fetch_list, url, LOOPBACK, 1000) == "address"


def test_redirects_are_not_followed():
    target = "http://169.254.169.254/latest/meta-data"
    for status in (301, 302, 303, 307, 308):
        with Server(lambda handler, _body, status=status: send(handler, b"", status, Location=target)) as server:
            assert failure(client.fetch_list, server.url, LOOPBACK, 1000) == "redirect"
            assert len(server.came) == 1


def test_errors_and_silence():
    with Server(lambda handler, _body: send(handler, b"no", 503)) as server:
        assert failure(client.fetch_list, server.url, LOOPBACK, 1000) == "status"
    assert failure(client.fetch_list, server.url, LOOPBACK, 1000) == "unreachable"


def test_too_much_is_cut_off():
    def act(handler, _body):
        send(handler, b"")
        for _number in range(10_000):
            handler.wfile.write(b"x" * 10_000)

    with Server(act) as server:
        assert failure(client.fetch_list, server.url, LOOPBACK, 50_000) == "size"


def test_compressed_bombs_stay_compressed():
    import zlib

    bomb = zlib.compress(b"\0" * 20_000_000)
    with Server(lambda handler, _body: send(handler, bomb, **{"Content-Encoding": "deflate"})) as server:
        assert client.fetch_list(server.url, LOOPBACK, 50_000) == bomb


@pytest.mark.parametrize("where", ["headers", "body"])
def test_drips_are_cut_off(monkeypatch, where):
    """Each byte comes in time, the whole never does."""
    monkeypatch.setattr(client, "ANSWER_SECONDS", 1)

    def act(handler, _body):
        if where == "body":
            handler.send_response(200)
            handler.end_headers()
        for _number in range(40):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.2)

    with Server(act) as server:
        start = time.monotonic()
        assert failure(client.ask_responder, server.url, b"q", LOOPBACK, 1000) == "slow"
        assert time.monotonic() - start < 4


def test_no_answer_at_all(monkeypatch):
    monkeypatch.setattr(client, "READ_SECONDS", 0.5)
    with Server(lambda _handler, _body: time.sleep(3)) as server:
        assert failure(client.ask_responder, server.url, b"q", LOOPBACK, 1000) == "slow"
