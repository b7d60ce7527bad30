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
