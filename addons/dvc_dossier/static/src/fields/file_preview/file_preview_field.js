import { Component } from "@odoo/owl";
import { FileModelMixin } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const MIMETYPES = { pdf: "application/pdf", png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg" };
const ICONS = { pdf: "fa-file-pdf-o", png: "fa-file-image-o", jpg: "fa-file-image-o", jpeg: "fa-file-image-o" };

class DossierFile extends FileModelMixin(Object) {}

/**
 * A file of a dossier by its name: shown over the page where the browser can, else downloaded.
 */
export class DvcFilePreviewField extends Component {
    static template = "dvc_dossier.FilePreviewField";
    static props = {
        ...standardFieldProps,
        filename: { type: String, optional: true },
    };

    setup() {
        this.viewer = useFileViewer();
    }

    get attachment() {
        return this.props.record.data[this.props.name];
    }

    get filename() {
        return this.props.record.data[this.props.filename] || this.attachment?.display_name || "";
    }

    get extension() {
        return this.filename.split(".").at(-1).toLowerCase();
    }

    get icon() {
        return ICONS[this.extension] || "fa-file-o";
    }

    get file() {
        return Object.assign(new DossierFile(), {
            id: this.attachment.id,
            name: this.filename,
            mimetype: MIMETYPES[this.extension] || "application/octet-stream",
        });
    }

    get downloadUrl() {
        return this.file.downloadUrl;
    }

    open() {
        const file = this.file;
        if (file.isViewable) {
            this.viewer.open(file);
        } else {
            window.open(file.downloadUrl);
        }
    }
}

export const dvcFilePreviewField = {
    component: DvcFilePreviewField,
    displayName: _t("File with preview"),
    supportedTypes: ["many2one"],
    extractProps: ({ options }) => ({ filename: options.filename }),
    fieldDependencies: ({ options }) => (options.filename ? [{ name: options.filename, type: "char" }] : []),
};

registry.category("fields").add("dvc_file_preview", dvcFilePreviewField);
