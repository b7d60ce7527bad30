# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A remote signing service whose holder confirms on the phone: asked now, answered minutes later.

The way of VNPT SmartCA: like CSC, but not CSC. ``signhash`` gives a transaction, ``gettraninfo`` tells what
became of it. A call-back of the service would be a hint only, so none is asked for.
"""

import base64
import binascii
from dataclasses import dataclass

from .csc import Service
from .failure import SigningFailed

SMARTCA = "smartca"
WAITING, SIGNED, REJECTED, EXPIRED, FAILED = "waiting", "signed", "rejected", "expired", "failed"
STATES = {1: SIGNED, 4000: WAITING, 4001: EXPIRED, 4002: REJECTED, 4003: FAILED, 4004: FAILED}


@dataclass(frozen=True)
class Outcome:
    """What became of a transaction.

    :param state: WAITING, SIGNED, REJECTED, EXPIRED or FAILED
    :param value: of the signature, where it is signed
    """

    state: str
    value: bytes = b""


class ConfirmedService(Service):
    """A service that asks its holder on the phone.

    :param url: its address, to which ``/csc/…`` is added
    :param secrets: of this server
    :param session: as of ``Service``
    """

    def __init__(self, url: str, secrets, session):
        super().__init__(url, SMARTCA, secrets, session)
        self._base = f"{url.rstrip('/')}/csc"
        self._token_url = f"{url.rstrip('/')}/auth/token"

    def _post(self, path: str, question: dict, again: bool = True, signed_in: bool = True) -> dict:
        # Its own spelling beside that of CSC, and an envelope around its answers.
        if "credentialID" in question:
            question = {**question, "credentialId": question["credentialID"]}
        return _content(super()._post(path, question, again, signed_in))

    def ask(self, credential: str, digest: bytes, reference: str, description: str) -> str:
        """Ask the holder to sign one digest, and return the transaction's identifier.

        :param reference: ours, the same for every try of one request
        :param description: shown to the holder; no personal data
        :raise SigningFailed: signature.unavailable, signature.refused
        """
        question = {
            "credentialId": credential,
            "refTranId": reference,
            "description": description,
            "datas": [{"name": reference, "hash": base64.b64encode(digest).decode()}],
        }
        transaction = self._post("signature/signhash", question, again=False).get("tranId")
        if not isinstance(transaction, str) or not transaction or len(transaction) > 200:
            raise SigningFailed("signature.unavailable", "an answer without a transaction")
        return transaction

    def outcome(self, transaction: str, digest: bytes) -> Outcome:
        """Return what became of a transaction.

        :param digest: that was asked for: an answer about another one is none
        :raise SigningFailed: signature.unavailable, signature.refused
        """
        content = self._post("credentials/gettraninfo", {"tranId": transaction})
        state = STATES.get(content.get("tranStatus"))
        if state is None:
            raise SigningFailed("signature.unavailable", "an answer that cannot be read")
        if state != SIGNED:
            return Outcome(state)
        try:
            (document,) = content["documents"]
            if base64.b64decode(document["hash"], validate=True) != digest:
                raise SigningFailed("signature.wrong_key", "an answer about another digest")
            return Outcome(SIGNED, base64.b64decode(document["sig"], validate=True))
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise SigningFailed("signature.unavailable", "an answer without one signature") from None


def _content(answer: dict) -> dict:
    """Return what stands in an answer's envelope."""
    content = answer.get("content", answer)
    if not isinstance(content, dict):
        raise SigningFailed("signature.unavailable", "an answer that cannot be read")
    return content
