import { Component, onWillDestroy, onWillUpdateProps, useState } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { reading } from "./remaining";
import { onTick } from "./ticker";

const STANDING = ["supplement", "payment"];
const ICONS = {
    on_time: "fa-clock-o",
    at_risk: "fa-hourglass-half",
    late: "fa-exclamation-circle",
    standing: "fa-pause-circle",
    met: "fa-check-circle",
    missed: "fa-times-circle",
};

/**
 * The time left until a deadline, counting in the browser: no request is made for it.
 */
export class DvcCountdownField extends Component {
    static template = "dvc_dossier.CountdownField";
    static props = {
        ...standardFieldProps,
        proof: { type: String, optional: true },
    };

    setup() {
        this.state = useState({ level: "none", text: "" });
        this.show(this.props, Date.now());
        onWillUpdateProps((props) => this.show(props, Date.now()));
        onWillDestroy(onTick((now) => this.show(this.props, now)));
    }

    show({ record, name, proof }, now) {
        const data = record.data;
        const submitted = data.state === "submitted";
        const read = reading(
            {
                deadline: data[name]?.toMillis?.(),
                risk: data.sla_risk_at?.toMillis?.(),
                outcome: data.sla_outcome,
                standing: STANDING.includes(data.state),
                intervals: submitted && proof ? data[proof]?.intervals : undefined,
            },
            now
        );
        // Rows whose words did not change are not drawn again.
        Object.assign(this.state, read);
    }

    get icon() {
        return ICONS[this.state.level];
    }

    get title() {
        const value = this.props.record.data[this.props.name];
        return value ? _t("Deadline: %(moment)s", { moment: formatDateTime(value) }) : "";
    }
}

export const dvcCountdownField = {
    component: DvcCountdownField,
    displayName: _t("Countdown"),
    supportedTypes: ["datetime"],
    supportedOptions: [
        {
            label: _t("Proof of the working hour"),
            name: "proof",
            type: "field",
            availableTypes: ["json"],
            help: _t("Counts working time while the dossier waits to be received."),
        },
    ],
    fieldDependencies: ({ options }) => [
        { name: "state", type: "selection" },
        { name: "sla_risk_at", type: "datetime" },
        { name: "sla_outcome", type: "selection" },
        ...(options.proof ? [{ name: options.proof, type: "json" }] : []),
    ],
    extractProps: ({ options }) => ({ proof: options.proof }),
    isEmpty: () => false,
};

registry.category("fields").add("dvc_countdown", dvcCountdownField);
