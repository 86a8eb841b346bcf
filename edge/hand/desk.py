"""Desk: answers what comes over the control socket."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from edge.contract.errors import EmberwatchError
from edge.hand.history import MOST_SECONDS, History
from edge.hand.people import People
from edge.hand.portrait import LastPicture
from edge.link.control_server import Later
from edge.link.snapshot import Snapshot
from edge.link.wire import Message
from edge.store.ticket import Ticket

# A disk that has not written by then makes the answer say so; the deed is done all the same.
DURABLE_SECONDS = 2.0
MOST_NAME = 80


class Desk:
    """Answers requests; whatever they hold, no answer takes long and none raises.

    `picture` returns the newest one; `hear` takes what a process beside the watch says of
    itself.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        picture: Callable[[], LastPicture | None],
        history: History,
        people: People,
        hear: Callable[[dict[str, Any]], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._snapshot = snapshot
        self._picture = picture
        self._history = history
        self._people = people
        self._hear = hear
        self._clock = clock

    def answer(self, header: dict[str, Any], _blob: bytes) -> Message | Later | None:
        """Answer a request; None for one that follows the state from now on."""
        try:
            if "do" in header:
                return self._do(str(header["do"]), header)
            if "tell" in header:
                self._hear(header)
                return {"ok": True}, b""
            return self._ask(header.get("ask"), header)
        except EmberwatchError as error:
            return _no(error.line())
        except (TypeError, ValueError, LookupError) as error:
            return _no(f"the request is not as it should be: {type(error).__name__}: {error}")

    def _ask(self, what: object, header: dict[str, Any]) -> Message | None:
        if what == "follow":
            return None
        if what == "state":
            return {"ok": True, "state": self._snapshot().to_json()}, b""
        if what == "picture":
            picture = self._picture()
            return _no("there is no picture yet") if picture is None else picture.message()
        if what == "history":
            seconds = min(float(header.get("seconds", 3600)), MOST_SECONDS)
            return {"ok": True, "points": self._history.last(self._clock(), seconds)}, b""
        return _no(f"the watch knows no {what!r}")

    def _do(self, what: str, header: dict[str, Any]) -> Later:
        by = " ".join(str(header.get("by") or "somebody").split())[:MOST_NAME]
        tickets = self._people.do(what, by, header)
        return self._durably(what, tickets)

    def _durably(self, what: str, tickets: list[Ticket]) -> Later:
        """Answer when it is on the disk, so that no crash takes back what was acknowledged."""
        until = self._clock() + DURABLE_SECONDS
        return Later(
            lambda: all(one.done for one in tickets) or self._clock() >= until,
            lambda: (
                {"ok": True, "done": what, "durable": all(one.durable for one in tickets)},
                b"",
            ),
        )


def _no(problem: str) -> Message:
    return {"ok": False, "error": problem}, b""
