# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.tools import format_datetime, human_size
from odoo.tools.translate import LazyTranslate

from .. import signature_reasons
from ..domain import signer_match
from ..report.signature_report import Mark, Sheet, SignatureCard

_lt = LazyTranslate(__name__)

TIME_ZONE = "Asia/Ho_Chi_Minh"
KINDS = {
    "pdf": _lt("PDF"),
    "png": _lt("PNG picture"),
    "jpg": _lt("JPEG picture"),
    "zip": _lt("Office file"),
    "xml": _lt("XML"),
    "cms": _lt("Signature apart from its document (P7S)"),
}
MATCHES = {
    signer_match.OWN: _lt("The applicant"),
    signer_match.OTHER: _lt("Another person than the applicant"),
    signer_match.UNTOLD: _lt("Cannot be told"),
    signer_match.AGENCY: _lt("An agency"),
}
KEY_USAGES = {
    "digital_signature": _lt("digital signature"),
    "non_repudiation": _lt("non-repudiation"),
    "key_encipherment": _lt("key encipherment"),
    "data_encipherment": _lt("data encipherment"),
    "key_agreement": _lt("key agreement"),
    "key_cert_sign": _lt("signing of certificates"),
    "crl_sign": _lt("signing of revocation lists"),
}


class DvcSignatureCheck(models.Model):
    """What is shown of a check: on the screen, to the citizen and on paper alike."""

    _inherit = "dvc.signature.check"

    @api.model
    def _mark(self, verdict: str, reason: str) -> Mark:
        """Return a verdict as people see it, in their language."""
        labels = dict(self._fields["verdict"]._description_selection(self.env))
        color, icon = signature_reasons.VERDICT_LOOKS.get(verdict, ("secondary", "fa-question"))
        sentence = signature_reasons.sentence(self.env, reason, verdict)
        return Mark(verdict, color, icon, labels.get(verdict, verdict), sentence)

    def _sheet(self, owner: str | None = None, public: bool = False) -> Sheet:
        """Return what is shown of the check.

        :param owner: keyed hash of the number of the one whose file it is; None: as far as the check tells
        :param public: for the citizen: without staff's names and the checker's own words
        """
        self.ensure_one()
        # Rights on the check itself are the caller's matter; its parts are shown with it.
        check_sudo = self.sudo()
        owner = check_sudo._owner_hash() if owner is None else owner
        matches = self._match_signers([(check_sudo, owner)]).get((self.id, owner), [])
        known = check_sudo.trust_id._by_fingerprint()
        lines = check_sudo.signatures or []
        cards = [
            check_sudo._card(line, match, known, bool(owner), public)
            for line, match in zip(lines, matches, strict=True)
        ]
        return Sheet(
            mark=self._mark(check_sudo.verdict, check_sudo.reason),
            filename=check_sudo.filename or "",
            lines=tuple(_filled(check_sudo._file_lines(public))),
            cards=tuple(cards),
            opinions=() if public else tuple(self._opinion_lines()),
            is_sandbox=check_sudo.is_sandbox,
            warnings=tuple(self.env._(signature_reasons.ACTIVE[code]) for code in check_sudo.active_content or []),
        )

    def _owner_hash(self) -> str:
        """Hook: return the keyed hash of the number of the one whose file it is; in sudo."""
        return self.account_id.citizen_id_hash or ""

    def _opinion_lines(self) -> list[tuple[str, str, str]]:
        """Hook: return outcome, who and when, and note of each second opinion."""
        return []

    def _local_text(self, moment) -> str:
        """Return a moment, stored or as UTC text, in Vietnam's time; empty where there is none."""
        moment = fields.Datetime.to_datetime(moment or False)
        return format_datetime(self.env, moment, tz=TIME_ZONE, dt_format="HH:mm:ss dd/MM/yyyy") if moment else ""

    def _file_lines(self, public: bool) -> list[tuple[str, str]]:
        _ = self.env._
        causes = dict(self._fields["cause"]._description_selection(self.env))
        kind = self.env._(KINDS[self.kind]) if self.kind in KINDS else ""
        size = human_size(self.size) if self.size else ""
        lines = [
            (_("Kind and size"), ", ".join(filter(None, [kind, size]))),
            (_("Checksum (SHA-256)"), self.sha256),
            (_("Checked on"), self._local_text(self.at)),
        ]
        if not public:
            lines += [(_("Checked by"), self.user_id.name), (_("Checked because of"), causes.get(self.cause))]
        lines += [
            (_("Agency"), self.company_id.name),
            (_("Checked with"), self.software),
            (_("Trusted authorities"), self._trust_text()),
        ]
        return lines

    def _trust_text(self) -> str:
        """Return whom the check trusted: how many, and the digest that tells exactly whom."""
        trust = self.trust_id
        if not trust:
            return ""
        count = sum(not anchor["intermediate"] for anchor in trust.anchors or [])
        return self.env._("%(count)s, digest %(digest)s", count=count, digest=trust.digest[:16])

    def _card(self, line: dict, match, known: dict, is_owned: bool, public: bool) -> SignatureCard:
        """Return what is shown of one signature.

        :param line: as kept
        :param match: the SignerMatch
        :param known: trusted certificates by fingerprint, see dvc.signature.trust
        :param is_owned: it is known whose file it is
        """
        told = bool(line.get("fingerprint"))
        lines = self._signer_lines(line, match, is_owned) + self._outcome_lines(line, known) if told else []
        technical = [] if public else [(self.env._("Code of the reason"), _technical(line))]
        return SignatureCard(
            mark=self._mark(line.get("verdict"), line.get("reason") or ""),
            signer=line.get("signer") or "",
            lines=tuple(_filled(lines + technical)),
            certificate=tuple(_filled(self._certificate_lines(line, known))) if told else (),
            warnings=tuple(self._warnings(line, match, public)),
            is_sandbox=self._is_sandbox_line(line, known),
        )

    def _signer_lines(self, line: dict, match, is_owned: bool) -> list[tuple[str, str]]:
        _ = self.env._
        number = line.get("tax_id") or ""
        # Evidence of before does not tell which of the two it is.
        kind = "" if "agency_id" not in line else "MNS" if number == line["agency_id"] else "MST"
        claimed = self._local_text(line.get("claimed_at"))
        shown = match.match in (signer_match.AGENCY, signer_match.OTHER) or is_owned
        return [
            (_("Organisation"), line.get("organisation")),
            (_("Identification number"), line.get("citizen_id_masked")),
            (_("Organisation's number"), number and f"{kind} {number}".strip()),
            (_("Signed by"), self.env._(MATCHES[match.match]) if shown else ""),
            (_("Time of signing"), self._time_text(line)),
            (_("Time by the signer's clock"), claimed if line.get("timestamped") else ""),
        ]

    def _time_text(self, line: dict) -> str:
        moment = self._local_text(line.get("signed_at"))
        if not moment:
            return self.env._("Not told")
        if not line.get("timestamped"):
            return self.env._("%(moment)s, by the signer's clock only: not proven", moment=moment)
        authority = line.get("stamp_authority")
        if not authority:
            return self.env._("%(moment)s, proven by a time stamp", moment=moment)
        return self.env._("%(moment)s, proven by %(authority)s", moment=moment, authority=authority)

    def _outcome_lines(self, line: dict, known: dict) -> list[tuple[str, str]]:
        _ = self.env._
        anchor, digest = known.get(line.get("anchor") or ""), line.get("digest") or ""
        trusted = _("Leads to a trusted authority") if line.get("trusted") else _("Not established")
        if line.get("verdict") == "untrusted":
            trusted = _("Does not lead to a trusted authority")
        return [
            (_("Integrity"), _("Nothing was changed") if line.get("intact") else _("Changed or damaged")),
            (_("Covers"), self._coverage_text(line)),
            (_("Authority"), ": ".join(filter(None, [trusted, anchor and anchor["name"]]))),
            (_("Revocation"), self._revocation_text(line)),
            (_("Form of the signature"), line.get("level")),
            (_("Digest"), digest.upper()),
        ]

    def _coverage_text(self, line: dict) -> str:
        if line.get("covers_whole_file"):
            return self.env._("The whole file")
        if line.get("verdict") == "amended":
            return self.env._("What stood in the file then; what came later is covered by the agency's signature")
        if line.get("intact") and line.get("verdict") != "modified":
            return self.env._("What stood in the file then; only signatures and proofs were added since")
        return self.env._("Not the file as it is now")

    def _revocation_text(self, line: dict) -> str:
        _ = self.env._
        if line.get("revoked"):
            moment = self._local_text(line.get("revoked_at"))
            return _("Revoked on %(moment)s", moment=moment) if moment else _("Revoked")
        revocation = line.get("revocation") or {}
        sources = {"crl": _("revocation list (CRL)"), "ocsp": _("answer of the authority (OCSP)")}
        source = sources.get(revocation.get("source"))
        if not source:
            return "" if line.get("trusted") else _("Not known")
        moment = self._local_text(revocation.get("at"))
        if not line.get("trusted"):
            return _("%(basis)s of %(moment)s", basis=source.capitalize(), moment=moment)
        return _("Not revoked, by the %(basis)s of %(moment)s", basis=source, moment=moment)

    def _certificate_lines(self, line: dict, known: dict) -> list[tuple[str, str]]:
        _ = self.env._
        validity = " – ".join(filter(None, map(self._local_text, (line.get("valid_from"), line.get("valid_to")))))
        usages = [
            str(self.env._(KEY_USAGES[name])) if name in KEY_USAGES else name for name in line.get("key_usage", [])
        ]
        return [
            (_("Issued by"), line.get("issuer")),
            (_("Serial number"), line.get("serial")),
            (_("Certificate valid"), validity),
            (_("Key usage"), ", ".join(usages)),
            (_("Path"), "\n".join(self._path_lines(line, known))),
            (_("Fingerprint (SHA-256)"), line.get("fingerprint")),
        ]

    def _path_lines(self, line: dict, known: dict) -> list[str]:
        """Return the path, signer first; where it ends at an authority of ours, with its name and purpose."""
        steps = [f"{number}. {subject}" for number, subject in enumerate(line.get("path") or [], 1)]
        anchor = known.get(line.get("anchor") or "")
        if anchor:
            purposes = dict(self.env["dvc.trust.anchor"]._fields["purpose"]._description_selection(self.env))
            steps.append(
                self.env._(
                    "Trusted authority: %(name)s (%(purpose)s)",
                    name=anchor["name"],
                    purpose=purposes[anchor["purpose"]],
                )
            )
        return steps

    def _warnings(self, line: dict, match, public: bool) -> list[str]:
        """Hook: return what is to be looked at before anything else."""
        warnings = []
        if match.ended_at:
            moment = self._local_text(match.ended_at)
            warnings.append(
                self.env._("The certificate was reported lost at %(moment)s.", moment=moment)
                if match.lost
                else self.env._("The certificate was put out of use at %(moment)s.", moment=moment)
            )
        if match.match == signer_match.OTHER and not public:
            warnings.append(self.env._("Signed by somebody else than the applicant: ask on whose behalf."))
        return warnings


def _filled(lines) -> list[tuple[str, str]]:
    return [(label, value) for label, value in lines if value]


def _technical(line: dict) -> str:
    return " · ".join(filter(None, [line.get("reason"), line.get("technical"), line.get("field")]))
