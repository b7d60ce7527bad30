# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Sign with endesive: ``python endesive_sign.py in out key.p12 password``, in an environment that has it."""

import datetime
import sys
from unittest import mock

from cryptography.hazmat.primitives.serialization import pkcs12

# Its verifying half does not load with today's libraries; only the signing half is wanted.
for name in (
    "oscrypto",
    "oscrypto.asymmetric",
    "oscrypto.errors",
    "certvalidator",
    "certvalidator.context",
    "certvalidator.errors",
):
    sys.modules[name] = mock.MagicMock()

from endesive.pdf import cms  # noqa: E402

source, target, key, password = sys.argv[1:5]
with open(key, "rb") as handle:
    private, certificate, others = pkcs12.load_key_and_certificates(handle.read(), password.encode())
date = datetime.datetime.now(datetime.UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
about = {
    "sigflags": 3,
    "contact": "a@b.invalid",
    "location": "Hue",
    "signingdate": date,
    "reason": "Ky so",
    "aligned": 0,
}
with open(source, "rb") as handle:
    data = handle.read()
with open(target, "wb") as handle:
    handle.write(data + cms.sign(data, about, private, certificate, others, "sha256"))
