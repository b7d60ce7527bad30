import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const SIZE_MAX = 20 * 1024 * 1024;

/**
 * Send each file as soon as it is chosen, and show what its signatures are worth. Without this
 * script the files go with the form.
 */
export class DossierUpload extends Interaction {
    static selector = ".o_dvc_upload";
    dynamicContent = {
        "input[type=file]": { "t-on-change": this.onChange },
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
        try {
            const answer = await this.waitFor(this.send(box.dataset.component, file));
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
            this.sending -= 1;
        }
    }

    async send(component, file) {
        const body = new FormData();
        body.append("csrf_token", odoo.csrf_token);
        body.append("component", component);
        body.append("file", file, file.name);
        const response = await fetch("/my/dossiers/upload", { method: "POST", body });
        return response.json();
    }

    show(box, { id, filename, verdict, color, icon, sentence, signers }) {
        const chosen = box.querySelector(".o_dvc_chosen");
        chosen.querySelector(".o_dvc_chosen_name").textContent = filename;
        chosen.querySelector("input").value = id;
        const badge = document.createElement("span");
        badge.className = `badge rounded-pill text-bg-${color} o_dvc_verdict`;
        const mark = document.createElement("i");
        mark.className = `fa ${icon} me-1`;
        mark.ariaHidden = "true";
        badge.append(mark, verdict);
        chosen.querySelector(".o_dvc_chosen_verdict").replaceChildren(badge);
        chosen.querySelector(".o_dvc_chosen_sentence").textContent = sentence;
        chosen.querySelector(".o_dvc_chosen_signers").textContent = signers ? _t("Signed by: %s", signers) : "";
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
