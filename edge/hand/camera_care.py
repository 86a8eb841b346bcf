"""CameraCare: when to have the camera opened anew because of what its pictures show; pure."""

from collections.abc import Iterable

from edge.contract.condition import Condition

# What a camera that was opened anew may show no more; a hand before the lens it cannot help.
CURABLE = ("camera-frozen", "camera-black", "camera-white", "camera-colours", "camera-rate")
FIRST_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 1800.0


class CameraCare:
    """Asks for a restart at once, then after 30 s, 1 min, 2 min, ... up to every half hour."""

    def __init__(self) -> None:
        self._due_s: float | None = None
        self._pause_s = FIRST_PAUSE_SECONDS

    def due(self, conditions: Iterable[Condition], now: float) -> str | None:
        """Return why the camera is to be opened anew now, None if it is not."""
        held = [condition for condition in conditions if condition.source in CURABLE]
        if not held:
            self._due_s, self._pause_s = None, FIRST_PAUSE_SECONDS
            return None
        if self._due_s is not None and now < self._due_s:
            return None
        self._due_s = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_SECONDS)
        return held[0].problem
