# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Requests to other servers: never longer, larger or elsewhere than wanted."""

import ipaddress
import urllib.parse

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

CONNECT_SECONDS, READ_SECONDS = 2, 5
ANSWER_MAX = 256 * 1024


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

    def send(self, request, **kwargs):
        if not is_allowed_address(request.url):
            raise requests.exceptions.InvalidURL("the address must be https")
        # Set here, so that no caller can forget it.
        kwargs |= {"timeout": (CONNECT_SECONDS, READ_SECONDS), "stream": True}
        response = super().send(request, **kwargs)
        try:
            response._content = response.raw.read(ANSWER_MAX + 1, decode_content=True)
        except HTTPError as error:
            raise requests.ConnectionError(type(error).__name__) from None
        finally:
            response.close()
        response._content_consumed = True
        if len(response._content) > ANSWER_MAX:
            raise AnswerTooLarge
        return response


def limit(session: requests.Session, retry: Retry | int = 0) -> requests.Session:
    """Make a session one that is limited, and follows no redirect.

    :param retry: what is tried again
    """
    adapter = LimitedAdapter(max_retries=retry)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.max_redirects = 0
    return session
