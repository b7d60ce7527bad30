import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { DeadlineProofDialog } from "./deadline_proof_dialog";

/**
 * Button that explains the deadlines of a dossier.
 */
export class DeadlineProof extends Component {
    static template = "dvc_dossier.DeadlineProof";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
    }

    async explain() {
        const { code } = this.props.record.data;
        const { receive, due } = await this.orm.call("dvc.dossier", "deadline_proof", [code]);
        this.dialog.add(DeadlineProofDialog, { code, receive, due });
    }
}

export const deadlineProof = {
    component: DeadlineProof,
    fieldDependencies: [{ name: "code", type: "char" }],
};

registry.category("view_widgets").add("dvc_deadline_proof", deadlineProof);
