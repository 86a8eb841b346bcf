"""Freeze: whether the picture stands still, as no sensor's picture ever does."""

from edge.health.facts import FrameFacts
from edge.health.settings import HealthSettings

# An encoder that is given the same picture again and again sends nothing new for it, but for
# a key frame now and then that differs by its rounding, for a frame or two: most frames stand
# still, and none differs by as much as anything that moves. The share of still frames is a
# running mean with this much for the newest; five in a row that are not end the stretch.
NEWEST = 0.2
LEAST_SHARE = 0.35
ALIVE = 3.0


class Freeze:
    """Follows a stretch of frames that hardly change; `since_s` is when it began, or None."""

    def __init__(self, settings: HealthSettings) -> None:
        self._settings = settings
        self._before_s: float | None = None
        self._share = 1.0
        self.since_s: float | None = None

    def take(self, facts: FrameFacts, now: float) -> None:
        """Take in a frame's figures at `now`, in seconds."""
        still = facts.identical or facts.change <= self._settings.frozen_change
        if self.since_s is None and still:
            # What is frozen began with the frame that this one repeats.
            self.since_s = now if self._before_s is None else min(self._before_s, now)
            self._share = 1.0
        self._before_s = now
        self._share += NEWEST * (still - self._share)
        if facts.stir >= ALIVE or self._share < LEAST_SHARE:
            self.since_s = None

    def restart(self) -> None:
        """Forget all frames: the times count anew."""
        self.since_s = self._before_s = None
