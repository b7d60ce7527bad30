# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A remote signing service by the API of the Cloud Signature Consortium, versions 1 and 2, synchronous.

The key stays with the service; it gets a digest, never the document. Questions that change nothing may be
asked again; an authorisation and a signature are asked for once: whether a question that got no answer was
heard is not known, and a one-time code is good for one.
"""

import base64
import binascii
import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests
from asn1crypto import algos, x509
from pyhanko.sign.signers import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from .failure import SigningFailed
from .prepared import mechanism_of

SHA256 = algos.DigestAlgorithmId("sha256").dotted
V1, V2 = "v1", "v2"
TOKEN_SPARE_SECONDS = 30
TOKEN_LIFE_SECONDS = 300
CHAIN_MAX = 10
# The service's words for what the holder did wrong.
ERRORS = {
    "invalid_otp": "signature.otp_wrong",
    "invalid_pin": "signature.pin_wrong",
    "expired_otp": "signature.otp_wrong",
    "credential_expired": "signature.key_expired",
    "access_denied": "signature.refused",
    "unauthorized": "signature.refused",
}

_tokens: dict[tuple, tuple[float, str]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Secrets:
    """How this server makes itself known to the service.

    :param token: a bearer token; or else
    :param client_id: of this server at the service's authorisation server
    :param client_secret: of the same
    :param scope: asked for with a token
    :param pins: PIN of a credential where its holder left it on the server
    """

    token: str = ""
    client_id: str = ""
    client_secret: str = ""
    scope: str = "service"
    pins: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Credential:
    """What the service says of a credential.

    :param certificate: DER
    :param chain: DER
    :param algorithms: object identifiers of what the key may do
    :param pin: it asks for a PIN
    :param otp: it asks for a one-time code
    :param sends_otp: the service sends the code when asked
    :param enabled: key and certificate are good by the service's word
    """

    certificate: bytes
    chain: tuple[bytes, ...]
    algorithms: frozenset[str]
    pin: bool
    otp: bool
    sends_otp: bool
    enabled: bool


class Service:
    """A remote signing service.

    :param url: its address, to which ``/csc/v1/…`` is added
    :param version: V1 or V2
    :param secrets: of this server
    :param session: makes a limited ``requests.Session``; told whether the question may be asked again
    """

    def __init__(self, url: str, version: str, secrets: Secrets, session: Callable[[bool], requests.Session]):
        self._base = f"{url.rstrip('/')}/csc/{version}"
        self._token_url = f"{url.rstrip('/')}/oauth2/token"
        self._is_v2 = version == V2
        self._secrets, self._session = secrets, session

    def info(self) -> str:
        """Return the service's name.

        :raise SigningFailed: signature.unavailable, signature.refused
        """
        return str(self._post("info", {}, signed_in=False).get("name", ""))[:100]

    def credentials(self) -> list[str]:
        """Return the identifiers of the credentials this server may use.

        :raise SigningFailed: as of ``info``
        """
        found = self._post("credentials/list", {}).get("credentialIDs")
        return [str(one) for one in found][:100] if isinstance(found, list) else []

    def credential(self, identifier: str) -> Credential:
        """Return what is known of a credential.

        :raise SigningFailed: as of ``info``; signature.no_key: there is no such credential
        """
        question = {"credentialID": identifier, "certificates": "chain", "certInfo": True, "authInfo": True}
        try:
            return self._read(self._post("credentials/info", question))
        except SigningFailed as error:
            if error.technical.startswith("invalid_request"):
                raise SigningFailed("signature.no_key", error.technical) from None
            raise

    def _read(self, answer: dict) -> Credential:
        try:
            key, held = answer["key"], answer["cert"]["certificates"]
            found = [base64.b64decode(one, validate=True) for one in held[:CHAIN_MAX]]
            for one in found:
                x509.Certificate.load(one, strict=True).subject.native  # noqa: B018  # read it or refuse it
            status = str(answer["cert"].get("status", "valid"))
            pin, otp, sends = self._asks(answer)
            return Credential(
                found[0],
                tuple(found[1:]),
                frozenset(str(one) for one in key["algo"]),
                pin,
                otp,
                sends,
                key.get("status", "enabled") == "enabled" and status == "valid",
            )
        except (KeyError, IndexError, TypeError, AttributeError, ValueError, binascii.Error):
            raise SigningFailed("signature.unavailable", "an answer that cannot be read") from None

    def _asks(self, answer: dict) -> tuple[bool, bool, bool]:
        if not self._is_v2:
            if answer.get("authMode", "explicit") != "explicit":
                return False, False, False
            pin, otp = answer.get("PIN") or {}, answer.get("OTP") or {}
            has_otp = _is_true(otp.get("presence"))
            return _is_true(pin.get("presence")), has_otp, has_otp and otp.get("type") == "online"
        auth = answer.get("auth") or {}
        kinds = [str(one.get("type", "")).lower() for one in auth.get("objects") or ()]
        challenge = any(kind in ("challengeresponse", "otp") for kind in kinds)
        return "password" in kinds or "pin" in kinds, challenge, "challengeresponse" in kinds

    def send_otp(self, identifier: str) -> None:
        """Have the service send its holder a one-time code.

        :raise SigningFailed: as of ``info``
        """
        path = "credentials/getChallenge" if self._is_v2 else "credentials/sendOTP"
        self._post(path, {"credentialID": identifier}, again=False)

    def authorize(self, identifier: str, digest: bytes, pin: str = "", otp: str = "") -> str:
        """Return the one-use permission to sign one digest.

        :raise SigningFailed: as of ``info``; signature.otp_wrong, signature.pin_wrong
        """
        hashed = base64.b64encode(digest).decode()
        question = {"credentialID": identifier, "numSignatures": 1}
        if self._is_v2:
            given = [{"id": "PIN", "value": pin}] if pin else []
            given += [{"id": "OTP", "value": otp}] if otp else []
            question |= {"hashes": [hashed], "hashAlgorithmOID": SHA256, "authData": given}
        else:
            question |= {"hash": [hashed]} | ({"PIN": pin} if pin else {}) | ({"OTP": otp} if otp else {})
        permission = self._post("credentials/authorize", question, again=False).get("SAD")
        if not isinstance(permission, str) or not permission:
            raise SigningFailed("signature.unavailable", "an answer without a permission")
        return permission

    def sign_hash(self, identifier: str, digest: bytes, permission: str, mechanism: algos.SignedDigestAlgorithm):
        """Return the signature's value over a digest.

        :param permission: as ``authorize`` gave it
        :raise SigningFailed: as of ``info``
        """
        hashed = base64.b64encode(digest).decode()
        question = {"credentialID": identifier, "SAD": permission, "signAlgo": mechanism["algorithm"].dotted}
        if self._is_v2:
            question |= {"hashes": [hashed], "hashAlgorithmOID": SHA256, "operationMode": "S"}
        else:
            question |= {"hash": [hashed], "hashAlgo": SHA256}
        found = self._post("signatures/signHash", question, again=False).get("signatures")
        try:
            (value,) = found
            return base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise SigningFailed("signature.unavailable", "an answer without one signature") from None

    def _post(self, path: str, question: dict, again: bool = True, signed_in: bool = True) -> dict:
        """Ask, and return the answer.

        :param again: the question changes nothing: it may be asked again where it got no answer
        :param signed_in: the question is asked in this server's name
        """
        status, answer = self._send(f"{self._base}/{path}", question, again, signed_in)
        if status == 401 and signed_in and self._forget_token():
            # What was refused at the door was not done.
            status, answer = self._send(f"{self._base}/{path}", question, again, signed_in)
        if status in (200, 204) and isinstance(answer, dict):
            return answer
        if status in (200, 204):
            raise SigningFailed("signature.unavailable", "an answer that cannot be read")
        if status in (401, 403):
            raise SigningFailed("signature.refused", f"HTTP {status}")
        if 400 <= status < 500:
            error = str(answer.get("error", "")) if isinstance(answer, dict) else ""
            known = error if error.replace("_", "").isalnum() and len(error) < 40 else f"HTTP {status}"
            raise SigningFailed(ERRORS.get(error, "signature.refused"), known)
        raise SigningFailed("signature.unavailable", f"HTTP {status}")

    def _send(self, url: str, question: dict, again: bool, signed_in: bool) -> tuple[int, object]:
        headers = {"Authorization": f"Bearer {self._token()}"} if signed_in else {}
        try:
            with self._session(again) as session:
                response = session.post(url, json=question, headers=headers, allow_redirects=False)
        except (requests.RequestException, OSError) as error:
            raise SigningFailed("signature.unavailable", type(error).__name__) from None
        try:
            # Some services answer a question that needs no answer with nothing.
            return response.status_code, response.json() if response.content else {}
        except (ValueError, RecursionError):
            return response.status_code, None

    def _key(self) -> tuple:
        return self._base, self._secrets.client_id, self._secrets.client_secret

    def _token(self) -> str:
        if self._secrets.token:
            return self._secrets.token
        if not self._secrets.client_id:
            raise SigningFailed("signature.refused", "no secret for the service on this server")
        with _lock:
            until, token = _tokens.get(self._key(), (0, ""))
        if time.monotonic() < until:
            return token
        token, life = self._new_token()
        with _lock:
            _tokens[self._key()] = (time.monotonic() + life - TOKEN_SPARE_SECONDS, token)
        return token

    def _new_token(self) -> tuple[str, float]:
        """Ask for a token by the client credentials grant (RFC 6749, 4.4)."""
        form = {"grant_type": "client_credentials", "scope": self._secrets.scope}
        try:
            with self._session(True) as session:
                response = session.post(
                    self._token_url,
                    data=form,
                    auth=(self._secrets.client_id, self._secrets.client_secret),
                    allow_redirects=False,
                )
            answer = response.json() if response.status_code == 200 else {}
            token, life = answer.get("access_token"), float(answer.get("expires_in") or TOKEN_LIFE_SECONDS)
        except (requests.RequestException, OSError) as error:
            raise SigningFailed("signature.unavailable", type(error).__name__) from None
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise SigningFailed("signature.unavailable", "an answer that cannot be read") from None
        if response.status_code in (400, 401, 403):
            raise SigningFailed("signature.refused", "the service does not know this server")
        if not isinstance(token, str) or not token:
            raise SigningFailed("signature.unavailable", f"HTTP {response.status_code}")
        return token, life

    def _forget_token(self) -> bool:
        with _lock:
            return _tokens.pop(self._key(), None) is not None


def _is_true(value) -> bool:
    return value is True or str(value).lower() == "true"


@dataclass(frozen=True)
class RemoteKey:
    """A key at a remote signing service.

    :param service: where it is
    :param credential: its identifier there
    :param certificate: of the key, as it is registered here: DER
    :param chain: certificates of the authorities above, DER
    :param pin: given by the holder, or left on the server
    :param otp: given by the holder
    """

    service: Service
    credential: str
    certificate: bytes
    chain: tuple[bytes, ...] = ()
    pin: str = ""
    otp: str = ""

    def signer(self) -> "RemoteSigner":
        """Return pyHanko's signer over the service."""
        return RemoteSigner(self)

    def check(self) -> Credential:
        """Return what the service says of the credential, if it is the registered one and good.

        :raise SigningFailed: signature.wrong_key, signature.refused, and as of ``Service.credential``
        """
        found = self.service.credential(self.credential)
        if found.certificate != self.certificate:
            raise SigningFailed("signature.wrong_key", "the credential has another certificate")
        if not found.enabled:
            raise SigningFailed("signature.refused", "the credential is not enabled")
        return found

    def sign(self, digest: bytes) -> bytes:
        """Return the signature's value over a digest.

        :param digest: SHA-256 of what is signed
        :raise SigningFailed: as of ``check``; signature.otp_required, signature.pin_required, signature.otp_wrong,
            signature.pin_wrong
        """
        found = self.check()
        mechanism = mechanism_of(x509.Certificate.load(self.certificate))
        if not found.algorithms & {mechanism["algorithm"].dotted, "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"}:
            raise SigningFailed("signature.refused", "the credential does not sign this way")
        if found.pin and not self.pin:
            raise SigningFailed("signature.pin_required")
        if found.otp and not self.otp:
            raise SigningFailed("signature.otp_required")
        permission = self.service.authorize(
            self.credential, digest, self.pin if found.pin else "", self.otp if found.otp else ""
        )
        return self.service.sign_hash(self.credential, digest, permission, mechanism)


class RemoteSigner(ExternalSigner):
    """pyHanko's signer whose values a service gives."""

    def __init__(self, key: RemoteKey):
        registry = SimpleCertificateStore()
        registry.register_multiple([x509.Certificate.load(one) for one in key.chain])
        super().__init__(x509.Certificate.load(key.certificate), registry)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run=False) -> bytes:
        """Return the value over data."""
        if dry_run:
            return bytes(512)
        return self._key.sign(hashlib.sha256(data).digest())
