# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Sign PDFs (PAdES) with a key that never comes near the database."""

import asyncio
import contextlib
import io
import itertools
import logging
from dataclasses import dataclass
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError

from . import stamp
from .revocation_list import EMBEDDED_MAX
from .specification import certificates, revocation_lists
from .trust import Trust

# Nothing is fetched on purpose: what is archived comes from the store, so each signing need not warn of it.
logging.getLogger("pyhanko.sign.signers.pdf_signer").addFilter(
    lambda record: "fetching is not allowed" not in record.getMessage()
)


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
    mark: stamp.Mark | None = None,
    proof: Trust | None = None,
) -> bytes:
    """Return the PDF with one more signature, added incrementally: earlier ones stay valid.

    :param data: the PDF
    :param key: whose signature; anything with ``signer()``
    :param reason: kept in the signature, e.g. the result's code
    :param location: kept in the signature
    :param timestamper: proves the time (B-T); none: B-B
    :param box: of the visible mark on the last page, in points; none: at the right of its foot
    :param mark: what the visible mark says; none: the signature is invisible
    :param proof: archived in the file beside a time stamp (B-LT), where it is complete
    :raise PdfReadError: not a PDF that can be signed
    """
    with stamp.style(mark) if mark else contextlib.nullcontext() as style:
        if timestamper and proof:
            archive = {"embed_validation_info": True, "validation_context": _context(proof)}
            # Without a list at hand the signature itself is as good; its proof is archived later.
            with contextlib.suppress(SigningError, PathError, ValueError):
                return _sign(data, key, timestamper, box, style, reason=reason, location=location, **archive)
        return _sign(data, key, timestamper, box, style, reason=reason, location=location)


def _sign(data: bytes, key: KeyFile, timestamper, box, style, reason: str, location: str, **archive) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    taken = {name for name, _value, _reference in enumerate_sig_fields(writer.prev)}
    name = next(name for number in itertools.count(1) if (name := f"Signature{number}") not in taken)
    metadata = signers.PdfSignatureMetadata(
        field_name=name,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason or None,
        location=location or None,
        **archive,
    )
    last = int(writer.prev.root["/Pages"]["/Count"]) - 1
    if style and not box:
        left, bottom, right, _top = (float(number) for number in _page_box(writer, last))
        box = stamp.default_box(left, bottom, right)
    field = SigFieldSpec(name, box=box, on_page=last) if style else SigFieldSpec(name)
    signer = signers.PdfSigner(
        metadata, signer=key.signer(), timestamper=timestamper, new_field_spec=field, stamp_style=style or None
    )
    return asyncio.run(signer.async_sign_pdf(writer)).getvalue()


def _page_box(writer: IncrementalPdfFileWriter, number: int):
    """Return a page's own or inherited media box."""
    node = writer.find_page_for_modification(number)[0].get_object()
    while "/MediaBox" not in node:
        node = node["/Parent"]
    return node["/MediaBox"]


def _context(proof: Trust) -> ValidationContext:
    everyone = proof.anchors + proof.citizens + proof.authorities + proof.timestamps
    # A list larger than this would make each signed paper as large.
    lists = [der for kept in proof.kept if len(der := kept.read()) <= EMBEDDED_MAX]
    return ValidationContext(
        trust_roots=certificates(everyone),
        other_certs=certificates(proof.intermediates),
        crls=revocation_lists(proof.crls + lists),
        allow_fetching=False,
        revocation_mode="require",
    )
