import { Component, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { LOOKS } from "../../fields/verdict/verdict_field";

const SIZE_MAX = 20 * 1024 * 1024;

/**
 * Several files chosen at once: each goes to a component of the list, the one whose code its name
 * holds or the next that has none, and tells by itself what its signatures are worth.
 */
export class DvcIntakeFiles extends Component {
    static template = "dvc_dossier.IntakeFiles";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.input = useRef("input");
        this.state = useState({ files: [] });
    }

    get lines() {
        return this.props.record.data.line_ids.records;
    }

    get done() {
        return this.state.files.filter((file) => file.look || file.error).length;
    }

    async onChange() {
        const chosen = [...this.input.el.files];
        this.input.el.value = "";
        this.state.files = chosen.map((file) => ({ name: file.name, component: "", look: null, error: "" }));
        const rows = this.state.files;
        // The files find their places one after the other; their checks run side by side.
        const checks = [];
        for (const [index, file] of chosen.entries()) {
            const content = await this.place(file, rows[index]);
            if (content) {
                checks.push(this.check(content, rows[index]));
            }
        }
        await Promise.all(checks);
    }

    /** Put a file into the list and return its content; what cannot be placed says why. */
    async place(file, row) {
        if (file.size > SIZE_MAX) {
            row.error = _t("The file is larger than 20 MB.");
            return "";
        }
        const line = this.lineFor(file.name);
        if (!line) {
            row.error = _t("No component is left for this file.");
            return "";
        }
        row.component = line.data.component_id.display_name;
        const content = (await getDataURLFromFile(file)).split(",")[1] || "";
        await line.update({ file: content, filename: file.name });
        return content;
    }

    lineFor(name) {
        const free = this.lines.filter((line) => !line.data.file && !line.data.document_id);
        const named = free.find((line) => line.data.code && name.toLowerCase().includes(line.data.code.toLowerCase()));
        return named || free.find((line) => line.data.is_required) || free[0];
    }

    async check(content, row) {
        try {
            const { verdict } = await this.orm.silent.call("dvc.signature", "verify", [content, row.name]);
            row.look = LOOKS[verdict];
        } catch {
            // The dossier's own check comes with the submission.
            row.look = LOOKS.pending;
        }
    }
}

registry.category("view_widgets").add("dvc_intake_files", { component: DvcIntakeFiles });
