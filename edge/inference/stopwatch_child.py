"""StopwatchChild: the stopwatch in a process of its own, so that a crash is an answer too."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.contract.errors import EmberwatchError, InputError, MachineError, ModelError, ModelRefused
from edge.inference.stopwatch import Effort, Reading, Setting

KINDS: tuple[type[EmberwatchError], ...] = (InputError, ModelRefused, MachineError)


def measure_apart(model: Path, setting: Setting, effort: Effort, root: Path) -> Reading:
    """Measure a model in a new process, with memory that no other model has touched.

    Raises:
        InputError: no such file.
        ModelRefused: the runtime does not take the model, or crashed on it.
        MachineError: the process could not be run.
    """
    arguments = [str(model.absolute()), *_words(setting, effort), "--root", str(root)]
    code, output, error = _run(arguments)
    if code:
        raise _failure(f"{model.name} ({setting.words()})", code, error)
    record: dict[str, Any] = json.loads(output.splitlines()[-1])
    taken = record["taken"]
    return Reading(
        **record
        | {
            "taken": None if taken is None else tuple(taken),
            "throttled_by": tuple(record["throttled_by"]),
        }
    )


def measure_pieces(folder: Path, setting: Setting, effort: Effort) -> dict[str, float | str]:
    """Time each .tflite file of a folder; return milliseconds by file name, or what was wrong.

    One process does them one after the other; where it dies, another goes on behind the
    piece that killed it.

    Raises:
        MachineError: the process could not be run.
    """
    names = sorted(path.name for path in folder.glob("*.tflite"))
    found: dict[str, float | str] = {}
    while len(found) < len(names):
        skip = ["--pieces", str(folder.absolute()), "--skip", str(len(found))]
        code, output, error = _run([*skip, *_words(setting, effort)])
        lines = [json.loads(line) for line in output.splitlines() if line.endswith("]")]
        found |= dict(lines)
        if len(found) < len(names):
            if code >= 0:
                raise _failure(f"the pieces in {folder}", code, error)
            name = names[len(found)]
            found[name] = _failure(name, code, error).line()
    return found


def _words(setting: Setting, effort: Effort) -> list[str]:
    words = ["--here", "--threads", str(setting.threads)]
    words += ["--xnnpack", "on" if setting.xnnpack else "off"]
    words += ["--runs", str(effort.runs), "--warm-up", str(effort.warm_up)]
    words += ["--seconds", str(effort.least_seconds), "--max-seconds", str(effort.most_seconds)]
    words += ["--warm-up-seconds", str(effort.warm_up_seconds)]
    return words + (["--runtime", setting.runtime] if setting.runtime else [])


def _run(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of the stopwatch in a process."""
    command = [sys.executable, "-P", "-m", "edge", "stopwatch", *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise MachineError(f"cannot run {sys.executable}: {error.strerror or error}") from error
    return done.returncode, done.stdout, done.stderr


def _failure(what: str, code: int, error: str) -> EmberwatchError:
    if code < 0:
        return ModelRefused(
            f"the runtime crashed on {what}",
            found=signal.Signals(-code).name,
            next_step="use another recipe, or another runtime",
        )
    said = [line for line in error.splitlines() if line.startswith("error: ")]
    if not said:
        last = (error.strip().splitlines() or ["nothing"])[-1]
        return MachineError(f"the stopwatch failed on {what}, exit code {code}", found=last)
    kind = next((kind for kind in KINDS if kind.exit_code == code), ModelError)
    return kind(said[-1].removeprefix("error: "))
