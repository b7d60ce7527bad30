# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What does a signature with its visible mark cost, against pyHanko's own signer with an equal stamp? Budget: 1.5."""

import asyncio
import io
from datetime import UTC, datetime

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from signed_files import LEADER, SIZES, STAMPS, environment, key_file, medians, page

BOX = (380, 40, 556, 96)


def _bare(data: bytes, signer, timestamper, style) -> bytes:
    """Sign as an integrator would who has the key open and the stamp drawn."""
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    field = SigFieldSpec("Signature1", box=BOX, on_page=0)
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    peer = signers.PdfSigner(metadata, signer=signer, timestamper=timestamper, new_field_spec=field, stamp_style=style)
    return asyncio.run(peer.async_sign_pdf(writer)).getvalue()


def measure(rounds: int) -> dict:
    answers = {}
    with environment():
        from odoo.addons.dvc_account.signing import stamp
        from odoo.addons.dvc_account.signing.sign import local_timestamper, sign_pdf

        mark = stamp.Mark("Trần Quang Minh", "UBND phường Hương Sơ", datetime.now(UTC))
        key, stamper = key_file(LEADER), local_timestamper(key_file(STAMPS))
        signer = key.signer()
        with stamp.style(mark) as style:
            for name, size in SIZES.items():
                data = page(size)
                for level, timestamper in (("B-B", None), ("B-T", stamper)):
                    ours_ms, bare_ms = medians(
                        rounds,
                        lambda data=data, at=timestamper: sign_pdf(data, key, timestamper=at, box=BOX, mark=mark),
                        lambda data=data, at=timestamper: _bare(data, signer, at, style),
                    )
                    answers[f"{name} {level}"] = {
                        "sign_pdf_ms": round(ours_ms, 1),
                        "bare PdfSigner_ms": round(bare_ms, 1),
                        "ratio": round(ours_ms / bare_ms, 2),
                    }
    return answers
