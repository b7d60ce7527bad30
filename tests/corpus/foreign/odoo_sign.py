# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Sign with Odoo's own signer: ``python odoo_sign.py HOME in out [visible]``, keys in ``key`` and ``certificate``."""

import base64
import io
import sys
from pathlib import Path
from types import SimpleNamespace

home, source, target, *visible = sys.argv[1:]
sys.path.insert(0, home)
import odoo  # noqa: E402, F401
from odoo.tools.pdf import signature  # noqa: E402

import odoo.addons.base  # noqa: E402, F401

pems = [base64.encodebytes(Path(name).read_bytes()) for name in ("certificate", "key")]
certificate = SimpleNamespace(pem_certificate=pems[0], private_key_id=SimpleNamespace(content=pems[1]))
company = SimpleNamespace(_fields={"signing_certificate_id": 1}, signing_certificate_id=certificate, name="UBND")
person = SimpleNamespace(name="Ann", email="a@b.invalid", company_id=company, sudo=lambda: person)
signer = signature.PdfSigner(io.BytesIO(Path(source).read_bytes()), company)
found = signer.sign_pdf(bool(visible and visible[0]), "Odoo Signature", person if visible and visible[0] else None)
Path(target).write_bytes(found.getvalue())
