"""The hand's loop, with a real model's reports, mock pins, real files, and things going wrong."""

import sqlite3
from time import monotonic

import pytest

from edge.contract.errors import EmberwatchError
from edge.link.report import EyeEnd
from tests.fakes.scripted_eye import Stage
from tests.fakes.tiny_bundle import FIRE, MISC, plain

CALM, RED = plain(MISC), plain(FIRE)


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
    ("end", "exit_code"),
    [(EyeEnd("the cable is out", "camera", 5), 5), (EyeEnd("a bug", "eye"), 1), (None, 1)],
)
def test_an_eye_that_fails_on_a_recording_drops_the_trouble_line_and_ends_the_watch(
    tmp_path, end, exit_code
):
    stage = Stage(tmp_path, [CALM], end)
    with pytest.raises(EmberwatchError) as caught:
        stage.run()
    assert caught.value.exit_code == exit_code
    assert ("it hung up" if end is None else end.problem) in caught.value.line()
    assert not stage.on(22)
    assert stage.kinds()[-3:] == ["line_moved", "trouble", "stopped"]


def test_a_pin_that_fails_is_a_trouble_and_the_siren_sounds(tmp_path):
    stage = Stage(tmp_path, [CALM, RED, RED], k=1, n=1)

    def break_beacon() -> None:
        # What gpiozero finds when another program has made an input of the pin.
        stage.factory.pin(27).function = "input"

    stage.then = break_beacon
    stage.run()
    assert stage.levels[-1][0]
    assert "GPIO 27" in stage.moments[-1].state.trouble
    assert "trouble" in stage.kinds()


def test_a_disk_that_fails_is_no_obstacle_to_the_alarm(tmp_path):
    (tmp_path / "state").write_text("not a folder")
    stage = Stage(tmp_path / "state", [CALM, RED, RED, RED, RED])
    assert stage.run().alarm_at_s == 3.0
    assert stage.levels == [(False, True)] * 3 + [(True, True)] * 2


def test_a_log_that_another_process_locks_holds_up_nothing(tmp_path):
    stage = Stage(tmp_path, [RED] * 4)
    stage.log.write([])
    other = sqlite3.connect(tmp_path / "events.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    started = monotonic()
    assert stage.run().alarm_at_s == 2.0
    other.close()
    assert monotonic() - started < 30


def test_max_frames_ends_it(tmp_path):
    stage = Stage(tmp_path, [CALM] * 9)
    assert stage.run(max_frames=3).frames == 3
    assert stage.log.read()[-1].detail["by"] == "--max-frames 3"
