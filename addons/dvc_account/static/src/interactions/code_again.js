import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Count down until another code may be asked for. Without this script the server alone keeps the time. */
export class CodeAgain extends Interaction {
    static selector = ".o_dvc_code_again";
    dynamicContent = {
        "button[type=submit]": { "t-att-disabled": () => this.left > 0 },
        ".o_dvc_countdown": { "t-out": () => (this.left > 0 ? `(${this.left} s)` : "") },
    };

    setup() {
        this.until = Date.now() + 1000 * (parseInt(this.el.dataset.seconds) || 0);
        this.tick();
    }

    get left() {
        // By the clock: a phone that slept must not count on from where it was.
        return Math.max(0, Math.ceil((this.until - Date.now()) / 1000));
    }

    tick() {
        if (this.left > 0) {
            this.waitForTimeout(() => this.tick(), 500);
        }
    }
}

registry.category("public.interactions").add("dvc_account.code_again", CodeAgain);
