"""Freeze: whether the picture stands still, as no sensor's picture ever does."""

from edge.health.facts import FrameFacts
from edge.health.settings import HealthSettings

# An encoder that is given the same picture again and again sends nothing new for it, but for
# a key frame now and then that differs by its rounding: most frames stand still, and none
# differs by as much as anything that moves.
MOST = 0.6
ALIVE = 3.0
ENOUGH = 3


class Freeze:
    """Follows a stretch of frames that hardly change; `since_s` is when it began, or None."""

    def __init__(self, settings: HealthSettings) -> None:
        self._settings = settings
        self._before_s: float | None = None
        self._frames = self._still = 0
        self.since_s: float | None = None

    def take(self, facts: FrameFacts, now: float) -> None:
        """Take in a frame's figures at `now`, in seconds."""
        still = facts.identical or facts.change <= self._settings.frozen_change
        if self.since_s is None and still:
            # What is frozen began with the frame that this one repeats.
            self.since_s = now if self._before_s is None else min(self._before_s, now)
            self._frames = self._still = 0
        self._before_s = now
        self._frames += 1
        self._still += still
        few = self._frames >= ENOUGH and self._still < MOST * self._frames
        if facts.stir >= ALIVE or few:
            self.since_s = None

    def restart(self) -> None:
        """Forget all frames: the times count anew."""
        self.since_s = self._before_s = None
