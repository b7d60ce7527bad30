import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const UNITS = {
    working_hour: (value) => _t("%(value)s working hours", { value }),
    working_day: (value) => _t("%(value)s working days", { value }),
    day: (value) => _t("%(value)s days", { value }),
};

/**
 * Why a deadline is that minute: what was counted, and when the clock stood still.
 */
export class DeadlineProofDialog extends Component {
    static template = "dvc_dossier.DeadlineProofDialog";
    static components = { Dialog };
    static props = { code: String, receive: [Object, Boolean], due: [Object, Boolean], close: Function };

    get proofs() {
        return [
            { title: _t("Deadline to receive"), proof: this.props.receive },
            { title: _t("Due date"), proof: this.props.due },
        ].filter(({ proof }) => proof);
    }

    moment(text) {
        return deserializeDateTime(text).toFormat("HH:mm dd/MM/yyyy");
    }

    time(text) {
        return deserializeDateTime(text).toFormat("HH:mm");
    }

    day(text) {
        return deserializeDateTime(text).toFormat("ccc dd/MM/yyyy");
    }

    minutes([from, to]) {
        return Math.round((deserializeDateTime(to) - deserializeDateTime(from)) / 60000);
    }

    stopText([from, to]) {
        return _t("The clock stood still from %(from)s to %(to)s.", {
            from: this.moment(from),
            to: this.moment(to),
        });
    }

    limit(text) {
        const [value, unit] = String(text).split(" ");
        return UNITS[unit] ? UNITS[unit](value) : text;
    }
}
