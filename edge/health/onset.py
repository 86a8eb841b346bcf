"""Onset: whether a scene was lost at once, as by a knock, or bit by bit, as by smoke."""

# From when the likeness was last near (this share of) its usual level, which is forgotten
# slowly, until it counts as lost: a knocked camera takes a moment, smoke takes longer.
NEAR = 0.85
FORGET_SECONDS = 30.0
SUDDEN_SECONDS = 1.5
# With few frames a second, a moment is the gap between two of them and some more.
SUDDEN_GAPS = 1.5


class Onset:
    """Follows the likeness of a scene to its reference over time; knows no clock.

    `sudden` says whether the scene was as ever until a moment before it was lost.
    """

    def __init__(self, lost_below: float) -> None:
        self._lost_below = lost_below
        self.restart()

    def restart(self) -> None:
        """Forget everything: the times or the reference are others now."""
        self.sudden = True
        self._usual = -1.0
        self._last_s: float | None = None
        self._near_s: float | None = None
        self._lost_s: float | None = None

    def take(self, likeness: float | None, now: float) -> None:
        """Take in a frame's likeness at `now`, in seconds; None where there is no reference."""
        if likeness is None:
            self.restart()
            return
        gap = 0.0 if self._last_s is None else now - self._last_s
        self._last_s = now
        share = min(1.0, gap / FORGET_SECONDS)
        self._usual = max(likeness, self._usual + share * (likeness - self._usual))
        if likeness >= self._lost_below:
            self._lost_s = None
            if self._near_s is None or likeness >= NEAR * self._usual:
                self._near_s = now
        elif self._lost_s is None:
            self._lost_s = now
            near_s = now if self._near_s is None else self._near_s
            self.sudden = now - near_s <= max(SUDDEN_SECONDS, SUDDEN_GAPS * gap)
