# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""When something that failed or is open is taken up again: soon at first, then ever less often."""

import datetime

MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)


def wait(tries: int, first: datetime.timedelta = 10 * MINUTE, longest: datetime.timedelta = DAY) -> datetime.timedelta:
    """Return how long to wait after so many tries: doubled each time.

    :param tries: so far, from 1
    :param first: after the first one
    :param longest: never longer
    """
    # Beyond this many doublings every first wait has reached the longest.
    return min(first * 2 ** min(max(tries, 1) - 1, 20), longest)
