import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

import { checkBadge, tellCheck } from "./check_badge";

const SIZE_MAX = 20 * 1024 * 1024;

/**
 * Send each file as soon as it is chosen, and show what its signatures are worth. Without this
 * script the files go with the form.
 */
export class DossierUpload extends Interaction {
    static selector = ".o_dvc_upload";
    dynamicContent = {
        "input[type=file]:not(.o_dvc_signature_file)": { "t-on-change": this.onChange },
        ".o_dvc_component select": { "t-on-change": this.onSelect },
        ".o_dvc_remove": { "t-on-click": this.onRemove },
        ".o_dvc_submit": { "t-att-disabled": () => this.sending > 0 },
        _root: { "t-on-submit": this.onSubmit },
    };

    setup() {
        this.sending = 0;
    }

    start() {
        document.querySelector(".o_dvc_errors")?.focus();
    }

    async onChange(ev) {
        const input = ev.currentTarget;
        const [file] = input.files;
        if (!file) {
            return;
        }
        const box = input.closest(".o_dvc_component");
        if (file.size > SIZE_MAX) {
            input.value = "";
            this.tell(box, _t("The file is larger than 20 MB."));
            return;
        }
        this.sending += 1;
        this.updateContent();
        this.tell(box, "");
        this.showSent(box, 0);
        try {
            const answer = await this.waitFor(this.send(box, file));
            if (answer.error) {
                this.tell(box, answer.error);
            } else {
                this.show(box, answer);
            }
            input.value = "";
        } catch {
            // No connection: the file stays in the form and goes with it.
            this.tell(box, _t("The file could not be sent now. It goes with the form."));
        } finally {
            this.showSent(box, -1);
            this.sending -= 1;
        }
    }

    /** Each file goes by itself and tells how far it is; ten at once do not wait for each other. */
    send(box, file) {
        const body = new FormData();
        body.append("csrf_token", odoo.csrf_token);
        body.append("component", box.dataset.component);
        body.append("file", file, file.name);
        const request = new XMLHttpRequest();
        request.open("POST", "/my/dossiers/upload");
        request.responseType = "json";
        request.upload.onprogress = ({ loaded, total }) => this.showSent(box, loaded / total);
        return new Promise((resolve, reject) => {
            request.onload = () => (request.response ? resolve(request.response) : reject(new Error()));
            request.onerror = () => reject(new Error());
            request.send(body);
        });
    }

    /**
     * @param {number} share from 0 to 1, less than 0: nothing is being sent
     */
    showSent(box, share) {
        const sending = box.querySelector(".o_dvc_sending");
        sending.classList.toggle("d-none", share < 0);
        sending.querySelector(".progress-bar").style.width = `${Math.round(100 * Math.max(share, 0))}%`;
        sending.querySelector("span").textContent =
            share < 1 ? _t("Sending the file…") : _t("The signatures are being checked…");
    }

    show(box, { id, filename, ...state }) {
        const chosen = box.querySelector(".o_dvc_chosen");
        chosen.querySelector(".o_dvc_chosen_name").textContent = filename;
        chosen.querySelector("input").value = id;
        chosen.querySelector(".o_dvc_chosen_verdict").replaceChildren(checkBadge({ id, ...state }));
        tellCheck(chosen, state);
        this.env.bus.trigger("DVC:CHECK-PENDING");
        chosen.classList.replace("d-none", "d-flex");
        const select = box.querySelector("select");
        if (select) {
            select.value = "";
        }
    }

    /** One component has one answer: what was chosen last counts. */
    onSelect(ev) {
        if (ev.currentTarget.value) {
            this.clear(ev.currentTarget.closest(".o_dvc_component"));
        }
    }

    onRemove(ev) {
        const box = ev.currentTarget.closest(".o_dvc_component");
        this.clear(box);
        box.querySelector("input[type=file]").focus();
    }

    clear(box) {
        const chosen = box.querySelector(".o_dvc_chosen");
        chosen.querySelector("input").value = "";
        chosen.querySelector(".o_dvc_chosen_name").textContent = "";
        chosen.querySelector(".o_dvc_chosen_verdict").replaceChildren();
        chosen.querySelector(".o_dvc_chosen_sentence").textContent = "";
        chosen.querySelector(".o_dvc_chosen_signers").textContent = "";
        chosen.classList.replace("d-flex", "d-none");
        box.querySelector("input[type=file]").value = "";
        this.tell(box, "");
    }

    tell(box, text) {
        box.querySelector(".o_dvc_error").textContent = text;
        box.classList.toggle("border-danger", Boolean(text));
        box.querySelector("input[type=file]").classList.toggle("is-invalid", Boolean(text));
    }

    onSubmit(ev) {
        if (this.sending) {
            ev.preventDefault();
            return;
        }
        this.sending = 1;
    }
}

registry.category("public.interactions").add("dvc_dossier.upload", DossierUpload);
