# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A remote signing service on this machine: CSC versions 1 and 2, with all that can go wrong with one.

It signs what it is sent with keys of its own, gives permissions that are good once and for one digest, and
misbehaves where it is told to.
"""

import base64
import contextlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import Encoding

TOKEN, CLIENT, CLIENT_SECRET, PIN, OTP = "bearer-1", "ward", "client-secret", "4711", "314159"


class CscServer:
    """``with CscServer() as csc:``; ``csc.add("leader", key, certificate, chain)``.

    :ivar calls: the paths asked for, in order
    :ivar signed: digests signed, in order: twice the same is twice signed
    :ivar faults: path → list of what happens to its next calls: ``slow`` (seconds in ``delay``), ``drop`` (the
        connection ends before the work), ``drop_after`` (after it), ``half`` (in the middle of the answer), a
        status number, or bytes that are answered as they are
    """

    def __init__(self, pin=False, otp=False):
        self.credentials, self.calls, self.signed, self.faults, self.delay = {}, [], [], {}, 30.0
        self.pin, self.otp, self.status, self.tokens, self.asked_otp = pin, otp, "valid", {TOKEN}, 0
        self.permissions: dict[str, tuple[str, str]] = {}
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
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def add(self, identifier, key, certificate, chain=()):
        """Keep a key of the library ``cryptography`` with its certificate."""
        self.credentials[identifier] = (key, certificate, list(chain))

    def serve(self, request, body):
        path = request.path
        self.calls.append(path)
        short = "/".join(path.split("/")[-2:])
        waiting = self.faults.get(short) or []
        fault = waiting.pop(0) if waiting else None
        if fault == "drop":
            return self._hang_up(request)
        if fault == "slow":
            time.sleep(self.delay)
        if isinstance(fault, int):
            return self._answer(request, fault, {"error": "server_error"})
        if isinstance(fault, bytes):
            return self._answer(request, 200, fault)
        status, answer = self._work(path, request.headers, body)
        if fault == "drop_after":
            return self._hang_up(request)
        return self._answer(request, status, answer, half=fault == "half")

    def _hang_up(self, request):
        request.close_connection = True
        request.connection.close()

    def _answer(self, request, status, answer, half=False):
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        with contextlib.suppress(OSError):  # who asked has gone
            request.send_response(status)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content[: len(content) // 2] if half else content)
        request.close_connection = True

    def _work(self, path, headers, body):
        if path == "/oauth2/token":
            wanted = "Basic " + base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
            if headers.get("Authorization") != wanted or b"grant_type=client_credentials" not in body:
                return 401, {"error": "invalid_client"}
            token = secrets.token_hex(8)
            self.tokens.add(token)
            return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 300}
        version, short = path.removeprefix("/csc/").split("/", 1)
        question = json.loads(body)
        if short == "info":
            return 200, {"specs": "2.0.0.2" if version == "v2" else "1.0.4.0", "name": "TEST Remote Signing"}
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"error": "invalid_token"}
        if short == "credentials/list":
            return 200, {"credentialIDs": list(self.credentials)}
        if question.get("credentialID") not in self.credentials:
            return 400, {"error": "invalid_request", "error_description": "Invalid parameter credentialID"}
        work = {
            "credentials/info": self._info,
            "credentials/sendOTP": self._send_otp,
            "credentials/getChallenge": self._send_otp,
            "credentials/authorize": self._authorize,
            "signatures/signHash": self._sign,
        }
        return work[short](version == "v2", question)

    def _info(self, is_v2, question):
        key, certificate, chain = self.credentials[question["credentialID"]]
        certificates = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in (certificate, *chain)]
        oid = "1.2.840.10045.4.3.2" if isinstance(key, ec.EllipticCurvePrivateKey) else "1.2.840.113549.1.1.11"
        answer = {
            "key": {"status": "enabled", "algo": [oid], "len": key.key_size},
            "cert": {"status": self.status, "certificates": certificates},
            "SCAL": "2",
            "multisign": 1,
        }
        if is_v2:
            objects = [{"type": "Password", "id": "PIN"}] if self.pin else []
            objects += [{"type": "ChallengeResponse", "id": "OTP"}] if self.otp else []
            return 200, answer | {"auth": {"mode": "explicit" if objects else "implicit", "objects": objects}}
        return 200, answer | {
            "authMode": "explicit" if self.pin or self.otp else "implicit",
            "PIN": {"presence": str(self.pin).lower()},
            "OTP": {"presence": str(self.otp).lower(), "type": "online"},
        }

    def _send_otp(self, _is_v2, _question):
        self.asked_otp += 1
        return 204, b""

    def _authorize(self, is_v2, question):
        given = {one["id"]: one["value"] for one in question.get("authData", [])} if is_v2 else question
        (digest,) = question["hashes" if is_v2 else "hash"]
        if self.pin and given.get("PIN") != PIN:
            return 400, {"error": "invalid_pin", "error_description": "The PIN is invalid"}
        if self.otp and given.get("OTP") != OTP:
            return 400, {"error": "invalid_otp", "error_description": "The OTP is invalid"}
        permission = secrets.token_urlsafe(16)
        self.permissions[permission] = (question["credentialID"], digest)
        return 200, {"SAD": permission, "expiresIn": 300}

    def _sign(self, is_v2, question):
        (digest,) = question["hashes" if is_v2 else "hash"]
        # Good once, for one key and one digest.
        if self.permissions.pop(question["SAD"], None) != (question["credentialID"], digest):
            return 400, {"error": "invalid_request", "error_description": "Invalid parameter SAD"}
        self.signed.append(digest)
        key = self.credentials[question["credentialID"]][0]
        ready = utils.Prehashed(hashes.SHA256())
        if isinstance(key, ec.EllipticCurvePrivateKey):
            value = key.sign(base64.b64decode(digest), ec.ECDSA(ready))
        else:
            value = key.sign(base64.b64decode(digest), padding.PKCS1v15(), ready)
        return 200, {"signatures": [base64.b64encode(value).decode()]}


class SmartCaServer(CscServer):
    """The same keys behind a confirmation on the phone; ``csc.outcome = 4002``.

    :ivar outcome: what becomes of transactions: 1, 4000 (waits), 4001, 4002, 4003
    :ivar transactions: by identifier: the questions
    """

    def __init__(self):
        super().__init__()
        self.outcome, self.transactions = 4000, {}

    def _work(self, path, headers, body):
        if path == "/auth/token":
            path = "/oauth2/token"
        if path == "/oauth2/token":
            return super()._work(path, headers, body)
        short, question = path.removeprefix("/csc/"), json.loads(body)
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"error": "invalid_token"}
        if short == "credentials/list":
            return 200, {"content": {"credentialIDs": list(self.credentials)}}
        if short == "credentials/info":
            return 200, {"content": self._info(False, question)[1]}
        if short == "signature/signhash":
            identifier = secrets.token_hex(8)
            self.transactions[identifier] = question
            return 200, {"code": 0, "content": {"tranId": identifier}}
        question = self.transactions[question["tranId"]]
        if self.outcome != 1:
            return 200, {"content": {"tranStatus": self.outcome}}
        (data,) = question["datas"]
        self.signed.append(data["hash"])
        key = self.credentials[question["credentialId"]][0]
        value = key.sign(base64.b64decode(data["hash"]), padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        documents = [{"name": data["name"], "hash": data["hash"], "sig": base64.b64encode(value).decode()}]
        return 200, {"content": {"tranStatus": 1, "documents": documents}}
