# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A key in a PKCS#12 file of the server's key folder."""

from dataclasses import dataclass
from pathlib import Path

from pyhanko.sign import signers
from pyhanko.sign.timestamps import DummyTimeStamper

from .failure import SigningFailed


@dataclass(frozen=True)
class KeyFile:
    """A PKCS#12 file and the file that holds its password.

    :param fingerprint: SHA-256 of the certificate that must be in it, hex; empty: any
    """

    path: Path
    password_path: Path
    fingerprint: str = ""

    def signer(self) -> signers.SimpleSigner:
        """Return the signer of the file.

        :raise SigningFailed: signature.no_key: it cannot be opened with the password; signature.wrong_key: it holds
            another certificate's key
        """
        try:
            password = self.password_path.read_bytes().strip()
            signer = signers.SimpleSigner.load_pkcs12(str(self.path), passphrase=password)
        except (OSError, ValueError):
            signer = None
        if signer is None:
            raise SigningFailed("signature.no_key", "the key file cannot be opened")
        if self.fingerprint and signer.signing_cert.sha256.hex() != self.fingerprint:
            raise SigningFailed("signature.wrong_key", "the key file is another certificate's")
        return signer


def local_timestamper(key: KeyFile) -> DummyTimeStamper:
    """Return a time-stamping authority that runs here, for demonstrations."""
    signer = key.signer()
    return DummyTimeStamper(signer.signing_cert, signer.signing_key, certs_to_embed=signer.cert_registry)
