"""The keeper of the eye, on a clock of the test's own: silence, rubbish, death, no death."""

import selectors
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from edge.hand.eye_keeper import DEATH_SECONDS, MOST_DYING, START_SECONDS, EyeKeeper
from edge.hand.retries import Retries
from edge.link.report import EyeEnd, FrameReport, Told, read_message
from edge.link.wire import Decoder, encode
from tests.fakes.scripted_eye import HELLO

SILENT = 5.0


class Puppet:
    """An eye whose strings the test holds; `immortal` ones do not die of SIGKILL."""

    pid = 1234

    def __init__(self, immortal: bool) -> None:
        self.socket, self.mouth = socket.socketpair()
        self.socket.setblocking(False)
        self.immortal = immortal
        self.killed = False
        self._decoder = Decoder()

    def say(self, *what: Told) -> None:
        for told in what:
            self.mouth.sendall(encode(*told.message()))

    def receive(self) -> list[Told] | None:
        data = self.socket.recv(1 << 16)
        return [read_message(m) for m in self._decoder.feed(data)] if data else None

    def tell(self, header) -> None: ...

    def kill(self) -> None:
        self.killed = True
        self.socket.close()

    def gone(self) -> bool:
        return self.killed and not self.immortal

    def how(self) -> str:
        return "it died by SIGSEGV"


class Stage:
    def __init__(self) -> None:
        self.now = 0.0
        self.immortal = False
        self.eyes: list[Puppet] = []
        self.bundles: list[Path] = []
        self.heard: list[Told] = []
        self.lost: list[str] = []
        self.selector = selectors.DefaultSelector()
        self.keeper = EyeKeeper(
            self.selector,
            Retries([Path("new"), Path("old")]),
            self.start,
            SILENT,
            self.heard.append,
            lambda fault: self.lost.append(fault.source),
            lambda: self.now,
        )
        self.keeper.begin()

    def start(self, bundle: Path, _why: str) -> Puppet:
        self.bundles.append(bundle)
        self.eyes.append(Puppet(self.immortal))
        return self.eyes[-1]

    def turn(self, seconds: float = 0.0) -> None:
        """Let some time pass, as the hand's loop does."""
        self.now += seconds
        for key, events in self.selector.select(0.01):
            key.data.ready(key, events)
        self.keeper.tick()

    def sources(self) -> set[str]:
        return {condition.source for condition in self.keeper.conditions}


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.keeper.stop()
    made.selector.close()


def frame(number: int) -> FrameReport:
    return FrameReport(number, float(number), float(number), (0.1, 0.2, 0.7))


def test_silence_ends_an_eye_by_the_deadline_and_a_new_one_follows(stage):
    stage.eyes[0].say(HELLO, frame(0))
    stage.turn()
    stage.turn(SILENT - 0.1)
    assert stage.lost == []
    stage.turn(0.1)
    assert stage.lost == ["eye-silent"]
    assert stage.eyes[0].killed
    stage.turn(1.0)
    assert len(stage.eyes) == 2
    assert stage.sources() == {"eye-silent"}, "until it sees"
    stage.eyes[1].say(HELLO)
    stage.turn()
    assert stage.sources() == {"eye-silent"}
    stage.eyes[1].say(frame(0))
    stage.turn()
    assert stage.sources() == set()
    assert stage.keeper.restarts == 1


def test_a_start_may_take_longer_than_a_frame(stage):
    stage.turn(SILENT + 1)
    assert stage.lost == []
    stage.turn(START_SECONDS)
    assert stage.lost == ["eye-silent"]


def test_an_eye_whose_camera_stays_lost_is_replaced_ever_more_rarely(stage):
    live = replace(HELLO, live=True)
    lasted = []
    for _ in range(3):
        eye, began = stage.eyes[-1], stage.now
        eye.say(live)
        while not eye.killed:
            eye.say(FrameReport(0, stage.now, stage.now, problem="no cable"))
            stage.turn(1.0)
        lasted.append(round(stage.now - began))
        while stage.eyes[-1] is eye:
            stage.turn(0.5)
    for seconds, least in zip(lasted, (30, 60, 120), strict=True):
        assert least <= seconds <= least + 3
    assert set(stage.lost) == {"camera-lost"}
    assert stage.bundles == [Path("new")] * 4, "it is not the model's fault"


def test_an_eye_that_speaks_rubbish_is_let_go(stage):
    stage.eyes[0].mouth.sendall(b"\xff" * 64)
    stage.turn()
    assert stage.lost == ["eye-crashed"]
    assert stage.eyes[0].killed


def test_how_an_eye_died_is_told(stage):
    stage.eyes[0].immortal, stage.eyes[0].killed = False, True
    stage.eyes[0].mouth.close()
    stage.turn()
    assert stage.lost == ["eye-crashed"]
    assert "SIGSEGV" in stage.keeper.conditions[0].problem


def test_an_eye_that_no_signal_ends_is_told_and_never_waited_for(stage):
    stage.immortal = stage.eyes[0].immortal = True
    for n in range(MOST_DYING + 3):
        if not stage.eyes[-1].killed:
            stage.eyes[-1].say(EyeEnd("the driver hangs", "camera", 5))
        stage.turn()
        stage.turn(61.0 if n else DEATH_SECONDS + 61.0)
    assert "eye-unkillable" in stage.sources()
    assert len(stage.eyes) == MOST_DYING, "more of them would help nobody"
    for eye in stage.eyes:
        eye.immortal = False
    stage.turn(61.0)
    assert len(stage.eyes) == MOST_DYING + 1
    assert "eye-unkillable" not in stage.sources()


def test_a_model_that_kills_three_eyes_is_left_for_the_previous_one(stage):
    for _ in range(3):
        stage.eyes[-1].say(EyeEnd("scores are not numbers", "model", 3))
        stage.turn()
        stage.turn(10.0)
    assert stage.bundles == [Path("new")] * 3 + [Path("old")]
    stage.eyes[-1].say(HELLO, frame(0))
    stage.turn()
    assert stage.sources() == {"model-fallback"}


def test_after_the_end_none_is_started(stage):
    stage.keeper.stop()
    stage.turn(1000.0)
    assert len(stage.eyes) == 1
    assert stage.eyes[0].killed
