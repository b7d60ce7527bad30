# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Sign PDFs (PAdES) with a key that never comes near the database."""

import asyncio
import io
import itertools
import logging

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.validation import read_certification_data

from . import stamp
from .archive import with_proof
from .failure import SigningFailed
from .key_file import KeyFile, local_timestamper
from .placement import Page
from .prepared import DIGEST, Prepared, finish, prepare
from .trust import Trust

__all__ = ["KeyFile", "complete", "local_timestamper", "prepare_pdf", "sign_pdf"]

# Nothing is fetched on purpose: what is archived comes from the store, so each signing need not warn of it.
logging.getLogger("pyhanko.sign.signers.pdf_signer").addFilter(
    lambda record: "fetching is not allowed" not in record.getMessage()
)


def sign_pdf(
    data: bytes,
    key,
    reason: str = "",
    location: str = "",
    timestamper=None,
    box: tuple[float, float, float, float] | None = None,
    mark: stamp.Mark | stamp.SealMark | stamp.AnnexMark | None = None,
    proof: Trust | None = None,
) -> bytes:
    """Return the PDF with one more signature, added incrementally: earlier ones stay valid.

    :param data: the PDF
    :param key: whose signature: a key source, anything with ``signer()``
    :param reason: kept in the signature, e.g. the result's code
    :param location: kept in the signature
    :param timestamper: proves the time (B-T); none, or one that gives no answer: B-B
    :param box: of the visible mark, in the page's own units; none: where the mark belongs
    :param mark: the visible mark; none: the signature is invisible
    :param proof: archived in the file beside a time stamp (B-LT), where it is complete
    :raise SigningFailed: the key or the file does not allow it
    :raise PdfError: not a PDF that can be signed
    """
    signer = key.signer()
    certificate = signer.signing_cert
    chain = [one for one in signer.cert_registry if one != certificate]
    prepared = prepare_pdf(data, certificate, chain, reason, location, box, mark)
    value = asyncio.run(signer.async_sign_raw(prepared.attributes, DIGEST))
    return complete(prepared, value, timestamper, proof)


def complete(prepared: Prepared, value: bytes, timestamper=None, proof: Trust | None = None) -> bytes:
    """Return the signed PDF of a prepared one.

    :param value: the signature's value
    :param timestamper: as of ``sign_pdf``
    :param proof: as of ``sign_pdf``
    :raise SigningFailed: signature.wrong_key
    """
    signed = finish(prepared, value, timestamper)
    return (timestamper and proof and with_proof(signed, proof)) or signed


def prepare_pdf(
    data: bytes,
    certificate: x509.Certificate,
    chain: list[x509.Certificate],
    reason: str = "",
    location: str = "",
    box: tuple[float, float, float, float] | None = None,
    mark: stamp.Mark | stamp.SealMark | stamp.AnnexMark | None = None,
) -> Prepared:
    """Return the PDF ready for a signature whose value is not known yet.

    :param certificate: of the key that will sign
    :param chain: of the authorities above it
    :raise SigningFailed: signature.certified
    :raise PdfError: not a PDF that can be signed
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    _check_certified(writer)
    name = _free_name(writer)
    metadata = signers.PdfSignatureMetadata(
        field_name=name,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason or None,
        location=location or None,
    )
    if not mark:
        return prepare(writer, metadata, certificate, chain, new_field_spec=SigFieldSpec(name))
    number = 0 if mark.first_page else _last_page(writer)
    page = Page.of(writer.find_page_for_modification(number)[0].get_object())
    place = page.fit(*(page.seen(box) if box else mark.place(page, _last_mark(writer, number, page))))
    where = tuple(round(edge) for edge in page.box(*place))
    with stamp.style(mark, place[2], place[3], page.rotation) as style:
        field = SigFieldSpec(name, box=where, on_page=number)
        return prepare(writer, metadata, certificate, chain, new_field_spec=field, stamp_style=style)


def _check_certified(writer: IncrementalPdfFileWriter) -> None:
    """Refuse a document whose author allows no change: one more signature would break the first.

    :raise SigningFailed: signature.certified
    """
    found = read_certification_data(writer.prev)
    if found is not None and found.permission == MDPPerm.NO_CHANGES:
        raise SigningFailed("signature.certified")


def _free_name(writer: IncrementalPdfFileWriter) -> str:
    taken = {name for name, _value, _reference in enumerate_sig_fields(writer.prev)}
    return next(name for number in itertools.count(1) if (name := f"Signature{number}") not in taken)


def _last_page(writer: IncrementalPdfFileWriter) -> int:
    return int(writer.prev.root["/Pages"]["/Count"]) - 1


def _last_mark(writer: IncrementalPdfFileWriter, number: int, page: Page) -> stamp.Place | None:
    """Return where the last visible signature stands on a page, as ``Page.seen`` has it."""
    here = writer.find_page_for_modification(number)[0].reference
    found = None
    for _name, value, reference in enumerate_sig_fields(writer.prev):
        field = reference.get_object()
        if value is None or "/Rect" not in field or "/P" not in field:
            continue
        place = field.raw_get("/P")
        edges = [float(edge) for edge in field["/Rect"]]
        if getattr(place, "reference", None) == here and edges[2] - edges[0] > 1 and edges[3] - edges[1] > 1:
            found = page.seen(tuple(edges))
    return found
