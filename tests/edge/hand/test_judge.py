"""The judge: reports of every kind, and the time that passes between them."""

from dataclasses import replace
from pathlib import Path

from edge.alarm.latch import Latch
from edge.alarm.rules import AlarmRules
from edge.camera.settings import CameraSettings
from edge.config.config import Config
from edge.config.model import ModelSettings
from edge.hand.camera_care import CameraCare
from edge.hand.depth_watch import DepthWatch
from edge.hand.history import History
from edge.hand.judge import Judge
from edge.health.facts import FrameFacts
from edge.link.report import FrameReport
from tests.fakes.tiny_bundle import LABELS

FACTS = FrameFacts(120.0, 40.0, 1.0, 3.0, False, None, 64, 48)
CALM, FIRE = (0.0, 0.1, 0.9), (0.9, 0.1, 0.0)


def judge(live: bool = True, latch: Latch | None = None) -> Judge:
    config = Config(
        model=ModelSettings(Path("none")), camera=CameraSettings(), alarm=AlarmRules(k=1, n=1)
    )
    return Judge(config, LABELS, live, latch)


def report(time_s: float, scores: tuple[float, ...] | None = CALM, **more: object) -> FrameReport:
    return FrameReport(round(time_s * 10), time_s, time_s, scores, **more)  # type: ignore[arg-type]


def sources(verdict) -> set[str]:
    return {condition.source for condition in verdict.conditions}


def test_a_picture_from_long_ago_is_no_sight_of_now():
    one = judge()
    fresh = one.take(report(100.0), 100.1)
    assert (fresh.state.name, one.fresh) == ("clear", True)
    stale = one.take(report(100.2, FIRE), 106.0)
    assert (stale.state.name, one.fresh) == ("trouble", False)
    assert "5.8 s old" in stale.state.trouble


def test_a_stale_picture_of_a_recording_is_what_it_is():
    one = judge(live=False)
    assert one.take(report(0.0, FIRE), 0.0).state.name == "alarm"


def test_silence_is_a_trouble_by_the_deadline():
    one = judge()
    one.take(report(100.0, facts=FACTS), 100.0)
    assert one.tick(103.0).state.trouble is None
    assert sources(one.tick(105.0)) == {"camera-stalled"}
    for n in range(30):
        back = one.take(report(105.1 + n / 10, facts=FACTS), 105.1 + n / 10)
    assert back.state.name == "clear"


def test_a_missing_eye_hides_no_alarm_and_clears_none():
    one = judge()
    one.take(report(100.0, FIRE), 100.0)
    blind = one.miss("the eye is gone", 100.1)
    assert blind.state.name == "alarm"
    assert blind.state.sounding
    assert sources(one.tick(100.2)) == set(), "the keeper tells of its eye itself"


def test_a_gated_frame_keeps_what_was_known():
    one = judge()
    one.take(report(100.0, FIRE), 100.0)
    gated = one.take(report(100.1, None, gated=True), 100.1)
    assert gated.state.name == "alarm"
    assert not one.fresh


def test_a_latch_from_before_sounds_at_once():
    assert judge(latch=Latch(places=("",))).tick(5.0).state.sounding


def test_a_hot_board_is_supervisory():
    verdict = judge().take(report(1.0, celsius=90.0, flags=1 << 2), 1.0)
    assert {"running-warm", "throttled"} <= sources(verdict)
    assert verdict.state.trouble is None


def test_pictures_that_are_long_out_of_depth_are_told():
    watch = DepthWatch()
    for n in range(600):
        watch.take(1.5, n / 10)
    assert [condition.source for condition in watch.conditions] == ["out-of-depth"]
    for n in range(600, 2000):
        watch.take(0.5, n / 10)
    assert watch.conditions == ()


def test_one_odd_picture_is_not():
    watch = DepthWatch()
    for n in range(600):
        watch.take(5.0 if n % 50 == 49 else 0.6, n / 10)
        assert watch.conditions == ()


def test_a_frozen_camera_is_opened_anew_ever_more_rarely_a_covered_one_never():
    care, frozen = CameraCare(), judge().miss("x", 0.0)
    condition = judge().take(report(9.0), 20.0).conditions[0]
    held = [replace(condition, source="camera-frozen")]
    asked = [now for now in range(1000) if care.due(held, float(now)) is not None]
    assert asked == [0, 30, 90, 210, 450, 930]
    assert care.due([replace(condition, source="camera-covered")], 2000.0) is None
    assert frozen.conditions == ()


def test_history_keeps_the_worst_of_each_second():
    history = History(most=3)
    for n in range(50):
        history.add(n / 10, 1000 + n / 10, 0.9 if n == 25 else 0.1, "clear")
    points = history.last(5.0, 10.0)
    assert [point[1] for point in points] == [0.9, 0.1, 0.1]
    assert history.last(5.0, 0.5) == []


def test_scores_that_are_no_numbers_are_a_trouble():
    verdict = judge().take(report(1.0, (float("nan"), 0.0, 1.0)), 1.0)
    assert sources(verdict) == {"scores-unknown"}
