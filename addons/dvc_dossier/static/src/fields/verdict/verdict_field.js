import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

export const LOOKS = {
    pending: { icon: "fa-spinner", color: "info", label: _t("Being checked") },
    valid: { icon: "fa-check-circle", color: "success", label: _t("Signature valid") },
    amended: { icon: "fa-check-circle-o", color: "success", label: _t("Valid, amended by the agency") },
    modified: { icon: "fa-times-circle", color: "danger", label: _t("Changed after signing") },
    revoked: { icon: "fa-ban", color: "danger", label: _t("Certificate revoked") },
    expired: { icon: "fa-calendar-times-o", color: "danger", label: _t("Certificate expired") },
    untrusted: { icon: "fa-question-circle", color: "warning", label: _t("Signer not trusted") },
    unknown: { icon: "fa-hourglass-half", color: "warning", label: _t("Cannot be established yet") },
    unsupported: { icon: "fa-question-circle-o", color: "warning", label: _t("Kind of signature not supported") },
    unsigned: { icon: "fa-file-o", color: "secondary", label: _t("Not signed") },
    unreadable: { icon: "fa-chain-broken", color: "danger", label: _t("Unreadable") },
};

/**
 * What a signature check found, as an icon with its words; on narrow cards the icon alone. With a
 * method given, a click opens the evidence.
 */
export class DvcVerdictField extends Component {
    static template = "dvc_dossier.VerdictField";
    static props = {
        ...standardFieldProps,
        iconOnly: { type: Boolean, optional: true },
        method: { type: String, optional: true },
        pending: { type: Boolean, optional: true },
    };

    setup() {
        this.action = useService("action");
    }

    get look() {
        const { record, name, pending } = this.props;
        return LOOKS[record.data[name] || (pending ? "pending" : "")];
    }

    get isButton() {
        const { method, name, record } = this.props;
        return Boolean(method && record.resId && record.data[name]);
    }

    async open() {
        const { record, method } = this.props;
        const root = record.model.root;
        await this.action.doActionButton({
            type: "object",
            name: method,
            resModel: record.resModel,
            resId: record.resId,
            resIds: [record.resId],
            context: record.context,
            // A check that was made again may have changed the verdict.
            onClose: () => (root.dirty ? undefined : root.load()),
        });
    }
}

export const dvcVerdictField = {
    component: DvcVerdictField,
    displayName: _t("Signature verdict"),
    supportedTypes: ["selection", "char"],
    supportedOptions: [
        { label: _t("Icon only"), name: "icon_only", type: "boolean" },
        { label: _t("Method that opens the evidence"), name: "open", type: "string" },
        { label: _t("Without a verdict it is being checked"), name: "pending", type: "boolean" },
    ],
    extractProps: ({ options }) => ({
        iconOnly: Boolean(options.icon_only),
        method: options.open,
        pending: Boolean(options.pending),
    }),
};

registry.category("fields").add("dvc_verdict", dvcVerdictField);
