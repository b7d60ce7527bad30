import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Return how much counted time is left of the intervals of a deadline's proof.
 *
 * @param {[string, string][]} intervals moments as the server writes them, UTC
 * @param {number} now milliseconds since the epoch
 * @returns {{left: number, running: boolean}} milliseconds, and whether the clock runs now
 */
export function leftOf(intervals, now) {
    let left = 0;
    let running = false;
    for (const [from, to] of intervals) {
        const start = deserializeDateTime(from).toMillis();
        const end = deserializeDateTime(to).toMillis();
        left += Math.max(0, end - Math.max(start, now));
        running ||= start <= now && now < end;
    }
    return { left, running };
}

/**
 * Say a duration in words, the two largest units.
 *
 * @param {number} duration milliseconds, not negative
 * @param {boolean} [withSeconds] for a clock that runs
 */
export function durationText(duration, withSeconds = true) {
    const days = Math.floor(duration / DAY);
    const hours = Math.floor((duration % DAY) / HOUR);
    const minutes = Math.floor((duration % HOUR) / MINUTE);
    const seconds = Math.floor((duration % MINUTE) / 1000);
    if (days) {
        return hours
            ? _t("%(days)s d %(hours)s h", { days, hours })
            : _t("%(days)s d", { days });
    }
    if (hours) {
        return _t("%(hours)s h %(minutes)s min", { hours, minutes });
    }
    if (!withSeconds) {
        return _t("%(minutes)s min", { minutes });
    }
    if (minutes) {
        return _t("%(minutes)s min %(seconds)s s", {
            minutes,
            seconds: String(seconds).padStart(2, "0"),
        });
    }
    return _t("%(seconds)s s", { seconds });
}

/**
 * Tell how a dossier stands with its running deadline.
 *
 * @param {Object} facts
 * @param {number} [facts.deadline] milliseconds since the epoch; none: no clock runs
 * @param {number} [facts.risk] when it becomes at risk
 * @param {string} [facts.outcome] "met" or "missed" once the clock has ended
 * @param {boolean} [facts.standing] the clock stands still
 * @param {[string, string][]} [facts.intervals] counted intervals, for working time
 * @param {number} now milliseconds since the epoch
 * @returns {{level: string, text: string}}
 */
export function reading({ deadline, risk, outcome, standing, intervals }, now) {
    if (outcome === "met") {
        return { level: "met", text: _t("On time") };
    }
    if (outcome === "missed") {
        return { level: "missed", text: _t("Was late") };
    }
    if (standing) {
        return { level: "standing", text: _t("Clock stands still") };
    }
    if (!deadline) {
        return { level: "none", text: "" };
    }
    if (now > deadline) {
        return { level: "late", text: _t("Late by %(duration)s", { duration: durationText(now - deadline) }) };
    }
    const level = risk && now >= risk ? "at_risk" : "on_time";
    if (intervals?.length) {
        const { left, running } = leftOf(intervals, now);
        const duration = durationText(left, running);
        return {
            level,
            text: running
                ? _t("%(duration)s left", { duration })
                : _t("%(duration)s left, outside hours", { duration }),
        };
    }
    return { level, text: _t("%(duration)s left", { duration: durationText(deadline - now) }) };
}
