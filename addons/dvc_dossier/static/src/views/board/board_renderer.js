import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";

export class DvcBoardRenderer extends KanbanRenderer {
    /**
     * Only columns of stages stand for moves.
     *
     * @override
     */
    get canMoveRecords() {
        return super.canMoveRecords && this.props.list.groupByField?.name === "stage_id";
    }
}
