"""DepthWatch: says when frames have been out of the model's depth for a while; pure."""

from edge.contract.condition import Condition

# The mean over about so many seconds: one odd frame is no matter.
MEAN_SECONDS = 30.0
# It is over when the mean is this far back inside.
CLEAR_AT = 0.95


class DepthWatch:
    """Takes in how far frames lie from what the model was trained on; 1 is the bound.

    `last` is the last frame's that was asked.
    """

    def __init__(self) -> None:
        self.conditions: tuple[Condition, ...] = ()
        self.last: float | None = None
        self._mean: float | None = None
        self._weighed_s = 0.0
        self._began_s = 0.0

    def take(self, depth: float | None, now: float) -> None:
        """Take in a frame's distance, None where it is not known, at `now` in seconds."""
        if depth is None:
            return
        self.last = depth
        if self._mean is None or now < self._weighed_s:
            self._mean, self._weighed_s, self._began_s = depth, now, now
        gap_s, self._weighed_s = now - self._weighed_s, now
        self._mean += (depth - self._mean) * min(1.0, gap_s / MEAN_SECONDS)
        out = self._mean > (CLEAR_AT if self.conditions else 1.0)
        if not out:
            self.conditions = ()
        elif not self.conditions and now - self._began_s >= MEAN_SECONDS:
            problem = (
                "the pictures are unlike those that the model was trained on, so its scores "
                "say little: see whether the camera looks where it should, or train with some"
            )
            self.conditions = (Condition("supervisory", "out-of-depth", problem, now),)
