import { onWillUnmount } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

const CHECKED = "dvc_signature/checked";
// Ten files of one dossier that are done within a moment are one refresh.
const PAUSE = 300;

/**
 * Refresh what is shown of a dossier when the check of one of its files has ended. The server tells
 * ids only, and only of the agencies the user works for; what is shown is read with their own rights.
 *
 * @param {() => import("@web/model/relational_model/relational_model").RelationalModel} getModel
 */
export function useLiveChecks(getModel) {
    const bus = useService("bus_service");
    const waiting = new Set();
    let timer;

    const refresh = async () => {
        const ids = new Set(waiting);
        waiting.clear();
        const { root } = getModel();
        if (!root) {
            // Before the first loading there is nothing to refresh.
            return;
        }
        if (root.records) {
            const shown = root.records.filter((record) => ids.has(record.resId) && !record.isInEdition);
            await Promise.all(shown.map((record) => record.load()));
        } else if (ids.has(root.resId) && !(await root.isDirty())) {
            // What somebody is typing is not thrown away for a badge.
            await root.load();
        }
    };
    const onChecked = ({ dossier_ids }) => {
        dossier_ids.forEach((id) => waiting.add(id));
        clearTimeout(timer);
        timer = setTimeout(refresh, PAUSE);
    };

    bus.subscribe(CHECKED, onChecked);
    bus.start();
    onWillUnmount(() => {
        bus.unsubscribe(CHECKED, onChecked);
        clearTimeout(timer);
    });
}
