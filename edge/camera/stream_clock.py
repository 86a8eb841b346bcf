"""StreamClock: a stream's own times, put on our clock."""

# The shortest way that a picture took to us is remembered for at least so long. Two clocks that
# differ by 100 parts in a million drift by 0.1 s in that time.
WINDOW_SECONDS = 600.0
# A stamp that is so far off belongs to a stream that began anew.
JUMP_SECONDS = 30.0


class StreamClock:
    """Says when a picture was taken, from its own stamp and from when it came.

    The picture that came fastest is taken to have come at once; every other one is as much
    older as it came later than that one. What is not known is how long the fastest took.
    """

    def __init__(self) -> None:
        self._best: float | None = None
        self._recent: float | None = None
        self._turned_s = 0.0
        self._before_s = 0.0

    def taken(self, stamp_s: float | None, came_s: float) -> float:
        """Return when a picture was taken, in seconds on the clock of `came_s`, never after it.

        A picture without a stamp was taken when it came.
        """
        if stamp_s is None:
            return came_s
        way_s = came_s - stamp_s
        backwards = stamp_s < self._before_s - 1.0
        self._before_s = stamp_s
        if self._best is None or backwards or abs(way_s - self._best) > JUMP_SECONDS:
            self._best = self._recent = way_s
            self._turned_s = came_s
        self._best = min(self._best, way_s)
        self._recent = way_s if self._recent is None else min(self._recent, way_s)
        if came_s - self._turned_s > WINDOW_SECONDS:
            self._best, self._recent, self._turned_s = self._recent, None, came_s
        return min(came_s, stamp_s + self._best)
