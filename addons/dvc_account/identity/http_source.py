# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The identity source over HTTP: one question, signed, with time-outs and few retries."""

import json
import secrets

import requests
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
from urllib3.util import Retry

from .transport import is_allowed_address, limit

FACTS = ("full_name", "citizen_id", "issue_date", "phone")
# A look-up changes nothing, so that it may be asked again; a citizen waits for the answer meanwhile.
RETRY = Retry(
    total=2,
    connect=2,
    read=1,
    status=2,
    status_forcelist=(429, 502, 503, 504),
    allowed_methods={"POST"},
    backoff_factor=0.2,
    respect_retry_after_header=False,
    raise_on_status=False,
    redirect=0,
)
SIGNED = ("@method", "@target-uri", "content-type", "content-digest")
KEY_ID = "dvc"


class SourceUnavailable(Exception):
    """The identity source gave no answer; the text holds no personal data."""


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, key: bytes):
        self.key = key

    def resolve_private_key(self, key_id: str) -> bytes:
        return self.key


def ask(url: str, facts: dict, key: bytes = b"") -> dict:
    """Ask the identity source whether four facts are one person's.

    :param url: https, or http on loopback
    :param facts: ``{full_name, citizen_id, issue_date, phone}``: name in NFC, date ``YYYY-MM-DD``, phone E.164
    :param key: shared secret; the request is then signed as RFC 9421 says (hmac-sha256, key id ``dvc``)
    :return: ``{match: bool, mismatched: [keys]}``
    :raise SourceUnavailable: no answer in time, or one that cannot be read
    """
    if not is_allowed_address(url):
        raise SourceUnavailable("the address must be https")
    try:
        with limit(requests.Session(), RETRY) as session:
            request = session.prepare_request(_question(url, facts))
            if key:
                _sign(request, key)
            response = session.send(request, allow_redirects=False)
    except (requests.RequestException, OSError) as error:
        raise SourceUnavailable(type(error).__name__) from None
    if response.status_code != 200:
        raise SourceUnavailable(f"HTTP {response.status_code}")
    return _answer(response.content)


def _question(url: str, facts: dict) -> requests.Request:
    body = json.dumps(facts, ensure_ascii=False).encode()
    return requests.Request("POST", url, data=body, headers={"Content-Type": "application/json; charset=utf-8"})


def _sign(request: requests.PreparedRequest, key: bytes) -> None:
    signer = HTTPMessageSigner(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=_OneKey(key))
    nonce = secrets.token_urlsafe(16)
    signer.sign(request, key_id=KEY_ID, nonce=nonce, covered_component_ids=SIGNED, body=request.body)


def _answer(content: bytes) -> dict:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("match"), bool):
        raise SourceUnavailable("an answer that cannot be read")
    mismatched = answer.get("mismatched")
    named = [key for key in FACTS if key in mismatched] if isinstance(mismatched, list) else []
    # An answer that matches and names what does not contradicts itself: no match.
    return {"match": answer["match"] and not named, "mismatched": named}
