# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models


class DvcDataRequestTexts(models.Model):
    """The usual words of an answer; whoever answers changes them as the case needs."""

    _inherit = "dvc.data.request"

    def _usual_text(self, verb: str) -> str:
        """Return the text a dialog begins with, in the language of ``self``; empty where there is no usual one."""
        self.ensure_one()
        if verb == "answer":
            return self._usual_answers().get(self.type, "")
        if verb == "finish":
            return self._usual_endings().get(self.type, "")
        if verb == "refuse":
            return self._usual_refusal()
        if verb == "extend":
            return self.env._("The request needs data from several units to be compared; we ask for your patience.")
        return ""

    def _usual_answers(self) -> dict[str, str]:
        _ = self.env._
        return {
            "access": _(
                "We have received your request. Everything that is kept about you can be downloaded at once on the page"
                " My data, after a code to your phone; what you cannot find there we give you at the desk."
            ),
            "correction": _(
                "We have received your request. We compare what is kept with your papers and correct it; please bring"
                " your identity card where the four facts of the card are concerned."
            ),
            "restriction": _(
                "We have received your request. Until it is decided your data are used only for dossiers under way, as"
                " the law on the procedure demands."
            ),
            "objection": _(
                "We have received your request. Processing that the law demands for your dossiers goes on; any other"
                " use is examined and ended where it has no other ground."
            ),
            "deletion": _(
                "We have received your request. Dossiers, receipts and the log of processing are kept for as long as"
                " the law demands; everything else is deleted, and your login is closed. This cannot be undone."
            ),
            "withdrawal": _(
                "We have received your request. What rested on your consent is ended; what was done before stays"
                " lawful."
            ),
        }

    def _usual_endings(self) -> dict[str, str]:
        _ = self.env._
        return {
            "access": _("What is kept about you was given to you in full."),
            "correction": _("The data you named were corrected."),
            "restriction": _("The processing you named was restricted."),
            "objection": _("The processing you named was ended."),
            "withdrawal": _("Your consent is noted as withdrawn, and the processing that rested on it was ended."),
        }

    def _usual_refusal(self) -> str:
        if self.type == "deletion":
            return self.env._(
                "The data are processed by a state agency for dossiers under way or kept by law, and cannot be deleted"
                " now."
            )
        return self.env._("The data are processed by a state agency as the law demands.")
