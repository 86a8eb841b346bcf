"""A hand to develop pages against: the real control socket, with what a test wants it to say."""

import io
import selectors
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time
from typing import Any

import numpy as np
from PIL import Image

from edge.link.address import control_path
from edge.link.control_server import ControlServer
from edge.link.snapshot import Notice, Snapshot

NOW = "2026-01-01T12:00:00+00:00"
QUIET = Snapshot(
    at=NOW,
    state="clear",
    level="clear",
    since=NOW,
    hazard=0.03,
    scores={"fire": 0.01, "smoke": 0.02, "misc": 0.97},
    lines={"siren": False, "beacon": False, "trouble": True},
    model="fire",
    digest="0123456789abcdef",
    runtime="ai-edge-litert 2.3",
    labels=("fire", "smoke", "misc"),
    camera="yard",
    fps=10.0,
    frames=12345,
    invoke_ms=22.0,
    frame_age_s=0.1,
    celsius=54.0,
    uptime_s=93784.0,
    written_today_bytes=2_300_000,
    write_budget_bytes=100_000_000,
)
ALARM = replace(QUIET, state="alarm", level="alarm", hazard=0.91, sounding=True)
TROUBLE = Notice("trouble", "camera-covered", "The camera is covered.", NOW)


def jpeg(red: int = 60, size: tuple[int, int] = (640, 360)) -> bytes:
    """Return a picture."""
    rows = np.linspace(40, 120, size[1], dtype=np.uint8)[:, None, None]
    rgb = np.broadcast_to(rows, (size[1], size[0], 3)).copy()
    rgb[100:200, 200:400, 0] = red
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=80)
    return out.getvalue()


class StandIn:
    """Answers what the hand answers, in a thread; `done` is what it was told to do."""

    def __init__(self, state_folder: Path) -> None:
        state_folder.mkdir(parents=True, exist_ok=True)
        self.begin()
        self.number = 0
        self.closed = False
        self._selector = selectors.DefaultSelector()
        self._server = ControlServer(control_path(state_folder), self._selector, self._answer)
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()

    def begin(self) -> None:
        """Say again what a quiet watch says, and forget what it was told."""
        self.state = QUIET
        self.picture = jpeg()
        self.cells = [[0.0, 0.1, 0.2], [0.3, 0.9, 0.1]]
        self.box = [0.0, 0.0, 1.0, 1.0]
        self.points = [[time() - 3600 + at, 0.1, "clear"] for at in range(0, 3600, 20)]
        self.done: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refuse: str | None = None

    def close(self) -> None:
        """Go away, as a hand that is killed does."""
        if not self.closed:
            self.closed = True
            self._thread.join()
            self._server.close()

    def _loop(self) -> None:
        told = 0.0
        while not self.closed:
            for key, events in self._selector.select(0.05):
                self._server.ready(key, events)
            if monotonic() - told > 0.2:
                told = monotonic()
                self.number += 1
                self._server.publish(self.state.to_json())

    def _answer(self, header, blob):
        ask, do = header.get("ask"), header.get("do")
        self.asked.append(ask or do)
        if ask == "follow":
            return None
        if ask == "state":
            return {"ok": True, "state": self.state.to_json()}, b""
        if ask == "history":
            return {"ok": True, "points": self.points}, b""
        if ask == "picture":
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            told = {"ok": True, "time_s": 1.0, "number": self.number, "at": at}
            return {
                **told,
                "hazard": self.state.hazard,
                "class_map": self.cells,
                "box": self.box,
            }, self.picture
        if do and self.refuse:
            return {"ok": False, "error": self.refuse}, b""
        if do == "set-zones":
            self.state = replace(self.state, zones=tuple(header["zones"]))
        if do == "test":
            self.state = replace(self.state, testing=True)
        self.done.append(header)
        return {"ok": True}, b""
