import { KanbanController } from "@web/views/kanban/kanban_controller";

import { useLiveChecks } from "../live_checks/live_checks";

export class DvcBoardController extends KanbanController {
    setup() {
        super.setup();
        useLiveChecks(() => this.model);
    }
}
