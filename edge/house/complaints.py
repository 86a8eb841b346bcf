"""Complaints: tells the watch that a receiver is away, so that its page and its log say so."""

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from edge.house.channel import Channel

# A router that starts anew takes a minute or two: that is nobody's business yet.
AWAY_SECONDS = 120.0
# The watch believes what it was told for 30 s.
REPEAT_SECONDS = 10.0

Ask = Callable[[dict[str, Any]], None]


class Complaints:
    """Says for each way out that it has been closed for `away_seconds`, again and again.

    `ask` sends a request to the watch; it may fail without a word.
    """

    def __init__(
        self,
        ask: Ask,
        away_seconds: float = AWAY_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._ask = ask
        self._away_seconds = away_seconds
        self._clock = clock
        self._said: dict[str, float] = {}

    def look(self, channels: Iterable[Channel]) -> None:
        """Say what is to be said now."""
        now = self._clock()
        for channel in channels:
            source = f"{channel.name}-away"
            problem = channel.problem(self._away_seconds)
            if problem is None:
                if self._said.pop(source, None) is not None:
                    self._ask({"tell": source, "problem": None})
            elif now - self._said.get(source, float("-inf")) >= REPEAT_SECONDS:
                self._said[source] = now
                words = f"messages do not get out, they wait: {problem}"
                self._ask({"tell": source, "problem": words})
