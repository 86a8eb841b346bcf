"""The pace, on a clock that only moves when it is told to."""

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.camera import LostFrame, Shot
from edge.camera.pace import PacedCamera
from edge.inference.prediction import Frame

BLANK = np.zeros((1, 1, 3), np.uint8)


class Clock:
    """Seconds that pass by waiting and by working."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class Recording:
    """A camera with these shots."""

    dropped = 0

    def __init__(self, shots: list[Shot]) -> None:
        self.shots = shots
        self.closed = False

    def frames(self) -> Iterator[Shot]:
        yield from self.shots

    def close(self) -> None:
        self.closed = True


def recording(seconds: float, fps: int = 10, lost: tuple[int, ...] = ()) -> Recording:
    return Recording(
        [
            LostFrame(n / fps, n, "unreadable") if n in lost else Frame(BLANK, n / fps, n)
            for n in range(round(seconds * fps))
        ]
    )


def watch(camera: PacedCamera, clock: Clock, work_s: float) -> list[tuple[int, float]]:
    """Return number and age of each frame, looking at each for `work_s`."""
    seen = []
    for shot in camera.frames():
        seen.append((shot.number, clock.now - 100.0 - shot.time_s))
        clock.pass_by(work_s)
    return seen


def test_a_quick_watcher_sees_every_frame_when_it_is_due():
    clock = Clock()
    camera = PacedCamera(recording(3), clock, clock.pass_by)
    seen = watch(camera, clock, 0.02)
    assert [number for number, _ in seen] == list(range(30))
    assert all(abs(age) < 1e-9 for _, age in seen)
    assert camera.dropped == 0


@given(st.floats(0.11, 2))
def test_a_slow_watcher_gets_the_newest_frame_and_the_others_are_counted(work_s):
    clock = Clock()
    camera = PacedCamera(recording(10), clock, clock.pass_by)
    seen = watch(camera, clock, work_s)
    assert len(seen) + camera.dropped == 100
    # The frame before the end may be older: there is none newer.
    assert all(-1e-9 <= age <= 0.1 + 1e-9 for _, age in seen[:-1])
    assert seen[-1][0] == 99


def test_fast_gives_every_frame_to_however_slow_a_watcher():
    clock = Clock()
    camera = PacedCamera(recording(3), clock, clock.pass_by, real_time=False)
    assert [number for number, _ in watch(camera, clock, 5.0)] == list(range(30))
    assert camera.dropped == 0


def test_a_lost_frame_is_never_dropped():
    clock = Clock()
    camera = PacedCamera(recording(3, lost=(3, 4, 17)), clock, clock.pass_by)
    seen = [number for number, _ in watch(camera, clock, 0.7)]
    assert {3, 4, 17} <= set(seen)
    assert seen == sorted(seen)


def test_a_limit_thins_out_to_an_even_grid():
    clock = Clock()
    camera = PacedCamera(recording(2, fps=25), clock, clock.pass_by, max_fps=10, real_time=False)
    times = [number / 25 for number, _ in watch(camera, clock, 0.0)]
    assert len(times) == 20
    assert np.diff(times).min() >= 0.08 - 1e-9
    assert camera.dropped == 0


def test_a_limit_above_the_rate_changes_nothing():
    clock = Clock()
    camera = PacedCamera(recording(2), clock, clock.pass_by, max_fps=30, real_time=False)
    assert len(watch(camera, clock, 0.0)) == 20


def test_closing_closes_the_camera_behind():
    clock, behind = Clock(), recording(1)
    PacedCamera(behind, clock, clock.pass_by).close()
    assert behind.closed
