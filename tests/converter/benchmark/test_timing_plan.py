"""Claims of the order and the honesty of timing."""

from pathlib import Path

import pytest

from converter.benchmark.figure_store import FigureStore
from converter.benchmark.subject import Subject
from converter.benchmark.timing import Timing
from converter.benchmark.timing_plan import TimingPlan
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from edge.contract.errors import ModelRefused
from tests.converter.benchmark.whole import LABELS, planted_timing

SUBJECT = Subject("int8", Path("int8.tflite"), "a" * 64, 1, LABELS, "squash")


class PlantedClock:
    """Times nothing: says what it was asked, and refuses one setting."""

    def __init__(self, refuse: tuple[int, bool] | None = None, throttled: bool = False) -> None:
        self.refuse, self.throttled = refuse, throttled
        self.asked: list[tuple[int, bool]] = []

    def __call__(self, environment, model, threads, xnnpack, runs, progress) -> list[Timing]:
        (count,), (switch,) = threads, xnnpack
        self.asked.append((count, switch))
        if (count, switch) == self.refuse:
            raise ModelRefused("it crashed", found="SIGSEGV")
        fields = {"threads": count, "xnnpack": switch, "throttled": self.throttled}
        return [planted_timing(environment.runtime, operators=(), **fields)]


def plan(clock: PlantedClock, busy: float = 0.0) -> TimingPlan:
    return TimingPlan((1, 2), (True, False), clock=clock, busy_cores=lambda: busy)


def test_every_setting_is_timed_once_and_then_kept(pi: PiEnvironment, tmp_path: Path) -> None:
    clock, store = PlantedClock(), FigureStore(tmp_path)
    first = plan(clock).time(pi, SUBJECT, store, Progress())
    assert clock.asked == [(1, True), (2, True), (1, False), (2, False)]
    again = plan(clock).time(pi, SUBJECT, store, Progress())
    assert len(clock.asked) == 4 and again.kept == 4
    assert again.timings == first.timings


def test_a_setting_that_crashes_does_not_take_the_others_with_it(
    pi: PiEnvironment, tmp_path: Path
) -> None:
    found = plan(PlantedClock(refuse=(1, False))).time(
        pi, SUBJECT, FigureStore(tmp_path), Progress()
    )
    assert [(one.threads, one.xnnpack) for one in found.timings] == [
        (1, True),
        (2, True),
        (2, False),
    ]
    (problem,) = found.problems
    assert "1 thread, XNNPACK off" in problem and "SIGSEGV" in problem


def test_a_throttled_time_is_not_kept(pi: PiEnvironment, tmp_path: Path) -> None:
    clock, store = PlantedClock(throttled=True), FigureStore(tmp_path)
    for _ in range(2):
        plan(clock).time(pi, SUBJECT, store, Progress())
    assert len(clock.asked) == 8


def test_times_of_another_machine_are_not_taken_for_this_ones(
    pi: PiEnvironment, tmp_path: Path
) -> None:
    clock, store = PlantedClock(), FigureStore(tmp_path)
    for place in ("here", "there"):
        TimingPlan(clock=clock, place=place).time(pi, SUBJECT, store, Progress())
    assert len(clock.asked) == 2


def test_a_busy_machine_is_remembered_with_the_times(pi: PiEnvironment, tmp_path: Path) -> None:
    store = FigureStore(tmp_path)
    plan(PlantedClock(), busy=1.5).time(pi, SUBJECT, store, Progress())
    later = plan(PlantedClock(), busy=0.0).time(pi, SUBJECT, store, Progress())
    assert later.busy_cores == pytest.approx(1.5)
