# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Files to verify and to sign, made with the demonstration's own keys, and an Odoo environment in process."""

import base64
import contextlib
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from measure import DATABASE
from submit import pdf_of

import odoo.api
import odoo.modules.registry
import odoo.tools

KB = 1000
SIZES = {"100 kB": 100 * KB, "10 MB": 10_000 * KB}
LEADER, STAMPS = "leader_000.12.29.H57", "timestamp"


@contextlib.contextmanager
def environment():
    """Give an environment of the benchmark's database; what is done in it is rolled back."""
    odoo.tools.config.parse_config(["-c", os.environ["DVC_BENCH_CONF"], "-d", DATABASE, "--log-level", "error"])
    with odoo.modules.registry.Registry(DATABASE).cursor() as cr:
        try:
            yield odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        finally:
            cr.rollback()


def key_file(label: str):
    """Return a key of the demonstration."""
    from odoo.addons.dvc_account.signing.sign import KeyFile

    folder = Path(os.environ["DVC_PKI_DIR"])
    return KeyFile(folder / f"{label}.p12", folder / "password")


def page(size: int) -> bytes:
    """Return an unsigned PDF of about ``size`` bytes."""
    return base64.b64decode(pdf_of(size))


def signed(env, size: int) -> dict[str, bytes]:
    """Return a PDF of about ``size`` bytes, signed at each level."""
    from odoo.addons.dvc_account.signing.sign import local_timestamper, sign_pdf

    data, key, stamper = page(size), key_file(LEADER), local_timestamper(key_file(STAMPS))
    return {
        "B-B": sign_pdf(data, key),
        "B-T": sign_pdf(data, key, timestamper=stamper),
        "B-LT": sign_pdf(data, key, timestamper=stamper, proof=env["dvc.trust.anchor"]._store()),
    }


def medians(rounds: int, *works: Callable) -> list[float]:
    """Return the median milliseconds of pieces of work done in turn, after a warm-up."""
    times: list[list[float]] = [[] for _work in works]
    for number in range(rounds + 2):
        for work, sink in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            if number >= 2:
                sink.append((time.perf_counter() - start) * 1000)
    return [statistics.median(sink) for sink in times]
