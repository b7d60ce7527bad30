import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";
import { FormController } from "@web/views/form/form_controller";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";

import { useLiveChecks } from "./live_checks";

export class DvcDossierListController extends ListController {
    setup() {
        super.setup();
        useLiveChecks(() => this.model);
    }
}

export class DvcDossierFormController extends FormController {
    setup() {
        super.setup();
        useLiveChecks(() => this.model);
    }
}

registry.category("views").add("dvc_dossier_list", { ...listView, Controller: DvcDossierListController });
registry.category("views").add("dvc_dossier_form", { ...formView, Controller: DvcDossierFormController });
