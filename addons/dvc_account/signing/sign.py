# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Sign PDFs (PAdES) with a key that never comes near the database."""

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
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


def sign_pdf(
    data: bytes,
    key: KeyFile,
    reason: str = "",
    location: str = "",
    timestamper=None,
    box: tuple[int, int, int, int] | None = None,
    stamp_style=None,
) -> bytes:
    """Return the PDF with one more signature, added incrementally: earlier ones stay valid.

    :param data: the PDF
    :param reason: kept in the signature, e.g. the result's code
    :param timestamper: proves the time (B-T); none: B-B
    :param box: of the visible stamp on the last page, in points; none: invisible
    :raise PdfReadError: not a PDF that can be signed
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    number = sum(1 for _field in enumerate_sig_fields(writer.prev)) + 1
    field = f"Signature{number}"
    pages = int(writer.prev.root["/Pages"]["/Count"])
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason or None,
        location=location or None,
    )
    specification = SigFieldSpec(field, box=box, on_page=pages - 1) if box else SigFieldSpec(field)
    signer = signers.PdfSigner(
        metadata, signer=key.signer(), timestamper=timestamper, new_field_spec=specification, stamp_style=stamp_style
    )
    return asyncio.run(signer.async_sign_pdf(writer)).getvalue()
