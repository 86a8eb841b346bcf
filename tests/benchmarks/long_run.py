"""A day of watching in minutes: is the memory flat, and what is written within the budget?

    .venv/workstation/bin/python -m tests.benchmarks.long_run [--hours 24] [--fps 2] [--clip FILE]

Frames, day and night, with fires, a covered lens, lost frames, flicker and people who silence,
reset and mark false alarms, go through the watch's own code: Look, Hand, Judge, the pins
(simulated), the scribe and a real disk. Only the clock is another's: it stands still while a
frame is looked at or the disk works, and leaps to the next frame. Prints a line for each
simulated hour, and at the end one JSON object.
"""

import argparse
import json
import math
import selectors
import socket
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import numpy as np
from gpiozero.pins.mock import MockFactory

from edge.alarm.outputs import AlarmOutputs
from edge.alarm.pins import Pins
from edge.camera.camera import LostFrame, Shot
from edge.camera.settings import CameraSettings
from edge.config.config import Config
from edge.config.model import ModelSettings
from edge.contract.picture import Rgb
from edge.eye.look import Look
from edge.hand.gear import Gear
from edge.hand.hand import Hand
from edge.hand.people import People
from edge.hand.retries import Retries
from edge.hand.stop import StopRequest
from edge.inference.classifier import Classifier
from edge.inference.prediction import Frame
from edge.link.report import EyeEnd, EyeHello, Told
from edge.store.budget import process_written_bytes
from edge.store.evidence import Evidence
from edge.store.reader import EventReader
from edge.store.scribe import Scribe
from edge.store.settings import MB, StoreSettings
from tests.fakes.tiny_bundle import FIRE, tiny_bundle

HEIGHT, WIDTH = 360, 640
START = datetime(2026, 11, 22, tzinfo=UTC)
NIGHT_GAIN, DAY_GAIN = 0.35, 1.0
# Simulated seconds of the day at which something happens, and for how long.
FIRE_SECONDS, COVERED_SECONDS, LOST_SECONDS = 20, 45, 15
FIRE_EVERY_S, COVERED_EVERY_S, LOST_EVERY_S = 5400, 7200, 4000
FLICKER_FROM_S, FLICKER_TO_S = 11 * 3600, 11 * 3600 + 600
PAGE_BYTES = 4096


