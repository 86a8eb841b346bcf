"""An eye that says what a script holds, over a real socket, and a hand that hears it."""

import selectors
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gpiozero.pins.mock import MockFactory

from edge.alarm.output_lines import OutputLines
from edge.alarm.outputs import AlarmOutputs
from edge.alarm.pins import Pins
from edge.alarm.rules import AlarmRules
from edge.camera.camera import LostFrame
from edge.camera.settings import CameraSettings
from edge.config.config import Config
from edge.config.model import ModelSettings
from edge.eye.look import Look
from edge.hand.gear import Gear
from edge.hand.hand import Hand
from edge.hand.moment import Moment
from edge.hand.retries import Retries
from edge.hand.stop import StopRequest
from edge.inference.prediction import Frame
from edge.link.report import EyeEnd, EyeHello, Told, read_message
from edge.link.wire import Decoder, encode
from edge.store.events import EventLog
from edge.store.scribe import Scribe
from edge.store.settings import StoreSettings
from tests.fakes.tiny_bundle import LABELS, tiny_classifier

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DONE = EyeEnd()
HELLO = EyeHello("tiny", "ab", LABELS.names, "a runtime", "a script", 1.0, False)


class ScriptedEye:
    """Says each thing of a list, then hangs up."""

    pid = 0

    def __init__(self, script: Sequence[Told]) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.setblocking(False)
        with theirs:
            for told in script:
                theirs.sendall(encode(*told.message()))
        self._decoder = Decoder()

    def receive(self) -> list[Told] | None:
        """Return what it said since."""
        data = self.socket.recv(1 << 20)
        return [read_message(m) for m in self._decoder.feed(data)] if data else None

    def kill(self) -> None:
        """Hang up."""
        self.socket.close()

    def tell(self, header: dict[str, object]) -> None:
        """Hear nothing."""

    def gone(self) -> bool:
        """Say that it is gone."""
        return True

    def how(self) -> str:
        """Say how it ended."""
        return "it hung up"


def looked(shots: Sequence[object], look: Look | None = None) -> list[Told]:
    """Return what an eye says of shots, one a second: pictures, or words for lost ones."""
    look = look or Look(tiny_classifier())
    reports: list[Told] = []
    for number, shot in enumerate(shots):
        if isinstance(shot, str):
            reports.append(look.look(LostFrame(float(number), number, shot)))
        else:
            reports.append(look.look(Frame(shot, float(number), number)))
    return reports


class Stage:
    """A hand with everything that it drives at hand, and an eye that looked at `shots`."""

    def __init__(
        self, folder: Path, shots: Sequence[object], end: EyeEnd | None = DONE, **rules: object
    ) -> None:
        self.factory = MockFactory()
        self.moments: list[Moment] = []
        self.levels: list[tuple[bool, bool]] = []
        self.then: Callable[[], object] = lambda: None
        self.log = EventLog(folder / "events.sqlite")
        self.script = [HELLO, *looked(shots), *([] if end is None else [end])]
        config = Config(
            model=ModelSettings(Path("none")),
            camera=CameraSettings(Path("none"), pace="fast"),
            alarm=AlarmRules(**rules),
            store=StoreSettings(folder),
        )
        self.selector = selectors.DefaultSelector()
        self.scribe = Scribe(config.store).start()
        gear = Gear(
            config,
            self.selector,
            lambda _bundle, _why, _reference: ScriptedEye(self.script),
            AlarmOutputs(OutputLines(), Pins(self.factory, simulated=True)),
            self.scribe,
            Retries([Path("none")]),
            on_moment=self.note,
            wall=lambda: NOW,
        )
        self.hand = Hand(gear)

    def note(self, moment: Moment) -> None:
        """Keep a moment and how the lines are then."""
        self.moments.append(moment)
        self.levels.append((self.on(17), self.on(22)))
        self.then()

    def on(self, bcm: int) -> bool:
        """Say whether a line is energised."""
        return bool(self.factory.pin(bcm).state)

    def run(self, **options: object):
        """Run the hand to its end, and have everything written."""
        try:
            with self.selector, StopRequest(self.selector) as stop:
                return self.hand.run(stop, **options)
        finally:
            self.scribe.close()

    def kinds(self) -> list[str]:
        """Return the kinds of all events."""
        return [event.kind for event in self.log.read()]

    def states(self) -> list[str]:
        """Return the state after each frame."""
        return [moment.state.name for moment in self.moments]
