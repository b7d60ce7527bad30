# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A time-stamping authority on this machine (RFC 3161)."""

import base64
import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import tsp


class TsaServer:
    """``with TsaServer(timestamper) as tsa:``

    :param timestamper: pyHanko's, with a key of its own
    :ivar asked: how many requests came
    :ivar fault: ``""``, ``down`` (503), ``slow``, ``drop``, ``junk``, ``refuse``, ``nonce`` or ``imprint`` (of another
        question)
    :ivar login: ``user:password`` it asks for
    """

    def __init__(self, timestamper):
        self.timestamper, self.asked, self.fault, self.login, self.delay = timestamper, 0, "", "", 30.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.serve(self, body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/tsa"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, request, body):
        self.asked += 1
        if self.fault == "drop":
            request.close_connection = True
            request.connection.close()
            return
        if self.fault == "slow":
            time.sleep(self.delay)
        status, content = 200, self._answer(body) if self.fault != "junk" else b"<html>"
        if self.fault == "down":
            status, content = 503, b""
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
        if self.login and request.headers.get("Authorization") != wanted:
            status, content = 401, b""
        with contextlib.suppress(OSError):  # who asked has gone
            request.send_response(status)
            request.send_header("Content-Type", "application/timestamp-reply")
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)

    def _answer(self, body):
        if self.fault == "refuse":
            return tsp.TimeStampResp({"status": {"status": "rejection"}}).dump()
        question = tsp.TimeStampReq.load(body)
        if self.fault == "nonce":
            question["nonce"] = 1
        if self.fault == "imprint":
            question["message_imprint"]["hashed_message"] = bytes(32)
        return self.timestamper.request_tsa_response(question).dump()
