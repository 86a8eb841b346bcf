"""Buzzer: which pattern sounds, and whether it is on at a moment; no clock, no pins."""

from dataclasses import dataclass, replace

from edge.alarm.state import AlarmState, Level


@dataclass(frozen=True)
class Pattern:
    """Beeps as (start, end) in seconds from the pattern's beginning, again each `period_s`."""

    name: str
    beeps: tuple[tuple[float, float], ...]
    period_s: float

    def on(self, since_s: float) -> bool:
        """Say whether it beeps so many seconds after its beginning."""
        at = since_s % self.period_s
        return any(start <= at < end for start, end in self.beeps)

    def next_change_s(self, since_s: float) -> float:
        """Return in how many seconds it next begins or ends a beep, above 0."""
        at = since_s % self.period_s
        edges = [edge for beep in self.beeps for edge in beep]
        later = [edge for edge in edges if edge > at]
        return min(later) - at if later else self.period_s - at + min(edges)


# The three-pulse evacuation signal of ISO 8201 and NFPA 72: half a second each, then a rest.
ALARM = Pattern("alarm", ((0.0, 0.5), (1.0, 1.5), (2.0, 2.5)), 4.0)
PRE_ALARM = Pattern("pre-alarm", ((0.0, 0.1),), 1.0)
TEST = Pattern("test", ((0.0, 0.1), (0.3, 0.4)), 2.0)
TROUBLE = Pattern("trouble", ((0.0, 0.1),), 60.0)
SUPERVISORY = Pattern("supervisory", ((0.0, 0.1), (0.4, 0.5)), 300.0)


class Buzzer:
    """Chooses the pattern for a state and tells when it beeps.

    What is worse goes first: alarm, pre-alarm, test, trouble, supervisory. An alarm that was
    silenced is quiet here as well. `chirp_seconds` is how often a trouble chirps (0 is never),
    a supervisory signal five times as seldom; `hush_seconds` how long `hush` keeps either
    away, unless it changes before.
    """

    def __init__(self, chirp_seconds: float, hush_seconds: float) -> None:
        self._chirp_seconds = chirp_seconds
        self._hush_seconds = hush_seconds
        self._pattern: Pattern | None = None
        self._news: str | None = None
        self._hushed: str | None = None
        self._hushed_until = 0.0
        self._since = 0.0

    @property
    def pattern(self) -> str:
        """Return the name of the pattern that plays, empty for none."""
        return "" if self._pattern is None else self._pattern.name

    def show(self, state: AlarmState | None, now: float) -> None:
        """Take in a state, None for none; a pattern goes on where it is if it stays the same."""
        pattern = None if state is None else self._choose(state, now)
        if pattern != self._pattern:
            self._pattern, self._since = pattern, now

    def hush(self, now: float) -> None:
        """Keep the chirps of the trouble or supervisory signal that holds now away."""
        self._hushed, self._hushed_until = self._news, now + self._hush_seconds

    def on(self, now: float) -> bool:
        """Say whether it beeps now."""
        return self._pattern is not None and self._pattern.on(now - self._since)

    def wait_seconds(self, now: float) -> float | None:
        """Return in how many seconds it changes; None while it is quiet."""
        return None if self._pattern is None else self._pattern.next_change_s(now - self._since)

    def _choose(self, state: AlarmState, now: float) -> Pattern | None:
        if state.level is Level.ALARM and not state.testing:
            return ALARM if state.sounding else None
        if state.level is Level.PRE_ALARM:
            return PRE_ALARM
        if state.testing:
            return TEST
        return self._chirp(state, now)

    def _chirp(self, state: AlarmState, now: float) -> Pattern | None:
        news = state.trouble or state.supervisory
        if news != self._news:
            self._news, self._hushed = news, None
        hushed = self._hushed is not None and now < self._hushed_until
        if news is None or hushed or not self._chirp_seconds:
            return None
        if state.trouble is not None:
            return replace(TROUBLE, period_s=max(self._chirp_seconds, 1.0))
        return replace(SUPERVISORY, period_s=max(5 * self._chirp_seconds, 1.0))
