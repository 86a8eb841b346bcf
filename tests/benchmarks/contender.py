"""Contender: a model in a runtime, in a process of its own that runs it when asked."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Self

import numpy as np

# Between two contenders' turns: worker threads that wait in a spin go to sleep meanwhile.
REST_SECONDS = 0.05


@dataclass(frozen=True)
class Contender:
    """What to start: a command whose last words are the model, the threads, the pictures."""

    words: tuple[str, ...]
    model: Path

    def start(self, threads: int, pictures: Path) -> "Running":
        """Start the process and wait until it has scored the pictures."""
        return Running([*self.words, str(self.model), str(threads), str(pictures)])


class Running:
    """A started contender: `scores` [pictures, classes], and times on demand."""

    def __init__(self, words: Sequence[str]) -> None:
        self._child = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.scores = np.array(self._answer())

    def times(self, runs: int) -> np.ndarray:
        """Return the milliseconds of so many runs: [runs, 2], by the clock and the processor."""
        assert self._child.stdin is not None
        self._child.stdin.write(f"{runs}\n")
        self._child.stdin.flush()
        return np.array(self._answer())

    def _answer(self):
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self._child.args)} died, code {self._child.wait()}")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.kill()
        self._child.wait()


@dataclass(frozen=True)
class Round:
    """What the contenders did: each one's median in each round, and its scores.

    `processor` is the same of the processor's time, all threads together: on one thread a busy
    machine disturbs it less than the clock.
    """

    medians: dict[str, list[float]]
    processor: dict[str, list[float]]
    scores: dict[str, np.ndarray]


def take_in_turn(
    contenders: Mapping[str, Contender], threads: int, pictures: Path, rounds: int, runs: int
) -> Round:
    """Start all, warm each up, then let each run in turn, round after round."""
    with ExitStack() as open_ones:
        running = {
            name: open_ones.enter_context(one.start(threads, pictures))
            for name, one in contenders.items()
        }
        medians: dict[str, list[float]] = {name: [] for name in running}
        processor: dict[str, list[float]] = {name: [] for name in running}
        for number in range(rounds + 1):
            for name, one in running.items():
                sleep(REST_SECONDS)
                # The first run of a turn wakes the threads and fills the caches.
                wall, busy = np.median(one.times(runs + 1)[1:], axis=0)
                if number:
                    medians[name].append(float(wall))
                    processor[name].append(float(busy))
        return Round(medians, processor, {name: one.scores for name, one in running.items()})
