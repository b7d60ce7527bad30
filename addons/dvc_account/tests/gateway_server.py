# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A gateway on this machine that tests talk to over HTTP, as they would to a real one."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class GatewayServer:
    """Keeps what it was sent and answers as told; ``with GatewayServer() as gateway:``."""

    def __init__(self):
        self.received = []
        self.answers = []  # (status, headers, body) for the next requests; then 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append(
                    {"path": self.path, "headers": dict(self.headers), "json": json.loads(body or b"null")}
                )
                status, headers, answer = outer.answers.pop(0) if outer.answers else (200, {}, {})
                content = json.dumps(answer(outer.received[-1]) if callable(answer) else answer).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()