class Day:
    """What the camera sees at each moment of the simulated day."""

    def __init__(self, backgrounds: Sequence[Rgb], fire_every_s: int = FIRE_EVERY_S) -> None:
        self._fire_every_s = fire_every_s
        chance = np.random.default_rng(11)
        self._backgrounds = [picture.astype(np.int16) for picture in backgrounds]
        shape = self._backgrounds[0].shape
        self._noise = [chance.integers(-4, 5, shape, np.int16) for _ in range(12)]

    def shot(self, number: int, at_s: float) -> Shot:
        """Return the frame of a moment, or that there is none."""
        if at_s % LOST_EVERY_S > LOST_EVERY_S - LOST_SECONDS:
            return LostFrame(at_s, number, "no picture came from the camera")
        noise = self._noise[number % len(self._noise)]
        if at_s % COVERED_EVERY_S > COVERED_EVERY_S - COVERED_SECONDS:
            return self._frame(np.abs(noise), at_s, number)
        scene = self._backgrounds[number // 50 % len(self._backgrounds)]
        # The sun goes up and down; a lamp flickers for ten minutes before noon.
        sun = max(0.0, math.sin((at_s / 86_400 - 0.25) * 2 * math.pi))
        gain = NIGHT_GAIN + (DAY_GAIN - NIGHT_GAIN) * sun
        if FLICKER_FROM_S <= at_s < FLICKER_TO_S and number % 3 == 0:
            gain *= 0.5
        picture = (scene * np.float32(gain)).astype(np.int16) + noise
        if at_s % self._fire_every_s > self._fire_every_s - FIRE_SECONDS:
            picture[: HEIGHT * 4 // 5] = np.array(FIRE, np.int16) + noise[: HEIGHT * 4 // 5]
        return self._frame(picture, at_s, number)

    def _frame(self, picture: np.ndarray, at_s: float, number: int) -> Shot:
        return Frame(np.clip(picture, 0, 255).astype(np.uint8), at_s, number)


class SimulatedEye:
    """Looks in this process at what the day shows, when the simulated clock says so."""

    pid = 0

    def __init__(self, look: Look, hello: EyeHello, day: Day, fps: float, frames: int) -> None:
        self.socket, self._other = socket.socketpair()
        self._look, self._hello, self._day, self._fps = look, hello, day, fps
        self._said_hello = False
        self._last = frames - 1
        self.number = 0

    @property
    def due_s(self) -> float:
        """Return when the next frame is there."""
        return (self.number + 1) / self._fps

    def receive(self) -> list[Told]:
        """Return what it says now."""
        told: list[Told] = [] if self._said_hello else [self._hello]
        self._said_hello = True
        if self.number <= self._last:
            told.append(self._look.look(self._day.shot(self.number, self.due_s)))
        else:
            told.append(EyeEnd())
        self.number += 1
        return told

    def kill(self) -> None:
        """Hang up."""
        self.socket.close()

    def tell(self, header: dict[str, object]) -> None:
        """Take in that the camera should be opened anew: nothing would change."""

    def gone(self) -> bool:
        """Say that it is gone."""
        return True

    def how(self) -> str:
        """Say how it ended."""
        return "it hung up"


class SimulatedSelector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Waits for nothing: time leaps to the next frame, and stands still while the disk works."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.eye: SimulatedEye | None = None
        self.scribe: Scribe | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, the eye if its frame is due before `timeout` is over."""
        while self.scribe is not None and self.scribe.stuck_for_s(self.now) > 0:
            sleep(0.0002)
        ready = super().select(0)
        end = self.now + max(0.0, timeout or 0.0)
        if self.eye is not None and self.eye.due_s <= end:
            self.now = max(self.now, self.eye.due_s)
            ready.append((self.get_key(self.eye.socket), selectors.EVENT_READ))
        else:
            self.now = end
        return ready


class LongRun:
    """A watch whose time is made, and what is measured of it."""

    def __init__(
        self,
        folder: Path,
        hours: float,
        fps: float,
        clip: Path | None = None,
        fire_every_s: int = FIRE_EVERY_S,
    ) -> None:
        self.hours, self.fps, self.folder = hours, fps, folder
        self.frames = round(hours * 3600 * fps)
        self.config = Config(
            model=ModelSettings(Path("none")),
            camera=CameraSettings(kind="v4l2", device="/dev/video0"),
            store=StoreSettings(folder, low_disk_mb=0),
        )
        self.selector = SimulatedSelector()
        self.scribe = Scribe(self.config.store, self.clock).start()
        self.selector.scribe = self.scribe
        bundle = tiny_bundle()
        classifier = Classifier.from_bundle(bundle, 1)
        self._look = Look.of(self.config, bundle, classifier)
        self._look.clock = self.clock
        self._bundle = bundle
        self._day = Day(list(backgrounds(clip)), fire_every_s)
        self.outputs = AlarmOutputs(self.config.outputs, Pins(MockFactory(), simulated=True))
        gear = Gear(
            self.config,
            self.selector,
            lambda _bundle, _why, _reference: self._eye(),
            self.outputs,
            self.scribe,
            Retries([Path("none")]),
            clock=self.clock,
            wall=lambda: START + timedelta(seconds=self.clock()),
        )
        self.hand = Hand(gear)
        self.hand.every_tick.append(self._each_tick)
        self.people = People(self.hand)
        self.hour_rows: list[dict[str, object]] = []
        self._next_row_s = 0.0
        self._alarm_since: float | None = None
        self._asked: set[str] = set()
        self._began = monotonic()
        self._kernel_began = process_written_bytes() or 0

    def clock(self) -> float:
        """Return the simulated seconds."""
        return self.selector.now

    def run(self) -> dict[str, object]:
        """Watch the day; return the figures."""
        with self.selector, StopRequest(self.selector) as stop:
            summary = self.hand.run(stop, self.frames)
        self.scribe.flush(60)
        row = self.measure()
        self.scribe.close()
        return {
            "hours": self.hours,
            "frames": summary.frames,
            "alarms": len(self.events("alarm")),
            "events": self.hand_events(),
            "wall_s": round(monotonic() - self._began, 1),
            "resident_mb": [one["resident_mb"] for one in self.hour_rows] + [row["resident_mb"]],
            **{name: row[name] for name in ("counted_mb", "kernel_mb", "evidence_mb", "log_mb")},
            "budget_mb": self.config.store.write_budget_mb_per_day,
            "lost": self.scribe.lost(),
        }

    def events(self, *kinds: str) -> list[object]:
        """Return events of some kinds."""
        return list(EventReader(self.config.store.events).since(0, kinds=kinds, limit=-1))

    def hand_events(self) -> int:
        """Return how many events were logged."""
        return EventReader(self.config.store.events).newest(1)[0].number

    def measure(self) -> dict[str, object]:
        """Return how things are now."""
        evidence = Evidence(self.config.store.evidence).list()
        log = self.config.store.events
        size = sum(part.stat().st_size for part in log.parent.glob(f"{log.name}*"))
        return {
            "hour": round(self.clock() / 3600, 2),
            "resident_mb": round(resident_bytes() / MB, 1),
            "counted_mb": round(self.scribe.writes().total_bytes / MB, 2),
            "kernel_mb": round(((process_written_bytes() or 0) - self._kernel_began) / MB, 2),
            "evidence_mb": round(sum(one.size_bytes for one in evidence) / MB, 2),
            "log_mb": round(size / MB, 2),
        }

    def _eye(self) -> SimulatedEye:
        hello = EyeHello(
            "tiny", self._bundle.digest, self._bundle.manifest.labels.names, "", "simulated",
            self.fps, True,
        )  # fmt: skip
        self.selector.eye = SimulatedEye(self._look, hello, self._day, self.fps, self.frames)
        return self.selector.eye

    def _each_tick(self, now: float) -> None:
        if now >= self._next_row_s:
            self._next_row_s += 3600.0
            self.hour_rows.append(self.measure())
            print(json.dumps(self.hour_rows[-1]), flush=True)
        alarm = self.hand.journal.name == "alarm"
        if not alarm:
            self._alarm_since, self._asked = None, set()
            return
        if self._alarm_since is None:
            self._alarm_since = now
        for after, what in ((30.0, "silence"), (40.0, "keep"), (60.0, "reset")):
            if now - self._alarm_since >= after and what not in self._asked:
                self._asked.add(what)
                self.people.do(what, "anna", {"kind": "false-alarm"})


def backgrounds(clip: Path | None) -> Iterator[Rgb]:
    """Give pictures for the background: some of a clip's, or one that is made."""
    if clip is None:
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
        blocks = ((rows // 20 + columns // 33) % 5)[..., np.newaxis]
        yield (np.array((24, 76, 34)) + blocks * np.array((4, 9, 4))).astype(np.uint8)
        return
    import av
    from PIL import Image

    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 30 == 0:
                picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
                yield np.asarray(picture.resize((WIDTH, HEIGHT)))
            if number >= 300:
                return


def resident_bytes() -> int:
    """Return this process's resident memory, as the kernel counts it."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--fps", type=float, default=2.0)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; else a temporary")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        run = LongRun(Path(folder) / "state", given.hours, given.fps, given.clip)
        print(json.dumps(run.run()))


if __name__ == "__main__":
    main()
