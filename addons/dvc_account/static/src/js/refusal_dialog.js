import { WarningDialog } from "@web/core/errors/error_dialogs";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * What a refusal says, without the code in brackets, which is for programs.
 */
export class RefusalDialog extends WarningDialog {
    setup() {
        super.setup();
        this.message = this.message.replace(/^\[[\w.]+\]\s*/, "");
    }

    inferTitle() {
        return _t("This cannot be done");
    }
}

registry.category("error_dialogs").add("odoo.addons.dvc_account.exceptions.Refusal", RefusalDialog);
