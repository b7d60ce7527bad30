import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

import { checkBadge, tellCheck } from "./check_badge";

const FIRST = 1000;
const LONGEST = 8000;
// What is not done then is told by the link to look again.
const ASKED_MAX = 60;

/**
 * Ask what became of the checks that had not ended when the page was made, less and less often.
 * Without this script a link to look again does the same.
 */
export class PendingChecks extends Interaction {
    static selector = ".o_dvc_upload, .o_dvc_checks";

    setup() {
        this.url = this.el.dataset.url;
        this.onPending = () => this.begin();
        this.env.bus.addEventListener("DVC:CHECK-PENDING", this.onPending);
        this.registerCleanup(() => this.env.bus.removeEventListener("DVC:CHECK-PENDING", this.onPending));
    }

    start() {
        this.begin();
    }

    get badges() {
        return [...this.el.querySelectorAll(".o_dvc_pending")];
    }

    begin() {
        this.asked = 0;
        this.pause = FIRST;
        if (!this.timer && this.badges.length) {
            this.later();
        }
    }

    later() {
        this.timer = this.waitForTimeout(() => this.ask(), this.pause);
    }

    async ask() {
        const ids = this.badges.map((badge) => badge.dataset.pending);
        const url = this.url || `/my/dossiers/uploads?ids=${ids.join(",")}`;
        try {
            const response = await this.waitFor(fetch(url));
            const { files } = await this.waitFor(response.json());
            this.show(files);
        } catch {
            // No connection, or the session has ended: the next question, or the link, will tell.
        }
        this.timer = undefined;
        this.asked += 1;
        this.pause = Math.min(this.pause * 1.5, LONGEST);
        if (this.badges.length && this.asked < ASKED_MAX) {
            this.later();
        } else if (!this.badges.length) {
            document.querySelector(".o_dvc_check_again")?.remove();
        }
    }

    show(files) {
        for (const state of files.filter((file) => !file.pending)) {
            const badge = this.el.querySelector(`.o_dvc_pending[data-pending="${state.id}"]`);
            const chosen = badge?.closest(".o_dvc_chosen");
            badge?.replaceWith(checkBadge(state));
            if (chosen) {
                tellCheck(chosen, state);
            }
        }
    }
}

registry.category("public.interactions").add("dvc_dossier.pending_checks", PendingChecks);
