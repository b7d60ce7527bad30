# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The process that speaks to one PKCS#11 token: run by its path, one question, one answer, then it ends.

A vendor's module is foreign code: what it does wrong ends this process only, and with it go the session,
the login and whatever the module kept waiting. The PIN is read here and goes nowhere else.
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path

from asn1crypto import x509
from pkcs11 import Attribute, ObjectClass, exceptions
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

CODES = (
    (exceptions.PinIncorrect, "signature.pin_wrong"),
    (exceptions.PinLenRange, "signature.pin_wrong"),
    (exceptions.PinInvalid, "signature.pin_wrong"),
    (exceptions.PinLocked, "signature.refused"),
    (exceptions.PinExpired, "signature.refused"),
    (exceptions.UserPinNotInitialized, "signature.refused"),
    (exceptions.NoSuchKey, "signature.no_key"),
)


def answer(question: dict) -> dict:
    """Return ``{"value": hex}``, or ``{"error": code, "technical": text}``.

    :param question: ``{module, token, serial, slot, pin_path, key_label, key_id, certificate, data}``;
        without data nothing is signed: the key is only looked for
    """
    try:
        return _answer(question)
    except OSError as error:
        return {"error": "signature.no_key", "technical": type(error).__name__}
    except Exception as error:  # pylint: disable=broad-except  # whatever a vendor's module raises
        code = next((code for kind, code in CODES if isinstance(error, kind)), "signature.unavailable")
        return {"error": code, "technical": type(error).__name__}


def _answer(question: dict) -> dict:
    pin = Path(question["pin_path"]).read_text().strip() if question["pin_path"] else None
    criteria = TokenCriteria(
        label=question["token"] or None, serial=bytes.fromhex(question["serial"]) if question["serial"] else None
    )
    with open_pkcs11_session(
        question["module"],
        slot_no=question["slot"],
        token_criteria=criteria if criteria.label or criteria.serial else None,
        user_pin=pin,
    ) as session:
        certificate = x509.Certificate.load(bytes.fromhex(question["certificate"]))
        label, identifier = question["key_label"] or None, bytes.fromhex(question["key_id"]) or None
        if not label and not identifier:
            identifier = _identifier(session, certificate)
        query = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        query |= {Attribute.LABEL: label} if label else {}
        query |= {Attribute.ID: identifier} if identifier else {}
        if len(list(session.get_objects(query))) != 1:
            return {"error": "signature.no_key", "technical": "the token has not exactly one such key"}
        if not question["data"]:
            return {"value": ""}
        signer = PKCS11Signer(session, signing_cert=certificate, key_label=label, key_id=identifier)
        # The raw mechanism is what every token knows for elliptic curves.
        signer.use_raw_mechanism = certificate.public_key.algorithm == "ec"
        value = asyncio.run(signer.async_sign_raw(bytes.fromhex(question["data"]), "sha256"))
        return {"value": value.hex()}


def _identifier(session, certificate: x509.Certificate) -> bytes:
    """Return by which number the token keeps a certificate, and its key.

    Many tokens do not say so: then by what most give it, the SHA-1 of the public key.
    """
    for found in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        if found[Attribute.VALUE] == certificate.dump():
            return found[Attribute.ID]
    return hashlib.sha1(bytes(certificate.public_key["public_key"]), usedforsecurity=False).digest()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(json.loads(sys.stdin.readline()))) + "\n")
