"""ChangeGate: says which frames need not be classified, as nothing moved in them."""

from edge.config.gate import GateSettings
from edge.health.facts import FrameFacts


class ChangeGate:
    """Skips frames like the one before, for `max_gap_seconds` at the most; knows no clock.

    A frame that is let through opens the gate for one more: what began to move at the very
    end of a pause is looked at twice.
    """

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._judged_s: float | None = None
        self._moved = True

    def skip(self, facts: FrameFacts, now: float) -> bool:
        """Say whether the frame taken at `now`, in seconds, may be left out."""
        moved = facts.stir >= self._settings.still_below
        still = not moved and not self._moved
        self._moved = moved
        # A time before the last one: another recording, whose first frame counts.
        recent = (
            self._judged_s is not None
            and 0 <= now - self._judged_s < self._settings.max_gap_seconds
        )
        if self._settings.enabled and still and recent:
            return True
        self._judged_s = now
        return False
