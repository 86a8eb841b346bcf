"""History: the hazard over the last hours, one point a second at most, in memory."""

import math
from collections import deque

MOST_SECONDS = 6 * 3600

Point = tuple[float, float | None, str]


class History:
    """Remembers (wall clock's seconds, hazard or None, state), thinned to one a second.

    Of the frames in a second the one with the highest hazard is kept. Seconds are counted on
    the monotonic clock, so that a clock that is set leaves no gap.
    """

    def __init__(self, most: int = MOST_SECONDS) -> None:
        self._points: deque[tuple[int, Point]] = deque(maxlen=most)

    def add(self, now: float, epoch_s: float, hazard: float, state: str) -> None:
        """Take a point in; `hazard` is NaN where it is not known."""
        known = None if math.isnan(hazard) else round(hazard, 4)
        point = (round(epoch_s, 2), known, state)
        second = int(now)
        if self._points and self._points[-1][0] == second:
            before = self._points[-1][1][1]
            if known is None or (before is not None and before > known):
                return
            self._points.pop()
        self._points.append((second, point))

    def last(self, now: float, seconds: float) -> list[Point]:
        """Return the points of the last seconds, the oldest first."""
        first = now - seconds
        return [point for second, point in self._points if second >= first]
