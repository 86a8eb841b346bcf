"""RuntimeChild: a TFLite runtime in a process of its own, asked what it takes.

Whatever a model does to the runtime, it does it there: a crash is one answer among others.
"""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from converter.preflight.flatbuffer import operator_names, type_names
from converter.preflight.template_model import custom_model, template_model
from edge.contract.errors import MachineError

PROBE = Path(__file__).with_name("runtime_probe.py")
JOB = "job.json"
# Custom operators that some builds of the runtime bring along, and one that needs Flex: those
# of tensorflow/lite/core/kernels/register.cc, and what MediaPipe's models use.
CUSTOM_NAMES = (
    "AudioSpectrogram",
    "Convolution2DTransposeBias",
    "FlexSoftplus",
    "Landmarks2TransformMatrix",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
    "Mfcc",
    "NumericVerify",
    "TFLite_Detection_PostProcess",
    "TransformLandmarks",
    "TransformTensorBilinear",
)
# Numbers of the schema that stand for no operator of their own: CUSTOM and its place-holder.
NO_OPERATORS = frozenset({32, 127})
UNRESOLVED = ("unresolved custom op", "Select TensorFlow op", "Didn't find custom op")


@dataclass(frozen=True)
class Ended:
    """How a process ended: a negative code is the signal that killed it; None, it was stopped."""

    code: int | None
    stdout: str
    stderr: str


# Runs the probe on a folder, in the runtime's Python.
Launch = Callable[[Path], Ended]


@dataclass(frozen=True)
class Sample:
    """A model to run: its file's bytes and, if need be, the value of its one input."""

    name: str
    model: bytes
    value: "np.ndarray[Any, np.dtype[Any]] | None" = None


@dataclass(frozen=True)
class Answer:
    """What a runtime did with a model.

    `result` is `runs`, `refused` (on loading), `failed` (on running), `crashed` or `hung`;
    `reason` the runtime's words, or the signal. Times in milliseconds; `outputs` are the real
    values of each output, the one of fewest dimensions first.
    """

    name: str
    result: str
    reason: str = ""
    outputs: tuple[tuple[float, ...], ...] = ()
    load_ms: float = 0.0
    invoke_ms: float = 0.0


@dataclass(frozen=True)
class Operators:
    """What a runtime knows: each operator's highest version, and the tensor types.

    `since` lists the operators whose lowest version is not 1, `custom` the custom operators
    built in; `versions` says what ran, and `resident_mb` its memory with no model.
    """

    highest: dict[str, int]
    since: dict[str, int]
    custom: tuple[str, ...]
    dtypes: tuple[str, ...]
    versions: dict[str, str]
    resident_mb: float


@dataclass(frozen=True)
class RuntimeChild:
    """A runtime that `launch` starts, by its distribution's name.

    `limits` are those of the probe's job: `memory_bytes`, and for each model `cpu_seconds` and
    `wall_seconds`; `threads` is the runtime's.
    """

    runtime: str
    launch: Launch
    limits: Mapping[str, int] = field(default_factory=dict)

    def operators(self) -> Operators:
        """Ask for the operators, their versions and the tensor types.

        Raises:
            MachineError: the runtime does not start.
        """
        with tempfile.TemporaryDirectory(prefix="emberwatch-") as name:
            folder = Path(name)
            template, plain = template_model(), template_model(with_operator=False)
            (folder / "template.tflite").write_bytes(template.content)
            (folder / "plain.tflite").write_bytes(plain.content)
            job = {
                "ask": "operators",
                "codes": sorted(set(operator_names()) - NO_OPERATORS),
                "types": sorted(type_names()),
                "byte_code_at": template.byte_code_at,
                "code_at": template.code_at,
                "version_at": template.version_at,
                "type_at": plain.type_at,
            }
            ended, lines = self._run(folder, job)
        if ended.code:
            raise self._failure(ended)
        return replace(_operators(lines), custom=self._custom())

    def _custom(self) -> tuple[str, ...]:
        """Ask for custom operators. One that crashes on so poor a model was found all the same."""
        answers = self.run([Sample(name, custom_model(name)) for name in CUSTOM_NAMES])
        return tuple(
            answer.name
            for answer in answers
            if not any(words in answer.reason for words in UNRESOLVED)
        )

    def run(self, samples: Sequence[Sample]) -> list[Answer]:
        """Load and run each model; those after one that kills the runtime are run all the same.

        Raises:
            MachineError: the runtime does not start.
        """
        with tempfile.TemporaryDirectory(prefix="emberwatch-") as name:
            folder = Path(name)
            for at, sample in enumerate(samples):
                (folder / f"{at}.tflite").write_bytes(sample.model)
                if sample.value is not None:
                    np.save(folder / f"{at}.npy", sample.value)
            answers: list[Answer] = []
            while len(answers) < len(samples):
                job = {"ask": "models", "skip": len(answers)}
                job["models"] = [f"{at}.tflite" for at in range(len(samples))]
                ended, lines = self._run(folder, job)
                new = [line for line in lines if "result" in line]
                answers += [_answer(samples[line["at"]].name, line) for line in new]
                if len(answers) == len(samples):
                    break
                begun = [line["begin"] for line in lines if "begin" in line]
                if begun[-1:] != [len(answers)] or ended.code == 0:
                    raise self._failure(ended)
                answers.append(_death(samples[len(answers)].name, ended))
        return answers

    def _run(self, folder: Path, job: dict[str, Any]) -> tuple[Ended, list[dict[str, Any]]]:
        whole = {**self.limits, **job, "runtime": self.runtime}
        (folder / JOB).write_text(json.dumps(whole), encoding="utf-8")
        ended = self.launch(folder)
        return ended, list(_lines(ended.stdout))

    def _failure(self, ended: Ended) -> MachineError:
        said = [line.strip() for line in ended.stderr.splitlines() if line.strip()]
        return MachineError(
            f"{self.runtime} does not start",
            found=said[-1] if said else _how(ended),
            expected="a Python in which it runs",
        )


