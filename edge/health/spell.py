"""Spell: how long something has been wrong, and whether it is time to tell."""

from edge.health.settings import HealthSettings


class Spell:
    """One kind of fault over time.

    It is told once it has lasted `hold_seconds`, or when the next frame would come too late
    for the deadline; it ends when all was good for `clear_after_seconds`. `told` is the fault
    that is told, and `since_s` when it began.
    """

    def __init__(self, hold_seconds: float, settings: HealthSettings) -> None:
        self.hold_seconds = hold_seconds
        self._settings = settings
        self.told: str | None = None
        self.since_s = 0.0
        self._began_s: float | None = None
        self._good_since_s: float | None = None
        self._last_s: float | None = None
        self._last_good_s: float | None = None
        self._times = 0

    def bad(self, fault: str, now: float, began_s: float | None = None) -> None:
        """Take in that the fault shows at `now`; it may have begun earlier."""
        self._good_since_s = None
        if self._began_s is None:
            self._began_s = now if began_s is None else min(began_s, now)
            self._times = 0
        self._times += 1
        if self.told is not None or self._due(now):
            if self.told is None:
                self.since_s = self._began_s
            self.told = fault
        self._last_s = now

    def good(self, now: float) -> None:
        """Take in that nothing is wrong at `now`."""
        self._last_s = self._last_good_s = now
        if self._good_since_s is None:
            self._good_since_s = now
        if self.told is None or now - self._good_since_s >= self._settings.clear_after_seconds:
            self.told = self._began_s = None

    def restart(self, now: float) -> None:
        """Count all times from `now`; what was told stays so until all is good again."""
        self._began_s = now if self._began_s is not None else None
        self._good_since_s = self._last_s = self._last_good_s = None
        self.since_s = min(self.since_s, now)

    def _due(self, now: float) -> bool:
        if self._began_s is None:
            return False
        if now - self._began_s >= self.hold_seconds:
            return True
        # With few frames a second the next one may come after the deadline.
        good_s = self._began_s if self._last_good_s is None else self._last_good_s
        gap_s = now - (now if self._last_s is None else self._last_s)
        late = now + gap_s - good_s > self._settings.blind_after_seconds
        return late and self._times > 1
