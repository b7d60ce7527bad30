# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Proof kept in the file itself: certificates, revocation lists, and a time stamp over all of it."""

import asyncio
import contextlib
import io

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.general import SigningError, extract_signer_info
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from .revocation_list import EMBEDDED_MAX
from .specification import certificates, revocation_lists
from .trust import Trust

UNPROVEN = (SigningError, PathError, ValidationError, PdfError, ValueError, KeyError, TypeError)


def with_proof(data: bytes, proof: Trust) -> bytes | None:
    """Return a signed PDF with the proof of its signatures in it (B-LT), None where that is incomplete today.

    :param data: a PDF with signatures
    :param proof: the trust anchors and their revocation lists
    """
    with contextlib.suppress(*UNPROVEN):
        return asyncio.run(_with_proof(data, proof))
    return None


async def _with_proof(data: bytes, proof: Trust) -> bytes:
    kept = [der for one in proof.kept if len(der := one.read()) <= EMBEDDED_MAX]
    lists = revocation_lists([one for one in proof.crls if len(one) <= EMBEDDED_MAX] + kept)
    paths = []
    for token, stamp in _signed_parts(data):
        paths.append(await _path(token, proof, lists, stamp))
    wanted = {certificate.subject.dump() for path in paths for certificate in path}
    embedded = [one for one in lists if one.issuer.dump() in wanted]
    output = io.BytesIO(data)
    DocumentSecurityStore.add_dss(
        output, None, paths=paths, crls=embedded, certs=[one for path in paths for one in path], strict=False
    )
    return output.getvalue()


def _signed_parts(data: bytes):
    """Yield each signature's and each time stamp's signed data, and whether it is a time stamp."""
    for embedded in PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures:
        is_stamp = str(embedded.sig_object_type) == "/DocTimeStamp"
        yield embedded.signed_data, is_stamp
        if is_stamp:
            continue
        for attribute in extract_signer_info(embedded.signed_data)["unsigned_attrs"] or ():
            if attribute["type"].native == "signature_time_stamp_token":
                for token in attribute["values"]:
                    yield token["content"], True


async def _path(signed, proof: Trust, lists, is_stamp: bool):
    """Return the path of a signature's certificate to an anchor for its kind.

    :raise PathError: there is none, or revocation is not known
    """
    info = extract_signer_info(signed)
    held = [one.chosen for one in signed["certificates"] or () if isinstance(one.chosen, x509.Certificate)]
    sid = info["sid"].chosen
    signer = next(
        one for one in held if (one.issuer, one.serial_number) == (sid["issuer"], sid["serial_number"].native)
    )
    anchors = proof.anchors + (proof.timestamps if is_stamp else proof.citizens + proof.authorities)
    context = ValidationContext(
        trust_roots=certificates(anchors),
        other_certs=certificates(proof.intermediates) + held,
        crls=lists,
        allow_fetching=False,
        revocation_mode="require",
    )
    validator = CertificateValidator(signer, intermediate_certs=held, validation_context=context)
    if is_stamp:
        return await validator.async_validate_usage(set(), {"time_stamping"})
    return await validator.async_validate_usage({"non_repudiation"})


def time_stamped(data: bytes, timestamper) -> bytes:
    """Return the PDF with a time stamp over the whole document (B-LTA, where the proof is in it).

    :param data: a PDF with signatures and their proof
    :param timestamper: of an authority
    :raise OSError: the authority gives none
    """

    async def run() -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
        output = await signers.PdfTimeStamper(timestamper).async_timestamp_pdf(writer, "sha256")
        return output.getvalue()

    return asyncio.run(run())
