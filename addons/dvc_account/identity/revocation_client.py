# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Fetching revocation data: signed by its authority, so that plain http will do; but only from where it may be."""

import contextlib
import ipaddress
import socket
import threading
import time
import urllib.parse
from collections.abc import Collection

import requests
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

CONNECT_SECONDS, READ_SECONDS = 3, 5
LIST_SECONDS, ANSWER_SECONDS = 60, 8
CHUNK = 64 * 1024
# NAT64: an IPv4 address in the last four bytes.
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class NotFetched(Exception):
    """Nothing usable came; ``reason`` is address, forbidden, unreachable, slow, size, status or redirect."""

    def __init__(self, reason: str, status: int = 0):
        super().__init__(reason)
        self.reason, self.status = reason, status


class _ForbiddenPeer(OSError):
    """The name leads to a machine of the inside."""


def is_address(url: str) -> bool:
    """Tell whether something is an http or https address with a host, and without credentials."""
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        return False


def _is_public(address: str) -> bool:
    """Tell whether an address is on the public network; an IPv4 one within IPv6 is looked at as such."""
    found = ipaddress.ip_address(address.split("%")[0])
    if found.version == 6:
        translated = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in TRANSLATED else None
        inner = found.ipv4_mapped or found.sixtofour or translated
        if inner or found.teredo:
            return bool(inner) and inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast


def _guarded(kind, allowed: frozenset[str], opened: list):
    """Return a kind of connection that looks whom it has reached before anything is sent.

    Not the name is judged but the machine it led to: a name may lead elsewhere the second time.
    """

    class Guarded(kind):
        def _new_conn(self):
            connection = super()._new_conn()
            if self.host.lower() not in allowed and not _is_public(connection.getpeername()[0]):
                connection.close()
                raise _ForbiddenPeer
            opened.append(self)
            return connection

    return Guarded


class _GuardedPools(PoolManager):
    def __init__(self, *args, allowed: frozenset[str], opened: list, **kwargs):
        super().__init__(*args, **kwargs)
        http = type("Http", (HTTPConnectionPool,), {"ConnectionCls": _guarded(HTTPConnection, allowed, opened)})
        https = type("Https", (HTTPSConnectionPool,), {"ConnectionCls": _guarded(HTTPSConnection, allowed, opened)})
        self.pool_classes_by_scheme = {"http": http, "https": https}


class _Adapter(HTTPAdapter):
    def __init__(self, allowed: frozenset[str]):
        self._allowed, self._opened = allowed, []
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections, maxsize, block=False, **kwargs):
        guard = {"allowed": self._allowed, "opened": self._opened}
        self.poolmanager = _GuardedPools(connections, maxsize=maxsize, block=block, **guard, **kwargs)

    def send(self, request, **kwargs):
        return super().send(request, **kwargs | {"timeout": (CONNECT_SECONDS, READ_SECONDS)})

    def cut(self) -> None:
        """End what is under way: time-outs alone would let a server drip for hours."""
        for connection in self._opened:
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)


def fetch_list(url: str, allowed: Collection[str], size_max: int) -> bytes:
    """Return what is at the address of a revocation list.

    :param url: http or https
    :param allowed: hosts that may be of the inside
    :param size_max: in bytes
    :raise NotFetched: nothing usable came
    """
    return _request("GET", url, allowed, size_max, LIST_SECONDS)


def ask_responder(url: str, question: bytes, allowed: Collection[str], size_max: int) -> bytes:
    """Return a responder's answer.

    :param url: http or https
    :param question: OCSP request in DER
    :param allowed: hosts that may be of the inside
    :param size_max: in bytes
    :raise NotFetched: nothing usable came
    """
    headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
    return _request("POST", url, allowed, size_max, ANSWER_SECONDS, data=question, headers=headers)


def _request(method: str, url: str, allowed, size_max: int, seconds: int, **content) -> bytes:
    if not is_address(url):
        raise NotFetched("address")
    end = time.monotonic() + seconds
    adapter = _Adapter(frozenset(host.lower() for host in allowed))
    watch = threading.Timer(seconds, adapter.cut)
    watch.daemon = True
    watch.start()
    with requests.Session() as session:
        # Neither a proxy nor a password file of the machine is meant for this.
        session.trust_env = False
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        try:
            response = session.request(method, url, stream=True, allow_redirects=False, **content)
            with response:
                return _body(response, size_max, end)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise NotFetched("slow" if time.monotonic() > end else _reason(error)) from None
        finally:
            watch.cancel()


def _body(response: requests.Response, size_max: int, end: float) -> bytes:
    if 300 <= response.status_code < 400:
        # The address is what a manager looked at: nobody else chooses another.
        raise NotFetched("redirect", response.status_code)
    if response.status_code != 200:
        raise NotFetched("status", response.status_code)
    found = bytearray()
    # As it comes: a server that lets it drip would keep whole chunks waiting for hours.
    while chunk := response.raw.read1(CHUNK, decode_content=False):
        found += chunk
        if len(found) > size_max:
            raise NotFetched("size")
        if time.monotonic() > end:
            raise NotFetched("slow")
    if time.monotonic() > end:
        raise NotFetched("slow")
    return bytes(found)


def _reason(error: BaseException) -> str:
    """Return why a request failed; the error's text would name addresses."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        if isinstance(error, _ForbiddenPeer):
            return "forbidden"
        if isinstance(error, requests.Timeout | TimeoutError):
            return "slow"
        seen.append(error)
        inner = error.__cause__ or error.__context__
        error = inner or next((part for part in error.args if isinstance(part, BaseException)), None)
    return "unreachable"
