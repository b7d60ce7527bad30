# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What does a check cost, evidence kept, against pyHanko called bare on the same file? Budget: 1.5.

Ours is ``dvc.signature.verify`` without the wire, which is base64 too: the warm limited process, the anchors read from
the database, the evidence written. ``base64_ms`` is what the wire's form adds to either. The peer is what an integrator
writes who has parsed the same anchors once: it looks at the signature once, at the present, and keeps nothing.
"""

import asyncio
import base64
import io

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from signed_files import SIZES, environment, medians, signed


class Bare:
    """pyHanko with the same anchors, and revocation demanded as here."""

    def __init__(self, trust):
        from odoo.addons.dvc_account.signing.specification import certificates, revocation_lists

        everyone = trust.anchors + trust.citizens + trust.authorities
        self._signers, self._stamps = certificates(everyone), certificates(trust.anchors + trust.timestamps)
        self._others, self._lists = certificates(trust.intermediates), revocation_lists(trust.crls)

    def _context(self, roots) -> ValidationContext:
        return ValidationContext(
            trust_roots=roots,
            other_certs=self._others,
            crls=self._lists,
            allow_fetching=False,
            revocation_mode="require",
        )

    def verify(self, data: bytes):
        return asyncio.run(self._verify(data))

    async def _verify(self, data: bytes):
        (embedded,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
        status = await async_validate_pdf_signature(embedded, self._context(self._signers), self._context(self._stamps))
        if not status.bottom_line:
            raise RuntimeError("the peer does not take the file")
        return status


def measure(rounds: int) -> dict:
    answers = {}
    with environment() as env:
        env = env(user=env.ref("base.user_admin").id)
        bare = Bare(env["dvc.trust.anchor"]._store())
        for name, size in SIZES.items():
            for level, data in signed(env, size).items():
                content = base64.b64encode(data).decode()

                def ours(data=data):
                    answer, _holders, _check = env["dvc.signature"]._examine(data, "a.pdf")
                    env.flush_all()
                    if answer["verdict"] != "valid":
                        raise RuntimeError(answer)

                ours_ms, bare_ms, wire_ms = medians(
                    rounds,
                    ours,
                    lambda data=data: bare.verify(data),
                    lambda content=content: env["dvc.signature"]._decode(content),
                )
                answers[f"{name} {level}"] = {
                    "dvc.signature.verify_ms": round(ours_ms, 1),
                    "bare pyHanko_ms": round(bare_ms, 1),
                    "base64_ms": round(wire_ms, 1),
                    "ratio": round(ours_ms / bare_ms, 2),
                }
    return answers
