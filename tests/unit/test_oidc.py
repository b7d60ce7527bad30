# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The sign-in's protocol, against a real provider on loopback and a hostile one."""

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import oidc_provider_mock
import pytest
import requests
from conftest import load_package
from joserfc import jwk, jwt

oidc = load_package("dvc_account", "identity", "oidc")
transport = load_package("dvc_account", "identity", "transport")

REDIRECT = "http://localhost:1/dvc/vneid/callback"
CLIENT_ID, SECRET = "ward", "a secret of some length, never sent to the browser"
KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
STRANGE_KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


class Hostile:
    """A provider that does everything right until a test changes something."""

    def __init__(self):
        self.claims: dict = {}
        self.header = {"alg": "RS256", "kid": "one"}
        self.key = KEY
        self.userinfo: dict | None = None
        self.discovery: dict = {}
        self.token_answer: tuple | None = None
        self.challenges: dict[str, str] = {}
        self.padding = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                answers = {
                    "/.well-known/openid-configuration": provider.metadata,
                    "/jwks": lambda: {"keys": [KEY.as_dict(private=False)]},
                    "/userinfo": lambda: provider.userinfo or {"sub": "s"},
                }
                self.answer(200, answers[self.path]())

            def do_POST(self):
                body = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                provider.posted = body, dict(self.headers)
                digest = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
                challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
                if provider.challenges.get(body["code"]) != challenge:
                    self.answer(400, {"error": "invalid_grant"})
                elif provider.token_answer:
                    self.answer(*provider.token_answer)
                else:
                    self.answer(200, provider.tokens())

            def answer(self, status, content):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(json.dumps(content).encode() + b" " * provider.padding)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def metadata(self) -> dict:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            **({"userinfo_endpoint": f"{self.issuer}/userinfo"} if self.userinfo else {}),
            **self.discovery,
        }

    def tokens(self) -> dict:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "s",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "SoDinhDanh": "046190000001",
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.header["alg"] == "none":
            parts = [json.dumps(part).encode() for part in (self.header, claims)]
            id_token = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        else:
            id_token = jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]])
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": id_token}


@pytest.fixture
def hostile():
    provider = Hostile()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


def client_of(issuer: str):
    return oidc.Client(issuer, CLIENT_ID, SECRET, "openid profile", REDIRECT)


def sign_in(provider: Hostile, **more) -> dict:
    """Go the whole way with a code that the provider knows."""
    client, verifier = client_of(provider.issuer), secrets.token_urlsafe(48)
    metadata = client.discover()
    nonce = provider.claims.setdefault("nonce", "n-1")
    url = client.authorization_url(metadata, "state", "n-1", verifier)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    assert (query["code_challenge_method"], query["nonce"], query["state"]) == ("S256", "n-1", "state")
    assert SECRET not in url and verifier not in url and nonce != verifier
    provider.challenges["code"] = query["code_challenge"]
    return client.claims(metadata, "code", "n-1", more.get("verifier", verifier))


def test_a_good_sign_in(hostile):
    claims = sign_in(hostile)
    assert (claims["sub"], claims["SoDinhDanh"]) == ("s", "046190000001")
    body, headers = hostile.posted
    assert body["grant_type"] == "authorization_code" and body["redirect_uri"] == REDIRECT
    assert headers["Authorization"].startswith("Basic ")


def test_claims_that_the_token_leaves_out_come_from_userinfo(hostile):
    hostile.claims["SoDinhDanh"] = None
    hostile.userinfo = {"sub": "s", "SoDinhDanh": "046190000002", "iss": "forged"}
    claims = sign_in(hostile)
    assert (claims["SoDinhDanh"], claims["iss"]) == ("046190000002", hostile.issuer)


def test_userinfo_of_another_subject(hostile):
    hostile.userinfo = {"sub": "other", "SoDinhDanh": "046190000002"}
    with pytest.raises(oidc.OidcError, match="another subject"):
        sign_in(hostile)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "n-2"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": ["somebody-else", "third"]},
        {"aud": [CLIENT_ID, "third"], "azp": "third"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_claims_that_do_not_hold(hostile, claims):
    hostile.claims.update(claims)
    with pytest.raises(oidc.OidcError) as refused:
        sign_in(hostile)
    assert "046190000001" not in str(refused.value)


def test_a_forged_signature(hostile):
    hostile.key = STRANGE_KEY
    with pytest.raises(oidc.OidcError):
        sign_in(hostile)


def test_no_signature(hostile):
    hostile.header = {"alg": "none"}
    with pytest.raises(oidc.OidcError):
        sign_in(hostile)


@pytest.mark.parametrize("secret", [SECRET.encode(), KEY.as_pem(private=False)])
def test_a_signature_that_anybody_or_we_could_make(hostile, secret):
    hostile.header = {"alg": "HS256", "kid": "one"}
    hostile.key = jwk.OctKey.import_key(base64.urlsafe_b64encode(secret).rstrip(b"=").decode(), {"kid": "one"})
    with pytest.raises(oidc.OidcError):
        sign_in(hostile)


def test_an_unknown_key(hostile):
    hostile.header = {"alg": "RS256", "kid": "two"}
    with pytest.raises(oidc.OidcError):
        sign_in(hostile)


def test_a_code_that_was_taken_is_useless_without_its_verifier(hostile):
    with pytest.raises(oidc.OidcError):
        sign_in(hostile, verifier=secrets.token_urlsafe(48))


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": "invalid_grant", "error_description": "x"}),
        (500, {}),
        (200, {"access_token": "a", "token_type": "Bearer"}),
        (200, {"access_token": "a", "token_type": "Bearer", "id_token": 7}),
        (200, {"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"}),
        (200, ["no"]),
    ],
)
def test_answers_that_are_no_token(hostile, answer):
    hostile.token_answer = answer
    with pytest.raises(oidc.OidcError):
        sign_in(hostile)


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_discovery_document_that_leads_astray(hostile, discovery):
    hostile.discovery = discovery
    with pytest.raises(oidc.OidcError):
        client_of(hostile.issuer).discover()


def test_an_answer_without_end(hostile):
    hostile.padding = transport.ANSWER_MAX + 10
    with pytest.raises(oidc.OidcError):
        client_of(hostile.issuer).discover()


def test_nobody_there():
    with pytest.raises(oidc.OidcError):
        client_of("http://127.0.0.1:9").discover()


def test_a_real_provider():
    user = oidc_provider_mock.User(sub="citizen", claims={"SoDinhDanh": "046190000003", "HoVaTen": "Lê Thị Thật"})
    with oidc_provider_mock.run_server_in_thread(user_claims=[user], require_nonce=True) as server:
        client, verifier = client_of(f"http://localhost:{server.server_port}"), secrets.token_urlsafe(48)
        metadata = client.discover()
        url = client.authorization_url(metadata, "state", "n-1", verifier)
        answer = requests.post(url, data={"sub": "citizen"}, allow_redirects=False, timeout=5)
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["Location"]).query))
        assert query["state"] == "state"
        claims = client.claims(metadata, query["code"], "n-1", verifier)
        assert (claims["sub"], claims["SoDinhDanh"], claims["HoVaTen"]) == ("citizen", "046190000003", "Lê Thị Thật")
        with pytest.raises(oidc.OidcError):
            client.claims(metadata, query["code"], "n-1", verifier)


@pytest.mark.parametrize(
    ("value", "level"), [("LOA2", 2), ("loa-02", 2), (2, 2), ("2", 2), (None, 0), ("", 0), ("none", 0), ("IAL1", 1)]
)
def test_levels(value, level):
    assert oidc.level_of(value) == level
