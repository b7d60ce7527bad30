# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A key in a PKCS#12 file of the server's key folder."""

from dataclasses import dataclass
from pathlib import Path

from pyhanko.sign import signers
from pyhanko.sign.timestamps import DummyTimeStamper


@dataclass(frozen=True)
class KeyFile:
    """A PKCS#12 file and the file that holds its password."""

    path: Path
    password_path: Path

    def signer(self) -> signers.SimpleSigner:
        """Return the signer of the file.

        :raise ValueError: the file cannot be opened with the password
        """
        signer = signers.SimpleSigner.load_pkcs12(str(self.path), passphrase=self.password_path.read_bytes().strip())
        if signer is None:
            raise ValueError("the key file cannot be opened")
        return signer


def local_timestamper(key: KeyFile) -> DummyTimeStamper:
    """Return a time-stamping authority that runs here, for demonstrations."""
    signer = key.signer()
    return DummyTimeStamper(signer.signing_cert, signer.signing_key, certs_to_embed=signer.cert_registry)
