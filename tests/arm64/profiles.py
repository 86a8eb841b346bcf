"""Profiles: derive converter/preflight/profiles/*.json from the runtimes themselves.

    .venv/workstation/bin/python -m tests.arm64.profiles [NAME ...]

Each target's wheels run on an emulated board (qemu-user): the operators and tensor types are
asked of the runtime, the samples and a small network by each recipe are really run. Children
that die are restarted behind the model that killed them.
"""

import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from converter.preflight.profile import (
    NAMES,
    RUNS,
    Profile,
    RecipeTried,
    Target,
    Tried,
    rules_of,
)
from converter.preflight.runtime_child import (
    JOB,
    PROBE,
    Answer,
    Ended,
    RuntimeChild,
    Sample,
    copy_probe,
    local_child,
)
from converter.recipes import RECIPES, Recipe
from tests.arm64.board import Board, build_boards
from tests.arm64.board32 import Board32, build_board32
from tests.arm64.samples import TOLERANCES, Bench, samples

ROOT = Path(__file__).resolve().parents[2]
# The smallest current boards that each system is used on: Zero 2 W, 3A+ and Zero 2 W.
TARGETS = {
    target.name: target
    for target in (
        Target(
            "bookworm64",
            "Raspberry Pi OS Bookworm, 64 bits",
            "tflite-runtime",
            "aarch64",
            512,
        ),
        Target(
            "bookworm32",
            "Raspberry Pi OS Bookworm, 32 bits",
            "tflite-runtime",
            "armv7l",
            512,
        ),
        Target(
            "trixie",
            "Raspberry Pi OS Trixie, 64 bits",
            "ai-edge-litert",
            "aarch64",
            512,
        ),
    )
}
# This machine's environment with the same runtime, for the memory that emulation would distort.
NATIVE = {"tflite-runtime": ".venv/edge", "ai-edge-litert": ".venv/edge-litert"}


@dataclass(frozen=True)
class Network:
    """A small network by a recipe, with a picture and the float model's scores of it."""

    recipe: Recipe
    model: bytes
    pixels: "np.ndarray[Any, Any]"
    expected: "np.ndarray[Any, Any]"


def main(names: Sequence[str]) -> None:
    """Derive the profiles named, or all."""
    with tempfile.TemporaryDirectory(prefix="emberwatch-") as folder:
        nets = list(networks(Path(folder)))
    benches = list(samples())
    boards = build_boards(ROOT, ROOT / "build" / "arm64")
    for name in names or NAMES:
        target = TARGETS[name]
        if target.machine == "armv7l":
            child = emulated(build_board32(ROOT, ROOT / "build" / "armhf"))
        else:
            child = emulated(boards[target.runtime])
        profile = derive(target, child, benches, nets)
        path = profile.write()
        ran = sum(len(row.cells) for row in profile.tried if row.result == RUNS)
        print(f"{path}: {len(profile.operators)} operators, {ran} kinds of samples ran")
        for rule in profile.rules:
            print(f"  {rule.result} ({rule.reason}): {rule.words()}")
        for recipe, tried in (profile.recipes or {}).items():
            print(f"  {recipe}: {tried.result} {tried.reason}")


def emulated(board: Board | Board32, seconds: float = 1200) -> RuntimeChild:
    """Return the runtime on an emulated board."""

    def launch(folder: Path) -> Ended:
        name = f"probe-{folder.name}"
        there = board.folder / "given" / name
        if there.exists():
            # Begun again behind a crash: of hundreds of files only the job changed.
            shutil.copyfile(folder / JOB, there / JOB)
        else:
            shutil.rmtree(board.folder / "given", ignore_errors=True)
            copy_probe(folder)
            board.put(folder, name)
        try:
            done = board.python(f"/given/{name}/{PROBE.name}", f"/given/{name}", seconds=seconds)
        except subprocess.TimeoutExpired as error:
            return Ended(None, (error.stdout or b"").decode(), "")
        return Ended(done.returncode, done.stdout, done.stderr)

    return RuntimeChild(board.runtime, launch)


