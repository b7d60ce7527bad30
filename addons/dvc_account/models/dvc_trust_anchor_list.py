# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..domain import retry
from ..exceptions import Refusal
from ..identity.revocation_client import NotFetched, fetch_list, is_address
from ..signing.revocation_list import SIZE_MAX, ListRefused, head, read_list
from . import dvc_trust_anchor as anchor_model
from .dvc_guarded import FLOW

_lt = LazyTranslate(__name__)
_logger = logging.getLogger(__name__)

HOSTS = "dvc_account.revocation_hosts"
FETCH_FIRST, FETCH_LONGEST = timedelta(minutes=5), timedelta(hours=6)
FRESH_AT_LEAST, FRESH_AT_MOST = timedelta(hours=1), timedelta(hours=24)
# What is set by an intake, never typed.
LIST_FACTS = frozenset(
    {
        "crl_head",
        "crl_digest",
        "crl_number",
        "crl_from",
        "crl_until",
        "crl_entries",
        "crl_size",
        "crl_taken_at",
        "crl_origin",
        "crl_tried_at",
        "crl_tries",
        "crl_due_at",
        "crl_error",
    }
)
REFUSALS = {
    "size": _lt("The revocation list is larger than 32 MB."),
    "form": _lt("This is not a revocation list in PEM or DER."),
    "delta": _lt("This is a delta list, which tells only what has changed: take the authority's whole list."),
    "indirect": _lt(
        "This list is of several authorities (indirect), which is not supported: take the authority's own."
    ),
    "partial": _lt("This list is not for all reasons or not for such certificates: take the authority's whole list."),
    "issuer": _lt("This list is of another authority than this certificate."),
    "weak": _lt("This list is signed with MD5 or SHA-1, which proves nothing any more."),
    "signature": _lt("The signature of this list is not this authority's: it was not taken."),
    "future": _lt("This list is from the future: check the server's clock, and where the list comes from."),
    "endless": _lt("This list does not say when the next one comes."),
    "older": _lt("This list is older than the one at hand, which was kept."),
}
FETCH_FAILURES = {
    "address": _lt("The address is neither http nor https."),
    "forbidden": _lt("The address leads into an inner network, which is not allowed (dvc_account.revocation_hosts)."),
    "unreachable": _lt("The server could not be reached."),
    "slow": _lt("The server did not answer in time."),
    "size": _lt("What the server sends is too large."),
    "status": _lt("The server answered with an error."),
    "redirect": _lt("The server points to another address, which is not followed."),
}


