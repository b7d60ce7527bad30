import { onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

const PAUSE = 500;

/**
 * The progress of signatures checked again, live: who asked for it is told of each file.
 */
export class DvcBatchFormController extends FormController {
    setup() {
        super.setup();
        const bus = useService("bus_service");
        let timer;
        const onProgress = ({ batch_id }) => {
            // Before the first loading there is nothing to refresh.
            if (batch_id === this.model.root?.resId) {
                timer ??= setTimeout(async () => {
                    timer = undefined;
                    await this.model.root.load();
                }, PAUSE);
            }
        };
        bus.subscribe("dvc_signature/batch", onProgress);
        bus.start();
        onWillUnmount(() => {
            bus.unsubscribe("dvc_signature/batch", onProgress);
            clearTimeout(timer);
        });
    }
}

registry.category("views").add("dvc_batch_form", { ...formView, Controller: DvcBatchFormController });
