# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""An authority's web server on this machine: its revocation list and its responder."""

import contextlib
import datetime
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp


class RevocationServer:
    """Serves ``/list`` and answers at ``/ask``; ``with RevocationServer(authority) as server:``.

    :param authority: a demo_pki.Authority
    """

    def __init__(self, authority):
        self.authority, self.key, self.list = authority, authority.key, authority.crl()
        self.status, self.location, self.came = 200, None, []
        self.told: dict[int, ocsp.OCSPCertStatus] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                question = ocsp.load_der_ocsp_request(self.rfile.read(int(self.headers["Content-Length"])))
                outer.came.append(question.serial_number)
                self._send(outer.answer(question))

            def do_GET(self):
                outer.came.append(self.path)
                self._send(outer.list)

            def _send(self, content):
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(content)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def answer(self, question: ocsp.OCSPRequest) -> bytes:
        """Return what the responder says: good where nothing else was told."""
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        status = self.told.get(question.serial_number, ocsp.OCSPCertStatus.GOOD)
        revoked = now - datetime.timedelta(days=3) if status == ocsp.OCSPCertStatus.REVOKED else None
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            question.issuer_name_hash,
            question.issuer_key_hash,
            question.serial_number,
            hashes.SHA1(),
            status,
            now - datetime.timedelta(minutes=1),
            now + datetime.timedelta(hours=8),
            revoked,
            None,
        )
        signer = self.authority if self.key is self.authority.key else self.key
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, signer.certificate)
        nonce = question.extensions.get_extension_for_class(x509.OCSPNonce).value
        made = builder.add_extension(nonce, critical=False).sign(signer.key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.DER)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()
