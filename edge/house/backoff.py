"""Backoff: how long to wait before the next attempt."""

from collections.abc import Callable

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 60.0


class Backoff:
    """Doubles the wait after each failure up to a minute, and begins anew after a success.

    `chance` returns a number in [0, 1): each wait is between half and all of its length, so
    that cameras which lost the same broker do not all come back in the same second.
    """

    def __init__(self, chance: Callable[[], float], longest_s: float = LONGEST_SECONDS) -> None:
        self._chance = chance
        self._longest_s = longest_s
        self._seconds = FIRST_SECONDS

    def next_wait(self) -> float:
        """Return how many seconds to wait now."""
        wait = self._seconds * (0.5 + 0.5 * self._chance())
        self._seconds = min(self._longest_s, self._seconds * 2)
        return wait

    def worked(self) -> None:
        """Begin anew."""
        self._seconds = FIRST_SECONDS
