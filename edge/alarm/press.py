"""Press: one button's contact over time; no clock, no pins."""

from typing import Literal

# "held": down for as long as it takes; "short": let go before that.
Gesture = Literal["held", "short"]


class Press:
    """Tells presses from bounces.

    The contact counts as closed or open once it rested so for `bounce_seconds`. A button that
    is down at the start was not pressed by anybody: it counts once it was seen up.
    """

    def __init__(self, hold_seconds: float, bounce_seconds: float) -> None:
        self._hold_seconds = hold_seconds
        self._bounce_seconds = bounce_seconds
        self._closed: bool | None = None
        self._closed_since = 0.0
        self._down = False
        self._down_since = 0.0
        self._waits = False
        self._seen_up = False

    def update(self, closed: bool, now: float) -> list[Gesture]:
        """Take in the contact's state at `now`, in seconds that never go back."""
        gestures = self._settle(now)
        if closed is not self._closed:
            self._closed, self._closed_since = closed, now
            gestures += self._settle(now)
        return gestures

    def held_seconds(self, now: float) -> float:
        """Return for how long it has been down, 0 if it is up."""
        return now - self._down_since if self._down else 0.0

    def _settle(self, now: float) -> list[Gesture]:
        gestures: list[Gesture] = []
        if self._closed is None:
            return gestures
        rested = now - self._closed_since >= self._bounce_seconds
        self._seen_up |= rested and not self._closed
        if rested and self._closed is not self._down:
            # Down it went when the contact first closed: bouncing is part of the time held.
            until = self._closed_since
            if self._down:
                gestures += self._hold(until)
                if self._waits:
                    gestures.append("short")
            self._down, self._down_since = self._closed, until
            self._waits = self._down and self._seen_up
        return gestures + self._hold(now)

    def _hold(self, now: float) -> list[Gesture]:
        if self._down and self._waits and now - self._down_since >= self._hold_seconds:
            self._waits = False
            return ["held"]
        return []
