"""Clock: a model's speed, memory and delegation in the Pi's environment, by each setting."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from converter.benchmark.operators import time_operators
from converter.benchmark.timing import Timing
from converter.ended_child import error_of
from converter.pi_environment import NEIGHBOURS, RUNS, PiEnvironment
from converter.progress import Progress
from edge.contract.errors import EmberwatchError, MachineError, MissingPackage

SCHEMA = 1
# What the stopwatch tells beside a timing's own fields.
FURTHER = ("taken", "throttled_by")


def time_model(
    environment: PiEnvironment,
    model: Path,
    threads: Sequence[int] = (1,),
    xnnpack: Sequence[bool] = (True,),
    runs: int = RUNS,
    progress: Progress | None = None,
) -> list[Timing]:
    """Time a .tflite file or a bundle by each number of threads, with and without XNNPACK.

    Each setting is measured in a process of its own, by `emberwatch-edge stopwatch`: the
    method is written there.

    Raises:
        ModelRefused: the runtime does not take the model, or crashed on it, by any setting.
        InputError: no such file.
        MachineError: the environment cannot run the stopwatch.
    """
    settings = len(threads) * len(xnnpack)
    shown = progress or Progress()
    with shown.step(f"time {model.name} in {environment.runtime}", settings) as tick:
        record = _record(environment.stopwatch(model, threads, xnnpack, runs, progress=tick))
    for failure in record["failures"]:
        raise _error(failure)
    return [_timing(reading) for reading in record["readings"]]


def with_operators(
    environment: PiEnvironment, model: Path, timing: Timing, progress: Progress | None = None
) -> Timing:
    """Return a model's timing with its operators, each timed alone by the same setting.

    Raises:
        ModelError: the file is no TFLite model, or the runtime does not take it.
        MachineError: the environment cannot run the stopwatch.
    """
    with (progress or Progress()).step(f"time the operators of {model.name}"):
        text = environment.stopwatch(model, [timing.threads], [timing.xnnpack], 1, 0.0)
        record = _record(text)
        for failure in record["failures"]:
            raise _error(failure)
        taken = record["readings"][0]["taken"] or ()
        operators = time_operators(
            environment, model, timing.threads, timing.xnnpack, frozenset(taken)
        )
    return replace(timing, operators=operators)


def environments(given: Path | None = None) -> list[PiEnvironment]:
    """Return the environment given, or every one that is installed here, one for each runtime.

    Raises:
        MissingPackage: there is none, or the one that was named is not there.
    """
    first = PiEnvironment.find(given)
    if given is not None:
        return [first]
    found = {first.runtime: first}
    for name in NEIGHBOURS:
        python = Path(sys.prefix).parent / name / "bin" / "python"
        if python.exists():
            one = PiEnvironment(python)
            try:
                found.setdefault(one.runtime, one)
            except MissingPackage:
                continue
    return list(found.values())


def _record(text: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(text.splitlines()[-1])
        if record["schema"] != SCHEMA:
            raise KeyError("schema")
    except (IndexError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise MachineError(
            "the stopwatch there speaks another language",
            found=text[:80] or "nothing",
            expected=f"its JSON, schema {SCHEMA}",
            next_step="install the same version of emberwatch-edge there",
        ) from error
    return record


def _timing(reading: dict[str, Any]) -> Timing:
    fields = {name: value for name, value in reading.items() if name not in FURTHER}
    causes = reading["throttled_by"]
    return Timing(**fields, throttled=bool(causes), throttled_by=", ".join(causes))


def _error(failure: dict[str, Any]) -> EmberwatchError:
    return error_of(int(failure["exit_code"]))(str(failure["error"]))
