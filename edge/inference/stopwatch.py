"""Stopwatch: how fast one model is in this process, by one setting, and what memory it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from edge.contract.bundle import ModelBundle
from edge.contract.errors import InputError
from edge.contract.tensors import Array
from edge.inference.board_state import Board, BoardState, throttled_between
from edge.inference.energy import EnergyMeter
from edge.inference.interpreter import (
    Interpreter,
    LoadedGraph,
    preferred_runtime,
    runtime_module,
)
from edge.inference.memory import Memory
from edge.inference.model_file import TFLITE_IDENTIFIER
from edge.inference.model_shape import check_whole

LOOK_SECONDS = 1.0
ENERGY_SECONDS = 2.0


@dataclass(frozen=True)
class Setting:
    """How a model is run: threads, with XNNPACK or without, and in which runtime."""

    threads: int = 1
    xnnpack: bool = True
    runtime: str | None = None

    def words(self) -> str:
        """Return it for people."""
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{threads}, XNNPACK {'on' if self.xnnpack else 'off'}"


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    The defaults are those of TensorFlow's benchmark_model: warm up with at least one run and
    half a second, then time at least 50 runs and one second. `most_seconds` ends the timed
    runs earlier on a slow machine, after five of them at the least.
    """

    runs: int = 50
    least_seconds: float = 1.0
    warm_up: int = 1
    warm_up_seconds: float = 0.5
    most_seconds: float = 30.0


@dataclass(frozen=True)
class Reading:
    """What was measured; times in milliseconds, of one run each.

    A run is what the camera does with a frame: the input copied in, the model run, its
    outputs copied out. `load_ms` is from the model's bytes to allocated tensors, `first_ms`
    the first run, `median_ms` and `p95_ms` are of `runs` runs after a warm-up. `peak_bytes` is
    the process's peak resident memory above what it was before the model's file was read.
    `taken` are the places of the operators in the model that XNNPACK runs (None: the runtime
    does not tell), `partitions` and `left_over` as in Delegation. `joules` is the energy of
    one run, of the whole processor or board; `celsius` the highest temperature seen.
    `throttled_by` says what slowed the processor: such times are no result.
    """

    runtime: str
    threads: int
    xnnpack: bool
    runs: int
    median_ms: float
    p95_ms: float
    first_ms: float
    load_ms: float
    peak_bytes: int
    partitions: int | None
    left_over: int | None
    taken: tuple[int, ...] | None
    joules: float | None
    celsius: float | None
    throttled_by: tuple[str, ...]


def measure(
    model: Path,
    setting: Setting,
    effort: Effort,
    board: Board,
    meter: EnergyMeter,
    memory: Memory,
    clock: Callable[[], float] = perf_counter,
) -> Reading:
    """Measure a model in this process, which has loaded none before.

    Raises:
        InputError: no such file.
        ModelError: the file is damaged, or the runtime does not take it.
    """
    runtime = setting.runtime or preferred_runtime()
    runtime_module(runtime)
    looks = [board.state()]
    bare_bytes = memory.restart_peak()
    content = read_model(model)
    started = clock()
    interpreter = Interpreter(content, setting.threads, runtime, setting.xnnpack)
    load_ms = (clock() - started) * 1e3
    spec = interpreter.input
    tensor = noise(np.random.default_rng(0), spec.shape, np.dtype(spec.dtype))
    run = partial(interpreter.invoke, tensor)
    first_ms = warm_up(run, effort, clock)
    # A board that tells nothing is not asked in vain.
    asked = board if looks[0].flags is not None else None
    times = time_runs(run, effort, clock, looks, asked)
    peak_bytes = max(0, memory.peak() - bare_bytes)
    median_ms = float(np.median(times))
    joules = _joules(run, median_ms, meter)
    looks.append(board.state())
    delegation = interpreter.delegation()
    return Reading(
        runtime=interpreter.runtime_version,
        threads=setting.threads,
        xnnpack=setting.xnnpack,
        runs=len(times),
        median_ms=round(median_ms, 4),
        p95_ms=round(float(np.percentile(times, 95)), 4),
        first_ms=round(first_ms, 4),
        load_ms=round(load_ms, 4),
        peak_bytes=peak_bytes,
        partitions=None if delegation is None else delegation.partitions,
        left_over=None if delegation is None else delegation.left_over,
        taken=None if delegation is None else tuple(sorted(delegation.taken)),
        joules=joules,
        celsius=max((look.celsius for look in looks if look.celsius is not None), default=None),
        throttled_by=throttled_between(looks),
    )


def measure_piece(
    content: bytes, setting: Setting, effort: Effort, clock: Callable[[], float] = perf_counter
) -> float:
    """Return the median time of a small model alone, milliseconds, without copies in or out.

    Raises:
        ModelError: the runtime does not take it.
    """
    graph = LoadedGraph(content, setting.threads, setting.runtime, setting.xnnpack)
    graph.fill(partial(noise, np.random.default_rng(0)))
    warm_up(graph.run, effort, clock)
    return float(np.median(time_runs(graph.run, effort, clock, [], None)))


def warm_up(run: Callable[[], object], effort: Effort, clock: Callable[[], float]) -> float:
    """Run a model until it is warm; return the time of the first run, milliseconds."""
    started = clock()
    run()
    first_ms = (clock() - started) * 1e3
    done = 1
    while done < effort.warm_up or clock() - started < effort.warm_up_seconds:
        run()
        done += 1
    return first_ms


def time_runs(
    run: Callable[[], object],
    effort: Effort,
    clock: Callable[[], float],
    looks: list[BoardState],
    board: Board | None,
) -> list[float]:
    """Return the time of each run in milliseconds; look at the board once a second between."""
    times: list[float] = []
    started = looked = clock()
    while True:
        before = clock()
        run()
        now = clock()
        times.append((now - before) * 1e3)
        enough = len(times) >= effort.runs and now - started >= effort.least_seconds
        if enough or (len(times) >= 5 and now - started >= effort.most_seconds):
            return times
        if board is not None and now - looked >= LOOK_SECONDS:
            looks.append(board.state())
            # Another program ran; let the caches forget it.
            run()
            looked = clock()


def read_model(path: Path) -> bytes:
    """Return the TFLite model in a bundle or in a .tflite file.

    Raises:
        InputError: no such file.
        ModelError: it is damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read the model {path}: {error.strerror or error}",
            expected="a bundle (.ember) or a .tflite file",
        ) from error
    if data[4:8] != TFLITE_IDENTIFIER:
        return ModelBundle.read(path).model
    check_whole(data, str(path))
    return data


def noise(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return a tensor of evenly spread values: all of an integer's, 0 to 1 of a float's."""
    if dtype.kind == "f":
        return rng.random(shape, np.float32).astype(dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    return np.zeros(shape, dtype)


def _joules(run: Callable[[], object], median_ms: float, meter: EnergyMeter) -> float | None:
    """Return the energy of one run, from about two seconds of them."""
    if not meter.available():
        return None
    runs = max(1, round(ENERGY_SECONDS * 1e3 / max(median_ms, 1e-3)))

    def work() -> None:
        for _ in range(runs):
            run()

    joules = meter.joules(work)
    return None if joules is None else round(joules / runs, 6)
