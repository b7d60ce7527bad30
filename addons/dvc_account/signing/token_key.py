# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A key in a PKCS#11 token or HSM; which one is told by a file of the server's key folder.

The file is JSON: ``{"module": "/usr/lib/….so", "token": "label", "pin_file": "leader.pin"}``, and where
the token asks for it ``serial``, ``slot``, ``key_label``, ``key_id`` (hex), ``parallel`` (true: it takes
several calls at once).
"""

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import x509
from pyhanko.sign.signers import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from .failure import CODES, SigningFailed

MODULE_VARIABLE = "DVC_PKCS11_MODULE"
SUFFIX = ".token"
# A token that wants a finger on it gets that long.
SECONDS = 30
WAIT_SECONDS = 20
# What foreign code need not see.
HIDDEN = ("PG", "DVC_SECRET")

# A wrong PIN is never tried twice: after a few tries the token is locked for good.
_wrong_pins: set[tuple] = set()


@dataclass(frozen=True)
class TokenKey:
    """A key of a token.

    :param path: of the file that describes it
    :param certificate: of the key, DER
    :param chain: certificates of the authorities above, DER
    """

    path: Path
    certificate: bytes
    chain: tuple[bytes, ...] = field(default=())

    def signer(self) -> "TokenSigner":
        """Return pyHanko's signer over the token."""
        return TokenSigner(self)

    def check(self) -> None:
        """Look for the key, without signing.

        :raise SigningFailed: as of ``sign``
        """
        self.sign(b"")

    def sign(self, data: bytes) -> bytes:
        """Return the signature's value over data, SHA-256.

        :raise SigningFailed: signature.no_key, signature.unavailable, signature.refused, signature.pin_wrong
        """
        question = self._question(data)
        tried = _pin_state(question["pin_path"])
        if tried in _wrong_pins:
            raise SigningFailed("signature.pin_wrong", "the PIN file holds what the token refused")
        with _turn(self._settings()):
            answer = _ask(question)
        if code := answer.get("error"):
            if code == "signature.pin_wrong":
                _wrong_pins.add(tried)
            raise SigningFailed(code if code in CODES else "signature.failed", str(answer.get("technical", ""))[:100])
        return bytes.fromhex(answer["value"])

    def _settings(self) -> dict:
        try:
            found = json.loads(self.path.read_text())
        except (OSError, ValueError):
            raise SigningFailed("signature.no_key", "the token's file cannot be read") from None
        if not isinstance(found, dict):
            raise SigningFailed("signature.no_key", "the token's file is not what it should be")
        return {"module": os.environ.get(MODULE_VARIABLE, "")} | found

    def _question(self, data: bytes) -> dict:
        settings = self._settings()
        slot = settings.get("slot")
        pin = Path(str(settings.get("pin_file") or "")).name
        if not settings["module"] or not isinstance(slot, int | None):
            raise SigningFailed("signature.no_key", "the token's file names no module")
        return {
            "module": str(settings["module"]),
            "token": str(settings.get("token") or ""),
            "serial": str(settings.get("serial") or ""),
            "slot": slot,
            # Of this folder, wherever the name would lead.
            "pin_path": str(self.path.parent / pin) if pin else "",
            "key_label": str(settings.get("key_label") or ""),
            "key_id": str(settings.get("key_id") or ""),
            "certificate": self.certificate.hex(),
            "data": data.hex(),
        }


class TokenSigner(ExternalSigner):
    """pyHanko's signer whose values a token gives."""

    def __init__(self, key: TokenKey):
        registry = SimpleCertificateStore()
        registry.register_multiple([x509.Certificate.load(one) for one in key.chain])
        super().__init__(x509.Certificate.load(key.certificate), registry)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run=False) -> bytes:
        """Return the value over data."""
        return bytes(512) if dry_run else self._key.sign(data)


def _pin_state(path: str) -> tuple:
    with contextlib.suppress(OSError):
        facts = os.stat(path)
        return path, facts.st_ino, facts.st_mtime_ns
    return (path,)


def _ask(question: dict) -> dict:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
    program = Path(__file__).resolve().with_name("token_process.py")
    try:
        # -P: the folder of that file does not come before the library of Python.
        done = subprocess.run(
            [sys.executable, "-P", str(program)],
            input=json.dumps(question).encode() + b"\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept,
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
        return dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return {"error": "signature.unavailable", "technical": "the token does not answer"}
    except (OSError, ValueError):
        return {"error": "signature.unavailable", "technical": "the token's module failed"}


@contextlib.contextmanager
def _turn(settings: dict):
    """Let one call at a time reach a token, over all processes of the server.

    :raise SigningFailed: signature.unavailable: others keep it busy
    """
    if settings.get("parallel") is True:
        yield
        return
    token = f"{settings['module']}\n{settings.get('token')}\n{settings.get('serial')}\n{settings.get('slot')}"
    name = f"dvc-token-{os.geteuid()}-{hashlib.sha256(token.encode()).hexdigest()[:16]}.lock"
    handle = os.open(Path(tempfile.gettempdir()) / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        end = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise SigningFailed("signature.unavailable", "the token is busy") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)
