/**
 * One timer for all countdowns of the page: it runs while somebody listens.
 */

const listeners = new Set();
let timer = null;

function tick() {
    const now = Date.now();
    for (const listener of [...listeners]) {
        listener(now);
    }
}

/**
 * Call a function about every second with the current moment.
 *
 * @param {(now: number) => void} listener gets milliseconds since the epoch
 * @returns {() => void} stops it
 */
export function onTick(listener) {
    listeners.add(listener);
    timer ??= setInterval(tick, 1000);
    return () => {
        listeners.delete(listener);
        if (!listeners.size) {
            clearInterval(timer);
            timer = null;
        }
    };
}
