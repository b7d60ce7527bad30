import { _t } from "@web/core/l10n/translation";

/**
 * Return the badge that tells what a file's signatures are worth, or that they are being checked.
 *
 * @param {{id: number, pending: boolean, verdict: string, color: string, icon: string}} state as the server tells it
 */
export function checkBadge({ id, pending, verdict, color, icon }) {
    const badge = document.createElement("span");
    badge.className = `badge rounded-pill text-bg-${color} o_dvc_verdict`;
    if (pending) {
        badge.classList.add("o_dvc_pending");
        badge.dataset.pending = id;
    }
    const mark = document.createElement("i");
    mark.className = `fa ${icon} me-1`;
    mark.ariaHidden = "true";
    badge.append(mark, verdict);
    return badge;
}

/**
 * Say beside a chosen file what its verdict means, and who signed.
 *
 * @param {Element} place that holds the badge, or an element around it
 * @param {{sentence: string, signers: string}} state as the server tells it
 */
export function tellCheck(place, { sentence, signers }) {
    const words = { o_dvc_chosen_sentence: sentence, o_dvc_chosen_signers: signers ? _t("Signed by: %s", signers) : "" };
    for (const [name, text] of Object.entries(words)) {
        const element = place.querySelector(`.${name}`);
        if (element) {
            element.textContent = text || "";
        }
    }
}
