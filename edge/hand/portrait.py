"""portrait: the watch's Snapshot, and its newest picture, for whoever shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from edge.hand.journal import Journal
from edge.hand.judge import Judge
from edge.hand.summary import Tallies
from edge.inference.board_state import BoardState
from edge.link.report import EyeHello, FrameReport
from edge.link.snapshot import Notice, Snapshot
from edge.link.wire import Message
from edge.store.budget import Writes

STARTING = EyeHello("", "", (), "", "", 0.0, True)


@dataclass(frozen=True)
class LastPicture:
    """The newest JPEG, and what is known of where the hazard is in it.

    `cells` is the hazard of each cell of the class map, float32 [rows, columns] in [0, 1], and
    `seen` the part of the picture that the map covers: left, top, right, bottom as shares.
    """

    jpeg: bytes
    number: int
    time_s: float
    at: datetime
    hazard: float | None
    cells: npt.NDArray[np.float32] | None
    seen: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0)

    def message(self) -> Message:
        """Return the answer that carries it."""
        cells = None if self.cells is None else np.round(self.cells.astype(float), 3).tolist()
        header = {
            "ok": True,
            "time_s": self.time_s,
            "number": self.number,
            "at": self.at.isoformat(timespec="milliseconds"),
            "hazard": self.hazard,
            "class_map": cells,
            "box": list(self.seen),
        }
        return header, self.jpeg


def snapshot(
    at: datetime,
    journal: Journal,
    judge: Judge,
    hello: EyeHello | None,
    last: FrameReport | None,
    tallies: Tallies,
    writes: Writes,
    **more: object,
) -> Snapshot:
    """Return the state of the whole watch at the wall clock's `at`; `more` are other fields."""
    state, eye = judge.verdict.state, hello or STARTING
    scores: dict[str, float] = {}
    board = BoardState()
    if last is not None:
        board = BoardState(last.celsius, last.flags)
        if last.scores is not None:
            scores = dict(zip(judge.labels.names, last.scores, strict=True))
    notices = [
        Notice(one.signal, one.source, one.problem, since.isoformat(timespec="seconds"))
        for one, since in journal.open
    ]
    values = {
        "state": journal.name,
        "level": state.level.value,
        "since": journal.since.isoformat(timespec="seconds"),
        "hazard": None if math.isnan(state.hazard) else round(state.hazard, 4),
        "scores": scores,
        "sounding": state.sounding,
        "silenced": state.silenced,
        "testing": state.testing,
        "where": state.where,
        "notices": tuple(notices),
        "model": eye.model,
        "digest": eye.digest,
        "runtime": eye.runtime,
        "labels": tuple(eye.labels),
        "camera": eye.camera,
        "live": eye.live,
        "fps": round(tallies.fps, 2),
        "frames": tallies.frames,
        "lost": tallies.lost,
        "dropped": tallies.dropped,
        "invoke_ms": 0.0 if last is None else round(last.invoke_ms, 2),
        "invoke_steps": tallies.latency.steps(),
        "invoke_sum_ms": round(tallies.latency.sum_ms, 1),
        "depth": judge.depth,
        "celsius": board.celsius,
        "slowed_by": board.slowed_by,
        "written_today_bytes": writes.last_day_bytes,
        "write_budget_bytes": writes.budget_bytes,
        "zones": tuple(zone.to_json() for zone in judge.policy.zones),
        "last_event": journal.last_number,
    }
    return Snapshot(at.isoformat(timespec="milliseconds"), **(values | more))  # type: ignore[arg-type]


def heat(
    class_map: npt.NDArray[np.float32] | None, hazard_at: Sequence[int]
) -> npt.NDArray[np.float32] | None:
    """Return the hazard of each cell of a class map, float32 [rows, columns] in [0, 1]."""
    if class_map is None:
        return None
    cells: npt.NDArray[np.float32] = np.clip(class_map[:, :, list(hazard_at)].sum(axis=-1), 0, 1)
    return cells
