import { registry } from "@web/core/registry";
import { download } from "@web/core/network/download";
import { user } from "@web/core/user";
import { getReportUrl } from "@web/webclient/actions/reports/utils";

/**
 * Downloads papers that the server draws itself: the web client's own handler would first ask for
 * wkhtmltopdf, which they do not need.
 *
 * @param {Object} action the report action
 * @param {Object} options
 * @param {Object} env
 * @returns {Promise<boolean>} whether the action was taken
 */
export async function downloadPaper(action, options, env) {
    if (!action.dvc_builder || action.report_type !== "qweb-pdf") {
        return false;
    }
    env.services.ui.block();
    try {
        await download({
            url: "/report/download",
            data: {
                data: JSON.stringify([getReportUrl(action, "pdf"), action.report_type]),
                context: JSON.stringify({ ...user.context, ...action.context }),
            },
        });
    } finally {
        env.services.ui.unblock();
    }
    const { onClose } = options;
    if (action.close_on_report_download) {
        await env.services.action.doAction({ type: "ir.actions.act_window_close" }, { onClose });
    } else {
        onClose?.();
    }
    return true;
}

registry.category("ir.actions.report handlers").add("dvc_paper", downloadPaper);
