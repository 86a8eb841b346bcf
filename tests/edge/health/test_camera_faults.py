"""What happens to real cameras, done to pictures: seen, named and forgiven in time."""

from pathlib import Path

import av
import numpy as np
import pytest

from edge.health.gauge import FrameGauge
from edge.health.monitor import HealthMonitor
from edge.health.settings import HealthSettings
from tests.benchmarks.camera_faults import FAULTS, HARMLESS, Fault, night, sensor
from tests.benchmarks.camera_health import course
from tests.edge.health.test_frame_gauge import noisy, scene
from tests.fakes.clips import write_clip

VIEW = scene(5, 320, 240)
BLIND_S = HealthSettings().blind_after_seconds


def told(path: Path) -> dict[str, float]:
    """Return when each trouble was first told in a clip, in seconds."""
    gauge, monitor = FrameGauge(), HealthMonitor(HealthSettings(), live=False)
    found: dict[str, float] = {}
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            facts = gauge.measure(picture.to_ndarray(format="rgb24"), float(picture.time))
            for condition in monitor.update(facts, float(picture.time)):
                found.setdefault(condition.source, float(picture.time))
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_within_five_seconds_and_ends_with_it(name: str) -> None:
    expected, fault = FAULTS[name]
    seen = course(VIEW, fault)
    assert (seen.told, seen.early) == (expected, None)
    assert seen.after_s is not None
    assert seen.after_s <= BLIND_S
    assert seen.cleared_s is not None


@pytest.mark.parametrize("name", HARMLESS)
def test_light_and_people_are_no_fault(name: str) -> None:
    seen = course(VIEW, HARMLESS[name])
    assert (seen.told, seen.early) == (None, None)


def test_a_scene_learnt_at_night_is_known_by_day() -> None:
    def day(rgb: np.ndarray, number: int) -> np.ndarray:
        return sensor(rgb, number)

    for first, then in ((night, day), (HARMLESS["infra-red"], day), (day, night)):
        assert not both(first, then)


def both(first: Fault, then: Fault) -> set[str]:
    """Return what is told when one state of the light follows another for good."""
    gauge, monitor = FrameGauge(), HealthMonitor(HealthSettings(), live=False)
    found: set[str] = set()
    for number in range(60):
        frame = (first if number < 20 else then)(VIEW, number)
        conditions = monitor.update(gauge.measure(frame, number / 4), number / 4)
        found |= {condition.source for condition in conditions}
    return found


def test_a_camera_frozen_behind_an_encoder_is_told_within_five_seconds(tmp_path: Path) -> None:
    living = [noisy(scene(), number) for number in range(30)]
    clip = write_clip(tmp_path / "frozen.mp4", [*living, *[living[-1]] * 70])
    found = told(clip)
    assert set(found) == {"camera-frozen"}
    assert found["camera-frozen"] - 3.0 <= BLIND_S


def test_a_still_scene_behind_an_encoder_is_not_frozen(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "still.mp4", [noisy(scene(), number) for number in range(100)])
    assert told(clip) == {}


def test_real_smoke_is_neither_a_moved_nor_a_defocused_camera(real_data: Path) -> None:
    clip = real_data / "videos" / "derived_cctv_loadingbay_normal-smoke.mp4"
    found = told(clip)
    # It begins at 3 s and fills the picture at 7: by then an alarm had its time.
    assert set(found) <= {"camera-covered"}
    assert all(at_s > 3.0 + 2 * BLIND_S / 2 for at_s in found.values())
