"""TimingPlan: by which settings models are timed, one after another, when all else is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from converter.benchmark.clock import time_model, with_operators
from converter.benchmark.figure_store import FigureStore
from converter.benchmark.machine import busy_cores
from converter.benchmark.subject import Subject
from converter.benchmark.timing import Timing
from converter.pi_environment import RUNS, PiEnvironment
from converter.progress import Progress
from edge.contract.errors import MachineError, ModelError

# As `time_model`: (environment, model, threads, XNNPACK, least runs, progress).
Clock = Callable[
    [PiEnvironment, Path, Sequence[int], Sequence[bool], int, Progress], Sequence[Timing]
]


@dataclass
class Timed:
    """A model's timings in an environment, and what could not be timed.

    `kept` counts those taken over from before, `busy_cores` is the most that other work took
    when one of them began, None where the machine does not tell.
    """

    timings: list[Timing] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    kept: int = 0
    busy_cores: float | None = None

    def add(self, timing: Timing, busy_cores: float | None) -> None:
        """Add a timing."""
        self.timings.append(timing)
        known = [cores for cores in (self.busy_cores, busy_cores) if cores is not None]
        self.busy_cores = max(known, default=None)


@dataclass(frozen=True)
class TimingPlan:
    """Threads, XNNPACK on or off, and the least number of timed runs, for each model.

    With `operators`, those of the setting that stands for the model are timed too. `place`
    names the machine, so that times kept from another one are not taken for this one's.
    `busy_cores` is asked before each timing how many cores are at other work.
    """

    threads: tuple[int, ...] = (1,)
    xnnpack: tuple[bool, ...] = (True,)
    runs: int = RUNS
    operators: bool = False
    place: str = ""
    clock: Clock = time_model
    busy_cores: Callable[[], float | None] = busy_cores

    def time(
        self, environment: PiEnvironment, subject: Subject, store: FigureStore, progress: Progress
    ) -> Timed:
        """Time a model in an environment; what was kept from before is not timed again.

        A setting by which the runtime refuses the model or crashes on it is a problem, and
        the others are timed all the same.
        """
        found = Timed()
        # As `Measured.headline`: the setting that stands for the model.
        headline = (max(self.xnnpack), min(self.threads))
        for xnnpack, threads in product(self.xnnpack, self.threads):
            operators = self.operators and (xnnpack, threads) == headline
            key = (
                *("timing", subject.sha256, environment.runtime, self.place),
                *(str(threads), str(xnnpack), str(self.runs), str(operators)),
            )
            before = store.timing(key)
            if before is not None:
                found.kept += 1
                found.add(*before)
                continue
            busy = self.busy_cores()
            try:
                with progress.step(f"time {subject.name}: {_words(threads, xnnpack, environment)}"):
                    (timing,) = self.clock(
                        environment, subject.path, [threads], [xnnpack], self.runs, Progress()
                    )
            except (ModelError, MachineError) as error:
                found.problems.append(f"{_words(threads, xnnpack, environment)}: {error.line()}")
                continue
            if operators:
                timing = self._with_operators(environment, subject, timing, progress, found)
            store.keep_timing(key, timing, busy)
            found.add(timing, busy)
        return found

    def _with_operators(
        self,
        environment: PiEnvironment,
        subject: Subject,
        timing: Timing,
        progress: Progress,
        found: Timed,
    ) -> Timing:
        try:
            with progress.step(f"time {subject.name}: each operator alone"):
                return with_operators(environment, subject.path, timing)
        except (ModelError, MachineError) as error:
            found.problems.append(f"operators in {environment.runtime}: {error.line()}")
            return timing


def _words(threads: int, xnnpack: bool, environment: PiEnvironment) -> str:
    number = "1 thread" if threads == 1 else f"{threads} threads"
    return f"{number}, XNNPACK {'on' if xnnpack else 'off'}, {environment.runtime}"