def derive(
    target: Target, child: RuntimeChild, benches: list[Bench], nets: list[Network]
) -> Profile:
    """Ask a target's runtime everything."""
    operators = child.operators()
    answers = child.run([Sample(one.name, one.model, one.value) for one in benches])
    tried = tuple(_rows(zip(benches, answers, strict=True)))
    native = local_child(ROOT / NATIVE[target.runtime] / "bin" / "python", target.runtime)
    return Profile(
        target=target,
        runtime_version=_pinned(target.runtime),
        operators=operators.highest,
        since=operators.since,
        custom=operators.custom,
        dtypes=operators.dtypes,
        resident_mb=native.operators().resident_mb,
        derived={
            "on": f"the {target.machine} wheel on Debian Bookworm, emulated by qemu-user",
            "date": datetime.now(UTC).date().isoformat(),
            **operators.versions,
            "converted_by": f"tensorflow {metadata.version('tensorflow')}",
            "resident_mb_on": f"{platform.machine()}, without emulation",
            "delegate": "none: XNNPACK does not start under qemu-user",
        },
        rules=rules_of(tried),
        recipes=recipes_tried(child, nets),
        tried=tried,
    )


def recipes_tried(child: RuntimeChild, nets: list[Network]) -> dict[str, RecipeTried]:
    """Run the small network by each recipe."""
    found = {}
    answers = child.run([Sample(net.recipe.name, net.model, net.pixels) for net in nets])
    for net, answer in zip(nets, answers, strict=True):
        result, reason = answer.result, answer.reason
        if result == RUNS:
            difference = float(np.abs(np.array(answer.outputs[0]) - net.expected).max())
            if not difference <= net.recipe.float_tolerance:
                result, reason = "wrong", f"scores {difference:.3f} from the float model's"
        found[net.recipe.name] = RecipeTried(result, reason)
    return found


def networks(folder: Path, names: Sequence[str] = tuple(RECIPES)) -> Iterator[Network]:
    """Give the tests' small network by each recipe, made in a folder as `convert` makes it."""
    from converter.calibration import CalibrationSet
    from converter.convert import Conversion
    from converter.pi_environment import PiEnvironment
    from converter.progress import Progress
    from tests.converter.small_run import make_run

    trained = make_run(folder)
    # The newest runtime, and forced: what is refused for others is what is asked here.
    newest = PiEnvironment(ROOT / NATIVE["ai-edge-litert"] / "bin" / "python")
    calibration = CalibrationSet.draw(trained, 20)
    conversion = Conversion(trained, newest, calibration, Progress(), force=True)
    pixels = next(iter(calibration.tensors()))
    expected = conversion.keras_model.scores([pixels])[0]
    for name in names:
        model = conversion.convert(RECIPES[name]).path.read_bytes()
        yield Network(RECIPES[name], model, pixels[np.newaxis], expected)


def _rows(answered: Iterator[tuple[Bench, Answer]]) -> Iterator[Tried]:
    """Give a row for each use of an operator and what became of it."""
    groups: dict[tuple[Any, ...], list[tuple[Bench, float]]] = {}
    for bench, answer in answered:
        result, difference = _judge(bench, answer)
        use, reason = bench.use, answer.reason.split(". An older", maxsplit=1)[0]
        key = (use.operator, use.form, use.bias, result, reason)
        groups.setdefault(key, []).append((bench, difference))
    for (operator, form, bias, result, reason), members in groups.items():
        cells = sorted({(bench.use.inputs, bench.use.outputs) for bench, _ in members})
        recipes = sorted({bench.recipe for bench, _ in members})
        largest = max(difference for _, difference in members)
        yield Tried(
            operator,
            form,
            bias,
            result,
            reason,
            tuple(recipes),
            tuple(cells),
            round(largest, 5),
        )


def _judge(bench: Bench, answer: Answer) -> tuple[str, float]:
    """Return a sample's result and its difference from float, in shares of the span."""
    if answer.result != RUNS:
        return answer.result, 0.0
    given = np.array(answer.outputs[0])
    expected = bench.expected.ravel()[: len(given)]
    difference = float(np.abs(given - expected).max()) / bench.span
    return (RUNS if difference <= TOLERANCES[bench.recipe] else "wrong"), difference


def _pinned(runtime: str) -> str:
    """Return the release of a runtime that the Pi's environments pin."""
    from tests.arm64.board import RUNTIMES

    pins = (ROOT / "requirements" / RUNTIMES[runtime]).read_text()
    line = next(line for line in pins.splitlines() if line.startswith(f"{runtime}=="))
    return line.split()[0].removeprefix(f"{runtime}==").rstrip("\\;")


if __name__ == "__main__":
    main(sys.argv[1:])
