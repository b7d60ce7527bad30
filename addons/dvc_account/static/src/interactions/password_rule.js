import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** What the server asks of a password (domain/one_time_code.py); what it may not contain only the server knows. */
const RULES = {
    length: (text) => text.length >= 8,
    mixed: (text) => /\p{L}/u.test(text) && /[^\p{L}]/u.test(text),
    different: (text) => new Set(text).size >= 5,
};
const STRONG = 14;

/** Tick off the rules while a password is typed, and say how strong it is. */
export class PasswordRule extends Interaction {
    static selector = ".o_dvc_password_rule";
    dynamicSelectors = {
        ...this.dynamicSelectors,
        _input: () => document.querySelector(this.el.dataset.input),
    };
    dynamicContent = {
        _input: { "t-on-input": () => {} },
        "[data-rule] > i": {
            "t-att-class": (el) => {
                const kept = this.keeps(el.parentElement.dataset.rule);
                return { "fa-circle-o": !kept, "fa-check-circle": kept, "text-success": kept };
            },
        },
        "[data-strength]": {
            "t-att-class": (el) => ({ "d-none": el.dataset.strength !== this.strength }),
        },
    };

    get text() {
        return document.querySelector(this.el.dataset.input)?.value || "";
    }

    keeps(rule) {
        return RULES[rule](this.text);
    }

    get strength() {
        if (!this.text) {
            return "";
        }
        if (!Object.keys(RULES).every((rule) => this.keeps(rule))) {
            return "weak";
        }
        return this.text.length >= STRONG ? "strong" : "fair";
    }
}

registry.category("public.interactions").add("dvc_account.password_rule", PasswordRule);
