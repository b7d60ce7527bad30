import { registry } from "@web/core/registry";
import { kanbanView } from "@web/views/kanban/kanban_view";

import { DvcBoardController } from "./board_controller";
import { DvcBoardModel } from "./board_model";
import { DvcBoardRenderer } from "./board_renderer";

export const dvcBoardView = {
    ...kanbanView,
    Controller: DvcBoardController,
    Model: DvcBoardModel,
    Renderer: DvcBoardRenderer,
};

registry.category("views").add("dvc_board", dvcBoardView);
