import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

import { checkBadge, tellCheck } from "./check_badge";

/**
 * Send the signature file of a chosen file, and show what both are worth together. Without this
 * script, or while the file itself is still under way, it goes with the form.
 */
export class SignatureFile extends Interaction {
    static selector = ".o_dvc_upload .o_dvc_component";
    dynamicContent = {
        ".o_dvc_signature_file": { "t-on-change": this.onChange },
        "input[type=file]:not(.o_dvc_signature_file)": { "t-on-change": this.forget },
        ".o_dvc_remove": { "t-on-click": this.forget },
        select: { "t-on-change": this.forget },
    };

    async onChange(ev) {
        const input = ev.currentTarget;
        const [file] = input.files;
        const upload = this.el.querySelector(".o_dvc_chosen input[type=hidden]").value;
        if (!file || !upload) {
            return;
        }
        this.tell("");
        try {
            const answer = await this.waitFor(this.send(upload, file));
            if (answer.error) {
                this.tell(answer.error);
            } else {
                this.show(answer);
            }
            input.value = "";
        } catch {
            this.tell(_t("The file could not be sent now. It goes with the form."));
        }
    }

    async send(upload, file) {
        const body = new FormData();
        body.append("csrf_token", odoo.csrf_token);
        body.append("component", this.el.dataset.component);
        body.append("upload", upload);
        body.append("file", file, file.name);
        const response = await fetch("/my/dossiers/upload/signature", { method: "POST", body });
        return response.json();
    }

    show({ filename, ...state }) {
        const name = this.el.querySelector(".o_dvc_signature_name");
        name.querySelector("span").textContent = filename;
        name.classList.remove("d-none");
        const chosen = this.el.querySelector(".o_dvc_chosen");
        chosen.querySelector(".o_dvc_chosen_verdict").replaceChildren(checkBadge(state));
        tellCheck(chosen, state);
        this.env.bus.trigger("DVC:CHECK-PENDING");
    }

    /** Another file has another signature. */
    forget() {
        const name = this.el.querySelector(".o_dvc_signature_name");
        name.querySelector("span").textContent = "";
        name.classList.add("d-none");
        this.el.querySelector(".o_dvc_signature_file").value = "";
    }

    tell(text) {
        this.el.querySelector(".o_dvc_error").textContent = text;
        this.el.classList.toggle("border-danger", Boolean(text));
        this.el.querySelector(".o_dvc_signature_file").classList.toggle("is-invalid", Boolean(text));
    }
}

registry.category("public.interactions").add("dvc_dossier.signature_file", SignatureFile);
