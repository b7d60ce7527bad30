# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Revocation lists: what may be taken into the store, and how one of any size is looked up in no time.

pyHanko reads a list entry by entry, in Python: 300,000 entries take 4 s and 300 MB. Here the entries of one serial
number are found by cryptography, and pyHanko's own rules judge those. Where the fast way does not apply, its own
way is gone; none leaves an entry out.
"""

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import core, parser, pem
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko_certvalidator.revinfo import validate_crl

SIZE_MAX = 32 * 1024 * 1024
# A larger list goes to the limited process once, not with each file; and is never read by pyHanko.
LARGE = 64 * 1024
# No larger one is archived in a file that is signed here.
EMBEDDED_MAX = 1024 * 1024
# What the fast look-up keeps between files.
SHELF_BYTES = 96 * 1024 * 1024
TOLERANCE = timedelta(minutes=5)
WEAK = frozenset({"md5", "sha1"})
# id-ce-certificateIssuer: an entry with it is another authority's, and so are those after it.
CERTIFICATE_ISSUER = bytes.fromhex("0603551d1d")
ENTRIES = "revoked_certificates"
UNPARSABLE = (ValueError, TypeError, KeyError, OverflowError, UnsupportedAlgorithm)


class ListRefused(ValueError):
    """A list that is not taken.

    ``reason`` is size, form, delta, indirect, partial, issuer, weak, signature, future or endless.
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ListFacts:
    """What a list says of itself.

    :param number: which the authority gave it, in decimal; empty: none
    :param this_update: aware
    :param next_update: aware
    """

    der: bytes
    digest: str
    number: str
    this_update: datetime
    next_update: datetime
    entries: int


def read_list(data: bytes, issuer: bytes, now: datetime) -> ListFacts:
    """Return what a whole revocation list of an authority says, once its signature was found good.

    :param data: PEM or DER
    :param issuer: the authority's certificate, DER
    :param now: aware
    :raise ListRefused: not such a list
    """
    if len(data) > SIZE_MAX:
        raise ListRefused("size")
    try:
        der = pem.unarmor(data)[2] if pem.detect(data) else data
        found, authority = x509.load_der_x509_crl(der), x509.load_der_x509_certificate(issuer)
        _check_kind(found, der)
        _check_issuer(found, authority)
        this_update, next_update = found.last_update_utc, found.next_update_utc
        entries = len(found)
    except ListRefused:
        raise
    except UNPARSABLE:
        raise ListRefused("form") from None
    if this_update > now + TOLERANCE:
        raise ListRefused("future")
    if next_update is None or next_update <= this_update:
        raise ListRefused("endless")
    return ListFacts(der, hashlib.sha256(der).hexdigest(), _number(found), this_update, next_update, entries)


def _check_kind(found: x509.CertificateRevocationList, der: bytes) -> None:
    extensions = found.extensions
    if any(isinstance(one.value, x509.DeltaCRLIndicator) for one in extensions):
        raise ListRefused("delta")
    for one in extensions:
        if not isinstance(one.value, x509.IssuingDistributionPoint):
            if one.critical and isinstance(one.value, x509.UnrecognizedExtension):
                raise ListRefused("form")
            continue
        if one.value.indirect_crl:
            raise ListRefused("indirect")
        if one.value.only_some_reasons or one.value.only_contains_attribute_certs:
            raise ListRefused("partial")
    if CERTIFICATE_ISSUER in der:
        raise ListRefused("indirect")


def _check_issuer(found: x509.CertificateRevocationList, authority: x509.Certificate) -> None:
    if found.issuer != authority.subject:
        raise ListRefused("issuer")
    algorithm = found.signature_hash_algorithm
    if algorithm is not None and algorithm.name in WEAK:
        raise ListRefused("weak")
    if not found.is_signature_valid(authority.public_key()):
        raise ListRefused("signature")


def _number(found: x509.CertificateRevocationList) -> str:
    numbers = [one.value.crl_number for one in found.extensions if isinstance(one.value, x509.CRLNumber)]
    return str(numbers[0]) if numbers else ""


# The look-up


def head(der: bytes) -> bytes:
    """Return a list without its entries: enough to tell whose it is, of when, and what it covers.

    :raise ValueError: not a list
    """
    outer = _children(_contents(der))
    inner = _children(_contents(outer[0]))
    # version?, signature, issuer, this update, next update?, entries?, [0] extensions?
    at = 1 if inner[0][:1] == b"\x02" else 0
    kept = [one for number, one in enumerate(inner) if number < at + 3 or one[:1] != b"\x30"]
    return _sequence([_sequence(kept), *outer[1:]])


def _contents(der: bytes) -> bytes:
    return parser.parse(der, strict=True)[4]


def _children(contents: bytes) -> list[bytes]:
    found, start = [], 0
    while start < len(contents):
        size = _size(contents, start)
        found.append(contents[start : start + size])
        start += size
    return found


