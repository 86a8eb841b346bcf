"""Hearsay: what a process beside the watch says is wrong with its own work."""

from collections.abc import Callable, Mapping
from typing import Any

from edge.contract.condition import Condition
from edge.contract.errors import InputError

# Said again every few seconds; what is not said any more is not believed for longer.
BELIEVED_SECONDS = 30.0
SOURCES = ("mqtt-away", "webhook-away")
MOST_WORDS = 300

Hold = Callable[[str, Condition | None], None]


class Hearsay:
    """Holds what it hears as supervisory signals, and never as more: the watch goes on.

    `hold` takes a condition in or, for None, lets it go; every `now` is on one clock, in
    seconds.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._heard: dict[str, float] = {}

    def hear(self, told: Mapping[str, Any], now: float) -> None:
        """Take in `{"tell": SOURCE, "problem": WORDS or null}`.

        Raises:
            InputError: there is no such source.
        """
        source, problem = str(told.get("tell")), told.get("problem")
        if source not in SOURCES:
            raise InputError(
                "the watch does not listen to that",
                found=repr(source[:40]),
                expected=" or ".join(SOURCES),
            )
        if problem is None:
            self._let_go(source)
            return
        words = " ".join(str(problem).split())[:MOST_WORDS]
        self._heard[source] = now
        self._hold(source, Condition("supervisory", source, words, now))

    def tick(self, now: float) -> None:
        """Let go of what has not been said for a while."""
        for source, heard_s in list(self._heard.items()):
            if now - heard_s > BELIEVED_SECONDS:
                self._let_go(source)

    def _let_go(self, source: str) -> None:
        if self._heard.pop(source, None) is not None:
            self._hold(source, None)
