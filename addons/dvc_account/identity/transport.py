# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Requests to other servers: never longer, larger or elsewhere than wanted."""

import ipaddress
import time
import urllib.parse

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

CONNECT_SECONDS, READ_SECONDS = 2, 5
# Of a whole answer, however slowly it drips.
ANSWER_SECONDS = 15
ANSWER_MAX = 256 * 1024
CHUNK = 16 * 1024


class AnswerTooLarge(requests.RequestException):
    """The other server sends more than is wanted of it."""


def is_allowed_address(url: str) -> bool:
    """Tell whether something may be sent there: https, or plain http to this machine itself."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme != "http" or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


class LimitedAdapter(HTTPAdapter):
    """Sends with time-outs, to allowed addresses only, and takes answers up to ANSWER_MAX bytes."""

    read_seconds = READ_SECONDS

    def send(self, request, **kwargs):
        if not is_allowed_address(request.url):
            raise requests.exceptions.InvalidURL("the address must be https")
        # Set here, so that no caller can forget it.
        kwargs |= {"timeout": (CONNECT_SECONDS, self.read_seconds), "stream": True}
        response = super().send(request, **kwargs)
        try:
            response._content = _read(response.raw, time.monotonic() + max(ANSWER_SECONDS, self.read_seconds))
        except HTTPError as error:
            raise requests.ConnectionError(type(error).__name__) from None
        finally:
            response.close()
        response._content_consumed = True
        if len(response._content) > ANSWER_MAX:
            raise AnswerTooLarge
        return response


def _read(source, end: float) -> bytes:
    """Return an answer's body, one byte more than wanted at most.

    :raise requests.ReadTimeout: it is not whole in time
    """
    found = bytearray()
    while len(found) <= ANSWER_MAX and (chunk := source.read1(CHUNK, decode_content=True)):
        found += chunk
        if time.monotonic() > end:
            raise requests.ReadTimeout("the answer takes too long")
    return bytes(found)


def limit(session: requests.Session, retry: Retry | int = 0, read_seconds: int = READ_SECONDS) -> requests.Session:
    """Make a session one that is limited, and follows no redirect.

    :param retry: what is tried again
    :param read_seconds: how long the other side may be silent, e.g. where it asks a person first
    """
    adapter = LimitedAdapter(max_retries=retry)
    adapter.read_seconds = read_seconds
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.max_redirects = 0
    return session
