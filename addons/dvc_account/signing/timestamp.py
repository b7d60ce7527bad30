# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Time stamps from an authority over HTTP (RFC 3161), believed only where they lead to an anchor for time stamps."""

import asyncio
import datetime
import threading
import time
from collections.abc import Callable

import requests
from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from .specification import certificates, revocation_lists
from .trust import Trust

MEDIA_TYPE = "application/timestamp-query"
ANSWER_TYPE = "application/timestamp-reply"
CLOCK_SECONDS = 3600
# After a failure nobody waits for the authority again for so long.
PAUSE_SECONDS = 60

_failed_at: dict[str, float] = {}
_lock = threading.Lock()


class HttpTimeStamper(TimeStamper):
    """An authority at an address.

    :param url: where it answers
    :param session: makes a limited ``requests.Session``
    :param trust: whose anchors for time stamps count
    :param auth: user and password, where it asks for them
    """

    def __init__(
        self,
        url: str,
        session: Callable[[], requests.Session],
        trust: Trust,
        auth: tuple[str, str] | None = None,
    ):
        super().__init__()
        self._url, self._session, self._trust, self._auth = url, session, trust, auth

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask for a time stamp and return an answer that was checked.

        :raise TimestampRequestError: no answer in time, or one that is not believed
        """
        with _lock:
            paused = time.monotonic() - _failed_at.get(self._url, -PAUSE_SECONDS) < PAUSE_SECONDS
        if paused:
            raise TimestampRequestError("the authority did not answer a moment ago")
        try:
            answer = self._ask(req)
            await self._check(req, answer)
        except TimestampRequestError:
            with _lock:
                _failed_at[self._url] = time.monotonic()
            raise
        return answer

    def _ask(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        try:
            with self._session() as session:
                response = session.post(
                    self._url,
                    data=req.dump(),
                    headers={"Content-Type": MEDIA_TYPE, "Accept": ANSWER_TYPE},
                    auth=self._auth,
                    allow_redirects=False,
                )
        except (requests.RequestException, OSError) as error:
            raise TimestampRequestError(type(error).__name__) from None
        if response.status_code != 200:
            raise TimestampRequestError(f"HTTP {response.status_code}")
        try:
            answer = tsp.TimeStampResp.load(response.content, strict=True)
            granted = answer["status"]["status"].native in ("granted", "granted_with_mods")
        except (ValueError, TypeError, KeyError):
            raise TimestampRequestError("an answer that cannot be read") from None
        if not granted:
            raise TimestampRequestError("the authority refused")
        # The library takes no other word for it.
        answer["status"]["status"] = "granted"
        return answer

    async def _check(self, req: tsp.TimeStampReq, answer: tsp.TimeStampResp) -> None:
        try:
            signed = answer["time_stamp_token"]["content"]
            info = signed["encap_content_info"]["content"].parsed
            same = info["nonce"].native == req["nonce"].native and (
                info["message_imprint"]["hashed_message"].native == req["message_imprint"]["hashed_message"].native
                and info["message_imprint"]["hash_algorithm"]["algorithm"].native
                == req["message_imprint"]["hash_algorithm"]["algorithm"].native
            )
            if not same:
                raise TimestampRequestError("an answer to another question")
            apart = abs((info["gen_time"].native - datetime.datetime.now(datetime.UTC)).total_seconds())
            if apart > CLOCK_SECONDS:
                raise TimestampRequestError("the authority's clock or this server's is wrong")
            imprint = req["message_imprint"]["hashed_message"].native
            status = await validate_tst_signed_data(signed, self._context(), lambda _algorithm: imprint)
        except TimestampRequestError:
            raise
        except (SignatureValidationError, PathError, ValidationError, ValueError, TypeError, KeyError) as error:
            raise TimestampRequestError(f"an answer that does not hold: {type(error).__name__}") from None
        if not (status["intact"] and status["valid"] and status["trust_problem_indic"] is None):
            raise TimestampRequestError("an answer of nobody who is trusted for time")

    def _context(self) -> ValidationContext:
        return ValidationContext(
            # The list is always given: without one the machine's own roots would be trusted.
            trust_roots=certificates(self._trust.timestamps + self._trust.anchors),
            other_certs=certificates(self._trust.intermediates),
            crls=revocation_lists(self._trust.crls),
            allow_fetching=False,
            revocation_mode="soft-fail",
        )


def probe(stamper: HttpTimeStamper) -> datetime.datetime:
    """Ask an authority for a time stamp of nothing, and return the moment it tells.

    :raise TimestampRequestError: no answer, or one that is not believed
    """
    forget_failures()
    token = asyncio.run(stamper.async_timestamp(bytes(32), "sha256"))
    return token["content"]["encap_content_info"]["content"].parsed["gen_time"].native


def forget_failures() -> None:
    """Ask again at once, e.g. because the settings changed."""
    with _lock:
        _failed_at.clear()
