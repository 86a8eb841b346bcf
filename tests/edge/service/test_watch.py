"""The loop, with a real model, mock pins, real files, and things going wrong."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

from edge.alarm.outputs import AlarmOutputs, OutputLines
from edge.alarm.pins import Pins
from edge.alarm.policy import AlarmPolicy
from edge.alarm.rules import AlarmRules
from edge.camera.camera import LostFrame, Shot
from edge.contract.errors import CameraError, EmberwatchError
from edge.inference.prediction import Frame
from edge.service.moment import Moment
from edge.service.stop import StopRequest
from edge.service.watch import Watch
from edge.store.backlog import Backlog
from edge.store.events import EventLog
from tests.fakes.tiny_bundle import FIRE, MISC, plain, tiny_classifier

CALM, RED = plain(MISC), plain(FIRE)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Recording:
    """Shots at one a second; an exception among them is raised."""

    dropped = 0

    def __init__(self, shots: list[object]) -> None:
        self.shots = shots

    def frames(self) -> Iterator[Shot]:
        for number, shot in enumerate(self.shots):
            if isinstance(shot, Exception):
                raise shot
            if isinstance(shot, str):
                yield LostFrame(float(number), number, shot)
            else:
                yield Frame(shot, float(number), number)

    def close(self) -> None:
        pass


class Stage:
    """A watch with everything that it drives at hand."""

    def __init__(self, folder, shots: list[object], **rules: object) -> None:
        self.factory = MockFactory()
        self.clock = 0.0
        self.moments: list[Moment] = []
        self.levels: list[tuple[bool, bool]] = []
        self.then: Callable[[], object] = lambda: None
        self.log = EventLog(folder / "events.sqlite", busy_seconds=0.0)
        self.backlog = Backlog(self.log, lambda: self.clock)
        classifier = tiny_classifier()
        self.watch = Watch(
            Recording(shots),
            classifier,
            AlarmPolicy(AlarmRules(**rules), classifier.labels),
            AlarmOutputs(OutputLines(), Pins(self.factory, simulated=True)),
            self.backlog,
            self.note,
            lambda: NOW,
        )

    def note(self, moment: Moment) -> None:
        self.clock += 1.0
        self.moments.append(moment)
        self.levels.append((self.on(17), self.on(22)))
        self.then()

    def on(self, bcm: int) -> bool:
        return bool(self.factory.pin(bcm).state)

    def run(self, **options: object):
        return self.watch.run(StopRequest(), **options)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.log.read()]

    def states(self) -> list[str]:
        return [moment.state.name for moment in self.moments]


def test_a_fire_raises_the_alarm_in_the_third_frame(tmp_path):
    stage = Stage(tmp_path, [CALM, CALM, RED, RED, RED, CALM])
    summary = stage.run()
    assert stage.states() == ["clear"] * 2 + ["pre-alarm"] * 2 + ["alarm"] * 2
    assert stage.levels == [(False, True)] * 4 + [(True, True)] * 2
    assert (summary.alarm_at_s, summary.frames) == (4.0, 6)
    alarm = [e for e in stage.log.read() if e.kind == "state_changed" and e.state == "alarm"]
    assert [(e.frame_s, e.detail["from"]) for e in alarm] == [(4.0, "pre-alarm")]


def test_afterwards_every_line_has_dropped_and_the_log_says_so(tmp_path):
    stage = Stage(tmp_path, [RED] * 3)
    stage.run()
    assert [stage.on(bcm) for bcm in (17, 27, 22)] == [False] * 3
    assert stage.kinds()[0] == "started"
    last = stage.log.read()[-4:]
    assert [(e.kind, e.detail.get("line"), e.detail.get("on")) for e in last] == [
        ("line_moved", "siren", False),
        ("line_moved", "beacon", False),
        ("line_moved", "trouble", False),
        ("stopped", None, None),
    ]


def test_a_lost_frame_drops_the_trouble_line_until_the_next_good_one(tmp_path):
    stage = Stage(tmp_path, [CALM, "2.jpg is damaged", CALM])
    summary = stage.run()
    assert stage.states() == ["clear", "trouble", "clear"]
    assert [trouble for _, trouble in stage.levels] == [True, False, True]
    assert summary.lost == 1
    assert [kind for kind in stage.kinds() if "trouble" in kind] == ["trouble", "trouble_cleared"]


def test_a_lost_frame_silences_no_siren(tmp_path):
    stage = Stage(tmp_path, [RED, RED, RED, "damaged", CALM])
    stage.run()
    assert [siren for siren, _ in stage.levels] == [False, False, True, True, True]
    assert stage.states()[-2:] == ["alarm", "alarm"]


@pytest.mark.parametrize(
    ("fault", "raised", "exit_code"),
    [
        (CameraError("the cable is out"), CameraError, 5),
        (ZeroDivisionError("a bug"), EmberwatchError, 1),
    ],
)
def test_a_camera_that_fails_drops_the_trouble_line_and_is_logged(
    tmp_path, fault, raised, exit_code
):
    stage = Stage(tmp_path, [CALM, fault])
    with pytest.raises(raised) as caught:
        stage.run()
    assert caught.value.exit_code == exit_code
    assert str(fault.args[0]) in caught.value.line()
    assert not stage.on(22)
    assert stage.kinds()[-3:] == ["line_moved", "trouble", "stopped"]


def test_a_frame_that_the_classifier_refuses_is_a_fault(tmp_path):
    stage = Stage(tmp_path, [CALM, np.zeros((4, 4, 4), np.uint8)])
    with pytest.raises(EmberwatchError, match="not an RGB picture"):
        stage.run()
    assert not stage.on(22)
    assert stage.kinds()[-1] == "stopped"


def test_a_pin_that_fails_is_a_fault_and_the_siren_still_sounds(tmp_path):
    stage = Stage(tmp_path, [CALM, RED], k=1, n=1)

    def break_beacon() -> None:
        # What gpiozero finds when another program has made an input of the pin.
        stage.factory.pin(27).function = "input"

    stage.then = break_beacon
    with pytest.raises(EmberwatchError, match="GPIO 27"):
        stage.run()
    assert True in [bool(change.state) for change in stage.factory.pin(17).states]
    assert "trouble" in stage.kinds()


def test_a_disk_that_fails_is_a_trouble_and_no_obstacle_to_the_alarm(tmp_path):
    folder = tmp_path / "later"
    stage = Stage(folder, [CALM, RED, RED, RED, RED])
    summary = stage.run()
    assert summary.alarm_at_s == 3.0
    assert stage.levels == [(False, False)] * 3 + [(True, False)] * 2
    assert "event log" in stage.moments[0].state.trouble


def test_a_disk_that_comes_back_clears_the_trouble_and_has_every_event(tmp_path):
    folder = tmp_path / "later"
    stage = Stage(folder, [CALM] * 10)
    stage.then = lambda: folder.mkdir(exist_ok=True)
    stage.run()
    assert stage.states() == ["trouble"] * 5 + ["clear"] * 5
    kinds = stage.kinds()
    assert kinds[:2] == ["started", "trouble"]
    assert "trouble_cleared" in kinds


def test_a_log_that_another_process_locks_holds_up_nothing(tmp_path):
    stage = Stage(tmp_path, [RED] * 4)
    stage.log.write([])
    other = sqlite3.connect(tmp_path / "events.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert stage.run().alarm_at_s == 2.0
    assert "locked" in stage.moments[0].state.trouble
    other.close()


def test_max_frames_ends_it(tmp_path):
    stage = Stage(tmp_path, [CALM] * 9)
    assert stage.run(max_frames=3).frames == 3
    assert stage.log.read()[-1].detail["by"] == "--max-frames 3"


def test_the_scores_are_those_of_the_classifier(tmp_path):
    stage = Stage(tmp_path, [RED, plain((140, 150, 160))])
    stage.run()
    classifier = tiny_classifier()
    for moment in stage.moments:
        expected = classifier.classify(moment.shot)
        assert np.array_equal(moment.prediction.scores, expected.scores)
        assert moment.invoke_ms > 0