class DvcTrustAnchor(models.Model):
    """The revocation list of an authority: uploaded or fetched, taken only where it is really its own and newer."""

    _inherit = "dvc.trust.anchor"
    _guarded_fields = anchor_model.DvcTrustAnchor._guarded_fields | LIST_FACTS

    crl = fields.Binary(string="Revocation list", attachment=True, copy=False, help="PEM or DER; at most 32 MB.")
    crl_filename = fields.Char(compute="_compute_crl_filename")
    crl_url = fields.Char(
        string="Address of the list",
        tracking=True,
        copy=False,
        help="From the authority's publications, http or https. The address in a certificate is never used.",
    )
    crl_head = fields.Binary(attachment=False, copy=False)
    crl_digest = fields.Char(string="SHA-256 of the list", readonly=True, copy=False)
    crl_number = fields.Char(string="Number of the list", readonly=True, copy=False)
    crl_from = fields.Datetime(string="List of", readonly=True, copy=False)
    crl_until = fields.Datetime(string="List good until", readonly=True, copy=False)
    crl_entries = fields.Integer(string="Revoked certificates", readonly=True, copy=False)
    crl_size = fields.Integer(string="Size of the list", readonly=True, copy=False, help="In bytes.")
    crl_taken_at = fields.Datetime(string="List taken at", readonly=True, copy=False)
    crl_origin = fields.Selection(
        [("upload", "Uploaded"), ("fetch", "Fetched")], string="Came by", readonly=True, copy=False
    )
    crl_tried_at = fields.Datetime(string="Last fetch", readonly=True, copy=False)
    crl_tries = fields.Integer(string="Failures in a row", readonly=True, copy=False)
    crl_due_at = fields.Datetime(string="Next fetch", readonly=True, copy=False)
    crl_error = fields.Char(string="Last error", readonly=True, copy=False)
    crl_state = fields.Selection(
        [("none", "No list"), ("good", "Good"), ("expired", "Out of date")],
        string="State of the list",
        compute="_compute_crl_state",
        search="_search_crl_state",
    )

    @api.depends("crl_number")
    def _compute_crl_filename(self):
        for anchor in self:
            anchor.crl_filename = f"{anchor.crl_number or 'list'}.crl"

    @api.depends("crl_until")
    def _compute_crl_state(self):
        now = fields.Datetime.now()
        for anchor in self:
            good = anchor.crl_until and anchor.crl_until > now
            anchor.crl_state = "good" if good else "expired" if anchor.crl_until else "none"

    def _search_crl_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        domains = {
            "none": Domain("crl_until", "=", False),
            "good": Domain("crl_until", ">", now),
            "expired": Domain("crl_until", "<=", now),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.constrains("crl_url")
    def _check_crl_url(self):
        for anchor in self.filtered("crl_url"):
            if not is_address(anchor.crl_url):
                raise Refusal("input.invalid", self.env._("The address of the list begins with http:// or https://."))

    # Intake

    @api.model_create_multi
    def create(self, vals_list):
        contents = [vals.get("crl") for vals in vals_list]
        anchors = super().create([{key: vals[key] for key in vals if key != "crl"} for vals in vals_list])
        for anchor, content in zip(anchors, contents, strict=True):
            if content:
                anchor._take_list(self._list_bytes(content), "upload")
        return anchors

    def write(self, vals):
        if "crl" not in vals or self.env.context.get("dvc_flow") is FLOW:
            if "crl_url" in vals:
                # A new address is asked soon, and what the old one answered says nothing of it.
                self._in_flow().write({"crl_due_at": False, "crl_tries": 0, "crl_error": False})
            return super().write(vals)
        rest = {key: vals[key] for key in vals if key != "crl"}
        done = self.write(rest) if rest else True
        self.check_access("write")
        for anchor in self:
            if vals["crl"]:
                anchor._take_list(self._list_bytes(vals["crl"]), "upload")
            else:
                anchor._drop_list()
        return done

    @api.model
    def _list_bytes(self, content) -> bytes:
        """Return the bytes of base64.

        :raise Refusal: input.invalid
        """
        try:
            return base64.b64decode(content, validate=False)
        except (ValueError, TypeError, binascii.Error):
            raise Refusal("input.invalid", self.env._(REFUSALS["form"])) from None

    def _take_list(self, data: bytes, origin: str) -> bool:
        """Keep a revocation list, if it is this authority's and newer than the one at hand.

        :param data: PEM or DER
        :param origin: upload or fetch
        :return: False where it is the one at hand
        :raise Refusal: crl.refused
        """
        self.ensure_one()
        try:
            found = read_list(data, self._der(), datetime.now(UTC))
            if found.digest == self.crl_digest:
                return False
            self._check_newer(found)
        except ListRefused as refused:
            raise Refusal("crl.refused", self.env._(REFUSALS[refused.reason])) from None
        self._in_flow().write(
            {
                "crl": base64.b64encode(found.der),
                "crl_head": base64.b64encode(head(found.der)),
                "crl_digest": found.digest,
                "crl_number": found.number,
                "crl_from": _naive(found.this_update),
                "crl_until": _naive(found.next_update),
                "crl_entries": found.entries,
                "crl_size": len(found.der),
                "crl_taken_at": fields.Datetime.now(),
                "crl_origin": origin,
                "crl_error": False,
                "crl_tries": 0,
                "crl_due_at": self._next_fetch(found.next_update),
            }
        )
        facts = {"number": found.number, "digest": found.digest, "entries": found.entries, "origin": origin}
        self._note("trust_anchor.list_taken", facts)
        self.env["dvc.signature"]._new_revocation_data(self._keys_concerned())
        return True

    def _check_newer(self, found) -> None:
        """Refuse a list that an attacker, or a stale mirror, has from before.

        :raise ListRefused: older
        """
        numbers = (found.number, self.crl_number or "")
        behind = all(number.isdecimal() for number in numbers) and int(numbers[0]) < int(numbers[1])
        if self.crl_from and (_naive(found.this_update) < self.crl_from or behind):
            raise ListRefused("older")

    @api.model
    def _next_fetch(self, next_update: datetime) -> datetime:
        """Return when to look for the next list: before this one ends, and once a day at least."""
        now = fields.Datetime.now()
        left = (_naive(next_update) - now) / 2
        return now + min(max(left, FRESH_AT_LEAST), FRESH_AT_MOST)

    def _list_reader(self):
        """Return what reads the list in whichever thread, at whatever time: from its file, not from the database."""
        self.ensure_one()
        domain = [("res_model", "=", self._name), ("res_field", "=", "crl"), ("res_id", "=", self.id)]
        # Only the place of the file is looked up; the list itself is public.
        attachment_sudo = self.env["ir.attachment"].sudo().search(domain, limit=1)
        if attachment_sudo.store_fname:
            return Path(attachment_sudo._full_path(attachment_sudo.store_fname)).read_bytes
        data = base64.b64decode(self.crl or b"")
        return lambda: data

    def _drop_list(self) -> None:
        self._in_flow().write({name: False for name in LIST_FACTS | {"crl"}})
        self._note("trust_anchor.list_removed", {})

    def _note(self, event: str, facts: dict) -> None:
        detail = {"fingerprint": self.fingerprint, "purpose": self.purpose, **facts}
        self.env["dvc.journal"]._log(event, record=self, detail=detail)

    def _keys_concerned(self) -> list[str]:
        """Return the keys of whose certificates this anchor's revocation data tells: its own, and those below it."""
        return [key for key in (self | self._below()).mapped("key_identifier") if key]

    # Fetching

    @api.model
    def _allowed_hosts(self) -> list[str]:
        """Return the hosts of the inside that revocation data may come from."""
        # Parameters are not readable by managers; only the system's administrators set this one.
        text = self.env["ir.config_parameter"].sudo().get_param(HOSTS) or ""
        return [host for host in text.replace(",", " ").lower().split() if host]

    def action_fetch_list(self):
        """Fetch the revocation list from the configured address now, and tell what came out."""
        self.ensure_one()
        self.check_access("write")
        if not self.crl_url:
            raise Refusal("crl.no_address", self.env._("No address is configured for this authority's list."))
        taken = self._fetch_list()
        if self.crl_error:
            return self._tell("danger", self.crl_error)
        if not taken:
            return self._tell("info", self.env._("The list at the address is the one at hand."))
        return self._tell(
            "success", self.env._("The list was taken: %(count)s revoked certificates.", count=self.crl_entries)
        )

    @api.model
    def _tell(self, kind: str, message: str) -> dict:
        after = {"type": "ir.actions.client", "tag": "soft_reload"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": message, "sticky": kind == "danger", "next": after},
        }

    def _fetch_list(self) -> bool:
        """Fetch and take the list; a failure is written down, and tried again later.

        :return: whether there was a new one
        """
        self.ensure_one()
        try:
            data = fetch_list(self.crl_url, self._allowed_hosts(), SIZE_MAX)
            taken = self._take_list(data, "fetch")
        except NotFetched as failure:
            return self._fetch_failed(self.env._(FETCH_FAILURES[failure.reason]), failure.status)
        except Refusal as refusal:
            return self._fetch_failed(str(refusal))
        now, values = fields.Datetime.now(), {"crl_error": False, "crl_tries": 0}
        if not taken:
            due = self.crl_until.replace(tzinfo=UTC) if self.crl_until else datetime.now(UTC)
            values["crl_due_at"] = self._next_fetch(due)
        self._in_flow().write({"crl_tried_at": now, **values})
        return taken

    def _fetch_failed(self, text: str, status: int = 0) -> bool:
        tries, now = self.crl_tries + 1, fields.Datetime.now()
        _logger.warning("No revocation list for trust anchor %s: %s", self.id, text)
        self._in_flow().write(
            {
                "crl_tried_at": now,
                "crl_tries": tries,
                "crl_due_at": now + retry.wait(tries, FETCH_FIRST, FETCH_LONGEST),
                "crl_error": f"{text} (HTTP {status})" if status else text,
            }
        )
        return False

    @api.model
    def _complete_lists(self) -> None:
        """Take in anew the lists that older versions kept without looking at them."""
        for anchor in self.search([("crl_digest", "=", False)]).filtered("crl"):
            try:
                anchor._take_list(base64.b64decode(anchor.crl), "upload")
            except Refusal as refusal:
                # A list that is not this authority's never counted for anything.
                anchor._in_flow().write({"crl": False, "crl_error": str(refusal)})

    @api.model
    def _cron_fetch_lists(self) -> None:
        """Fetch the lists that are due, those that waited longest first."""
        domain = Domain("crl_url", "!=", False) & (
            Domain("crl_due_at", "=", False) | Domain("crl_due_at", "<=", fields.Datetime.now())
        )
        domain &= Domain(self._trusted_domain())
        due, progress = self.search(domain, order="crl_due_at NULLS FIRST, id"), self.env["ir.cron"]
        progress._commit_progress(remaining=len(due))
        for anchor in due:
            anchor._fetch_list()
            if not progress._commit_progress(1):
                return


def _naive(moment: datetime) -> datetime:
    """Return a moment as Odoo keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
