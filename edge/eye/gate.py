"""ChangeGate: says which frames need not be classified, as nothing moved in them."""

from collections.abc import Sequence

from edge.config.gate import GateSettings
from edge.health.facts import FrameFacts

# After this much of a hazard in a frame or tile that was judged the gate stays open for a
# while: an alarm asks for several frames, and must not wait for them.
OPEN_AT = 0.1
OPEN_SECONDS = 10.0


class ChangeGate:
    """Skips frames like the one before, for `max_gap_seconds` at the most; knows no clock.

    A frame that is let through opens the gate for one more: what began to move at the very
    end of a pause is looked at twice. It stays open after a trace of a hazard; `hazard_at`
    are the places of its classes among the scores.
    """

    def __init__(self, settings: GateSettings, hazard_at: Sequence[int] = ()) -> None:
        self._settings = settings
        self._hazard_at = tuple(hazard_at)
        self._judged_s: float | None = None
        self._hazard_s: float | None = None
        self._moved = True

    def saw(self, scores: Sequence[float], now: float) -> None:
        """Take in the scores, in [0, 1], of the frame or the tile judged at `now`."""
        # Scores that are no numbers keep it open, too.
        if not sum(scores[place] for place in self._hazard_at) < OPEN_AT:
            self._hazard_s = now

    def skip(self, facts: FrameFacts, now: float) -> bool:
        """Say whether the frame taken at `now`, in seconds, may be left out."""
        moves = facts.stir >= self._settings.still_below
        still = not moves and not self._moved
        self._moved = moves
        quiet = not _recent(self._hazard_s, now, OPEN_SECONDS)
        recent = _recent(self._judged_s, now, self._settings.max_gap_seconds)
        if self._settings.enabled and still and quiet and recent:
            return True
        self._judged_s = now
        return False


def _recent(moment_s: float | None, now: float, seconds: float) -> bool:
    """Say whether a moment is less than some seconds ago.

    A time before it is another recording's, to which it says nothing.
    """
    return moment_s is not None and 0 <= now - moment_s < seconds