def _size(contents: bytes, start: int) -> int:
    """Return how long the value is that starts somewhere."""
    if start + 2 > len(contents):
        raise ValueError("cut off")
    first, count = contents[start + 1], 0
    if first >= 0x80:
        count = first & 0x7F
        first = int.from_bytes(contents[start + 2 : start + 2 + count])
    size = 2 + count + first
    if start + size > len(contents):
        raise ValueError("cut off")
    return size


def _sequence(parts: list[bytes]) -> bytes:
    return parser.emit(0, 1, 16, b"".join(parts))


class _Tbs(asn1_crl.TbsCertList):
    """The signed part of a list whose entries are elsewhere."""

    _whole: Callable[[], bytes] | None = None

    def dump(self, force=False):
        if self._whole is None:
            return super().dump(force)
        return _children(_contents(self._whole()))[0]

    def __getitem__(self, key):
        if key == ENTRIES:
            # Never an empty list: whoever asks this way would take everybody for good.
            raise NotImplementedError("the entries are looked up, not listed")
        return super().__getitem__(key)


class StoredList(asn1_crl.CertificateList):
    """A list of the store for pyHanko, whose entries are read when one is asked for.

    It is known by its head, which holds its signature: ``dump`` returns that.
    """

    _fields = [("tbs_cert_list", _Tbs), *asn1_crl.CertificateList._fields[1:]]
    _digest, _read = "", None

    @classmethod
    def of(cls, start: bytes, digest: str, read: Callable[[], bytes]) -> "StoredList":
        """Return a list.

        :param start: its head
        :param digest: SHA-256 in hex, by which it is known
        :param read: returns the list in DER
        """
        found = cls.load(start, strict=True)
        found._digest, found._read = digest, read
        found["tbs_cert_list"]._whole = lambda: SHELF.get(digest, read)[0]
        return found


class _Shelf:
    """Lists that were read once, the latest used; so many bytes at most, but always one."""

    def __init__(self, room: int = SHELF_BYTES):
        self._room, self._held = room, OrderedDict()

    def get(self, digest: str, read: Callable[[], bytes]) -> tuple[bytes, x509.CertificateRevocationList]:
        """Return a list in DER and parsed.

        :raise ValueError: what is read is another list
        """
        if digest not in self._held:
            der = read()
            if hashlib.sha256(der).hexdigest() != digest:
                raise ValueError("another list than the one named")
            self._held[digest] = (der, x509.load_der_x509_crl(der))
            while len(self._held) > 1 and sum(len(der) for der, _list in self._held.values()) > self._room:
                self._held.popitem(last=False)
        self._held.move_to_end(digest)
        return self._held[digest]


SHELF = _Shelf()


def _matching(certificate, certificate_list):
    """Return a list as short as can be: the entries that have a certificate's serial number.

    :return: what ``find_cert_in_list`` reads of a list; the list itself where it is short or cannot be looked up
    """
    if isinstance(certificate_list, StoredList):
        _der, found = SHELF.get(certificate_list._digest, certificate_list._read)
    elif (found := _parsed(certificate_list)) is None:
        return certificate_list
    number = certificate["tbs_certificate"]["serial_number"]
    entry = found.get_revoked_certificate_by_serial_number(number.native)
    return {"tbs_cert_list": {ENTRIES: [_rebuilt(entry, number)] if entry is not None else []}}


def _parsed(certificate_list: asn1_crl.CertificateList) -> x509.CertificateRevocationList | None:
    """Return a long list parsed, once for all look-ups; None: it is short, or pyHanko's own way is needed."""
    if not hasattr(certificate_list, "_dvc_parsed"):
        certificate_list._dvc_parsed = None
        if len(certificate_list.contents or b"") > LARGE:
            der = certificate_list.dump()
            with contextlib.suppress(*UNPARSABLE):
                certificate_list._dvc_parsed = None if CERTIFICATE_ISSUER in der else x509.load_der_x509_crl(der)
    return certificate_list._dvc_parsed


def _rebuilt(entry: x509.RevokedCertificate, number: core.Integer) -> asn1_crl.RevokedCertificate:
    """Return an entry as pyHanko reads it, with the number as the certificate writes it."""
    moment = asn1_x509.Time(name="general_time", value=entry.revocation_date_utc)
    parts = [number.dump(), moment.dump()]
    extensions = [
        _sequence(
            [
                core.ObjectIdentifier(one.oid.dotted_string).dump(),
                core.Boolean(one.critical).dump() if one.critical else b"",
                core.OctetString(one.value.public_bytes()).dump(),
            ]
        )
        for one in entry.extensions
    ]
    return asn1_crl.RevokedCertificate.load(_sequence(parts + ([_sequence(extensions)] if extensions else [])))


_find_in_whole_list = validate_crl.find_cert_in_list


def _find(cert, cert_issuer_name, certificate_list, crl_authority_name):
    if isinstance(cert, asn1_x509.Certificate):
        certificate_list = _matching(cert, certificate_list)
    return _find_in_whole_list(cert, cert_issuer_name, certificate_list, crl_authority_name)


# pyHanko offers no way to hand it a list of one's own: this is the one function that reads entries.
validate_crl.find_cert_in_list = _find
