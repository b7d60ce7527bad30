# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What the verdict of a signature check means, and what to do about it, in words for the desk and the citizen.

Evidence keeps codes; the sentence is made when somebody reads it, in their language. A new code of
``signing/reasons.py`` gets its sentence here.
"""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# verdict: (Bootstrap colour, icon); never the colour alone.
VERDICT_LOOKS = {
    "valid": ("success", "fa-check-circle"),
    "amended": ("success", "fa-check-circle-o"),
    "modified": ("danger", "fa-times-circle"),
    "revoked": ("danger", "fa-ban"),
    "expired": ("danger", "fa-calendar-times-o"),
    "untrusted": ("warning", "fa-question-circle"),
    "unknown": ("warning", "fa-hourglass-half"),
    "unsupported": ("warning", "fa-question-circle-o"),
    "unsigned": ("secondary", "fa-file-o"),
    "unreadable": ("danger", "fa-chain-broken"),
}
# What a file does beyond showing pages, see signing/active_content.py.
ACTIVE = {
    "javascript": _lt("The file runs a program (JavaScript): what it shows may change. Look at it in the preview."),
    "launch": _lt("The file can start another program. Do not open it outside of the preview."),
    "submit": _lt("The file can send what is typed into it to another server."),
    "remote": _lt("The file can open other files."),
    "media": _lt("The file holds sound, films or moving pictures."),
    "attachment": _lt("The file carries other files, which were not checked."),
    "xfa": _lt("The form is drawn by a program (XFA): not every viewer shows the same."),
}
REASONS = {
    "valid": _lt(
        "The digital signature is valid: nothing was changed since it was signed, and the certificate was in force at"
        " the time of signing. Nothing more needs to be done."
    ),
    "amended": _lt(
        "Valid when it was signed; what was added since, such as the number or the seal, is covered by the valid"
        " signature of the agency. The file may be used."
    ),
    "changed": _lt(
        "The content was changed after it was signed. The file cannot be used: take the original from the signer, or"
        " have it signed again."
    ),
    "drawn_over": _lt(
        "A later signature, which is not the agency's, lays a picture over the signed page, so that it may no longer"
        " show what was signed. Take the file as it was before, or have it signed again."
    ),
    "form_changed": _lt(
        "Form fields were filled in or changed after it was signed. Fill the form in first, then sign, and hand the"
        " new file in."
    ),
    "not_covered": _lt(
        "The signature does not cover the whole document, so it does not show what was signed. Have the whole document"
        " signed again."
    ),
    "removed": _lt("A signature was taken out of this file. Ask for the original file with all its signatures."),
    "leading_data": _lt(
        "There is foreign data before the start of the file. Take the original file from the signer, without passing it"
        " through another program."
    ),
    "trailing_data": _lt(
        "Data was added behind the end of the signed file. Take the original file from the signer, without passing it"
        " through another program."
    ),
    "damaged_file": _lt(
        "The file carries a signature, but is damaged, so the signature cannot be believed. Take the original file and"
        " hand it in again."
    ),
    "damaged_signature": _lt(
        "The signature itself is damaged and proves nothing. Have the document signed again and hand the new file in."
    ),
    "broken_hash": _lt(
        "The content does not match the signature: it was changed after signing. Take the original from the signer, or"
        " have it signed again."
    ),
    "no_certificate": _lt(
        "The signer's certificate is missing from the file, so it cannot be told who signed. Sign again with a program"
        " that includes the certificate."
    ),
    "wrong_certificate": _lt(
        "The signature was not made with the key of the certificate that it names. The file cannot be used: ask the"
        " signer, and have it signed again."
    ),
    "broken_time_stamp": _lt(
        "The time stamp of the file does not match its content: the file was changed. Take the original file."
    ),
    "false_time_stamp": _lt(
        "A time stamp was put in the place of a person's signature. It is nobody's signature: have the document signed."
    ),
    "revoked": _lt(
        "The certificate was revoked before the time that can be proven for this signature. The signer needs a new"
        " certificate and signs again."
    ),
    "authority_revoked": _lt(
        "The certificate of the authority that issued the signer's certificate was revoked. The signer asks the"
        " provider for a new certificate and signs again."
    ),
    "expired": _lt(
        "The certificate had expired, and no trusted time stamp proves that it was signed before that. Renew the"
        " certificate and sign again."
    ),
    "not_yet_valid": _lt(
        "The certificate was not in force yet at the time of signing. Sign again once it is, and check the clock of the"
        " computer."
    ),
    "no_path": _lt(
        "The certificate was not issued by an authority that this agency trusts. Use a certificate of a licensed"
        " provider; where the authority is a licensed one, tell the administrator."
    ),
    "path_rules": _lt(
        "The certificate, or one of the authorities above it, breaks the rules under which it was issued. The signer"
        " asks the provider for a proper certificate and signs again."
    ),
    "key_usage": _lt(
        "This certificate is not for signing documents. Sign again with a certificate for digital signatures."
    ),
    "revocation_unknown": _lt(
        "The content is intact, but it is not known whether the certificate was revoked, as there is no recent"
        " revocation list. The file is checked again by itself; no new signature is needed now."
    ),
    "not_established": _lt(
        "The content is intact, but there is not enough to tell whether the signature was valid when it was made. Check"
        " it again later, or ask the signer."
    ),
    "weak_digest": _lt(
        "The signature uses an outdated method (such as SHA-1) that is not safe any more. Sign again with a current"
        " program (SHA-256 or better)."
    ),
    "weak_key": _lt(
        "The key of the certificate is too short to be safe. The signer asks the provider for a new certificate and"
        " signs again."
    ),
    "time_stamp": _lt("This is a time stamp of the file, not a person's signature; it is not judged by itself."),
    "not_checked": _lt(
        "The file could not be checked at this moment, which says nothing about it. It is checked again by itself."
    ),
    "kind": _lt(
        "There is a signature, of a kind that cannot be checked here. Hand in a PDF signed the usual way (PAdES), or"
        " look at it on the national checking page."
    ),
    "algorithm": _lt(
        "There is a signature, made by a method that cannot be checked here. Sign again with an RSA or ECDSA"
        " certificate of a licensed provider."
    ),
    "no_certificate_named": _lt(
        "There is a signature, but it does not say in a checkable way which certificate made it. Sign again with a"
        " current program (PAdES), or look at it on the national checking page."
    ),
    "part_signed": _lt(
        "There is a signature, but it covers only a part of the document, or what stands beside it can change what is"
        " shown. Have the whole document signed, or look at it on the national checking page."
    ),
    "content_missing": _lt(
        "The signature stands apart from the document it belongs to. Hand the signed document in together with it."
    ),
    "office": _lt(
        "Signatures in this Word or office file cannot be checked. Save it as PDF, sign the PDF and hand that in."
    ),
    "container": _lt(
        "Signatures in this container of several files cannot be checked. Hand the signed document itself in, as PDF."
    ),
    "unsigned": _lt(
        "The file has no digital signature. It is treated as a scan: where the procedure wants a signature, sign it and"
        " hand it in again."
    ),
    "encrypted": _lt("The file is locked with a password. Remove the password, sign and hand it in again."),
    "damaged": _lt("The file is damaged and cannot be opened. Make the file again and hand it in again."),
    "format": _lt("This is not a kind of file that can be checked. Hand in a PDF."),
    "too_many": _lt("The file has more signatures than can be checked (64). Hand it in with fewer signatures."),
    "limits": _lt(
        "The file is too large or too complicated to be checked. Save it again as a plain PDF, sign and hand it in"
        " again."
    ),
}
# Checks kept before there were reasons, and codes of a later version: what their verdict says by itself.
BY_VERDICT = {
    "valid": "valid",
    "amended": "amended",
    "modified": "changed",
    "revoked": "revoked",
    "expired": "expired",
    "untrusted": "no_path",
    "unknown": "not_established",
    "unsupported": "kind",
    "unsigned": "unsigned",
    "unreadable": "damaged",
}


def sentence(env, reason: str, verdict: str = "") -> str:
    """Return the sentence of a reason in the language of ``env``.

    :param reason: a code of ``signing/reasons.py``
    :param verdict: says it where the reason has no words
    """
    text = REASONS.get(reason) or REASONS.get(BY_VERDICT.get(verdict, ""))
    return env._(text) if text else ""
