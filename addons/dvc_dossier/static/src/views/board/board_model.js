import { RelationalModel } from "@web/model/relational_model/relational_model";

/**
 * Columns of the board: dropping a card on another one is the same checked call as the button.
 */
export class DvcBoardGroupList extends RelationalModel.DynamicGroupList {
    /**
     * @override
     */
    async moveRecord(dataRecordId, dataGroupId, refId, targetGroupId) {
        if (dataGroupId === targetGroupId) {
            return;
        }
        const source = this.groups.find((group) => group.id === dataGroupId);
        const target = this.groups.find((group) => group.id === targetGroupId);
        const record = source.list.records.find((card) => card.id === dataRecordId);
        await this.model.moveCard(record.resId, target.value);
    }
}

export class DvcBoardModel extends RelationalModel {
    static DynamicGroupList = DvcBoardGroupList;

    /**
     * Move a card. The card itself stays where it was until the server has moved the dossier.
     *
     * @param {number} dossierId
     * @param {number} stageId
     */
    async moveCard(dossierId, stageId) {
        let answer;
        try {
            answer = await this.orm.call("dvc.dossier", "board_move", [[dossierId], stageId]);
        } catch (error) {
            const refusal = error.data?.message;
            if (!refusal) {
                throw error;
            }
            // The code in brackets is for machines.
            this.notification.add(refusal.replace(/^\[[\w.]+\]\s*/, ""), { type: "danger" });
            return;
        }
        if (answer?.type) {
            await this.action.doAction(answer, { onClose: () => this.load() });
        } else {
            await this.load();
        }
    }
}
