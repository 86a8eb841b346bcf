"""A hand to follow: the real control socket in a thread, with states that a test sets."""

import queue
import selectors
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from edge.link.control_server import ControlServer
from edge.link.snapshot import Notice, Snapshot
from edge.link.wire import Message


class StandInHand:
    """Publishes its state when it changes and twice a second, as the hand does."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.asked: list[dict[str, Any]] = []
        self.refuse: str | None = None
        self.jpeg = b"\xff\xd8 a picture \xff\xd9"
        self._state = Snapshot(
            at="",
            state="clear",
            hazard=0.02,
            scores={"fire": 0.01, "smoke": 0.01, "misc": 0.98},
            model="tiny",
            camera="yard",
            labels=("fire", "smoke", "misc"),
            celsius=51.25,
            lines={"siren": False, "trouble": True},
        )
        self._wanted: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._server = ControlServer(folder / "control.sock", self._selector, self._answer)
        self._stop = False
        self.mute = False
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()

    def show(self, **changed: Any) -> None:
        """Change the state; every state shown is published, however short it was."""
        self._state = replace(self._state, **changed)
        self._wanted.put(self._state)

    def alarm(self, **changed: Any) -> None:
        self.show(
            state="alarm", level="alarm", hazard=0.93, sounding=True,
            scores={"fire": 0.9, "smoke": 0.03, "misc": 0.07}, **changed
        )  # fmt: skip

    def clear(self, **changed: Any) -> None:
        self.show(state="clear", level="clear", hazard=0.02, sounding=False, notices=(), **changed)

    def trouble(self, source: str = "camera-black", problem: str = "the picture is black") -> None:
        notice = Notice("trouble", source, problem, now())
        self.show(state="trouble", hazard=None, notices=(*self._state.notices, notice))

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        self._server.close()
        self._selector.close()

    def _answer(self, header: dict[str, Any], blob: bytes) -> Message | None:
        self.asked.append(header)
        if header.get("ask") == "follow":
            self._wanted.put(self._state)
            return None
        if header.get("ask") == "picture":
            return {"ok": True}, self.jpeg
        if self.refuse is not None:
            return {"ok": False, "error": self.refuse}, b""
        return {"ok": True}, b""

    def _loop(self) -> None:
        due = 0.0
        while not self._stop:
            for key, events in self._selector.select(0.01):
                self._server.ready(key, events)
            while not self._wanted.empty():
                self._publish(self._wanted.get())
            if monotonic() >= due:
                due = monotonic() + 0.5
                self._publish(self._state)

    def _publish(self, state: Snapshot) -> None:
        if not self.mute:
            self._server.publish(replace(state, at=now()).to_json())


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
