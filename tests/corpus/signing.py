# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Sign with pyHanko, politely or not."""

import asyncio
import io
import itertools

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko_certvalidator import ValidationContext

PADES, CMS = SigSeedSubFilter.PADES, SigSeedSubFilter.ADOBE_PKCS7_DETACHED
_NAMES = itertools.count(1)


def sign(
    data: bytes,
    person,
    kind=PADES,
    field=None,
    box=None,
    page=0,
    stamper=None,
    style=None,
    context=None,
    digest="sha256",
    before=None,
    signer_options=None,
    strict=False,
    **options,
) -> bytes:
    """Return the file with one more signature.

    :param field: a field's name; none: a new one
    :param box: where it shows; none: it is invisible
    :param context: archives the proof (B-LT)
    :param before: called with the writer first, to make the same revision hold more
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=strict)
    named = field or f"Chu ky {next(_NAMES)}"
    if before:
        before(writer)
    if context:
        options |= {"embed_validation_info": True, "validation_context": context}
    metadata = signers.PdfSignatureMetadata(field_name=named, md_algorithm=digest, subfilter=kind, **options)
    spec = None if field else SigFieldSpec(named, box=box, on_page=page)
    signer = signers.PdfSigner(
        metadata,
        signer=person.signer(**(signer_options or {})),
        timestamper=stamper,
        new_field_spec=spec,
        stamp_style=style,
    )
    return asyncio.run(signer.async_sign_pdf(writer)).getvalue()


def stamp(data: bytes, authority, at=None, before=None, field=None, context=None) -> bytes:
    """Return the file with a document time stamp.

    :param before: called with the writer first
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    if before:
        before(writer)
    stamper = signers.PdfTimeStamper(authority.timestamper(at), field_name=field)
    return asyncio.run(stamper.async_timestamp_pdf(writer, "sha256", validation_context=context)).getvalue()


def pause(writer, name, **options):
    """Add an empty signature field and return it."""
    append_signature_field(writer, SigFieldSpec(name, **options))
    for reference in writer.root["/AcroForm"]["/Fields"]:
        one = reference.get_object()
        if one.get("/T") == name:
            return one
    raise KeyError(name)


def context(world, at=None, crls=None, ocsps=(), roots=()):
    """Return what pyHanko archives from."""
    anchors = [world.citizen_root, world.state_root, world.stamp_root, *roots]
    lists = [one.crl() for one in world.lists] if crls is None else crls
    return ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(one.der) for one in anchors],
        other_certs=[asn1_x509.Certificate.load(one.der) for one in (world.citizen_ca, world.state_ca)],
        crls=[asn1_crl.CertificateList.load(one) for one in lists],
        ocsps=[asn1_ocsp.OCSPResponse.load(one) for one in ocsps],
        allow_fetching=False,
        moment=at,
    )