def local_child(
    python: Path, runtime: str, seconds: float = 120, limits: Mapping[str, int] | None = None
) -> RuntimeChild:
    """Return the runtime of a Python of this machine; `seconds` is the most for one start."""

    def launch(folder: Path) -> Ended:
        command = [str(python), "-P", "-I", str(PROBE), str(folder)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            return Ended(None, _text(error.stdout), _text(error.stderr))
        except OSError as error:
            raise MachineError(f"cannot run {python}: {error.strerror or error}") from error
        return Ended(done.returncode, _text(done.stdout), _text(done.stderr))

    return RuntimeChild(runtime, launch, limits or {})


def copy_probe(folder: Path) -> None:
    """Put the probe into a folder, for a machine that sees no other."""
    shutil.copyfile(PROBE, folder / PROBE.name)


def _text(output: bytes | None) -> str:
    return (output or b"").decode("utf-8", "replace")


def _lines(output: str) -> Iterator[dict[str, Any]]:
    for line in output.splitlines():
        try:
            read = json.loads(line)
        except json.JSONDecodeError:
            continue  # the runtime's own words, or a line cut off by a crash
        if isinstance(read, dict):
            yield read


def _answer(name: str, line: dict[str, Any]) -> Answer:
    return Answer(
        name=name,
        result=line["result"],
        reason=" ".join(line.get("reason", "").split()),
        outputs=tuple(tuple(values) for values in line.get("outputs", ())),
        load_ms=line.get("load_ms", 0.0),
        invoke_ms=line.get("invoke_ms", 0.0),
    )


def _death(name: str, ended: Ended) -> Answer:
    if ended.code is None or -ended.code == signal.SIGXCPU:
        return Answer(name, "hung", "it did not end in time")
    return Answer(name, "crashed", _how(ended))


def _how(ended: Ended) -> str:
    if ended.code is None:
        return "it did not end in time"
    # A shell reports a signal as 128 + its number, subprocess as its negative.
    number = -ended.code if ended.code < 0 else ended.code - 128
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"exit code {ended.code}"


def _operators(lines: list[dict[str, Any]]) -> Operators:
    highest, since = {}, {}
    names, types = operator_names(), type_names()
    for line in lines:
        if line.get("versions"):
            highest[names[line["code"]]] = max(line["versions"])
            if min(line["versions"]) > 1:
                since[names[line["code"]]] = min(line["versions"])
    dtypes = [types[line["type"]] for line in lines if "type" in line and not line["refusal"]]
    first = next((line for line in lines if "rss_kib" in line), {})
    return Operators(
        highest=dict(sorted(highest.items())),
        since=since,
        custom=(),
        dtypes=tuple(sorted(dtypes)),
        versions={"python": first.get("python", ""), "numpy": first.get("numpy", "")},
        resident_mb=round(first.get("rss_kib", 0) / 1000, 1),
    )
