"""The camera's side, measured in the Pi's environment: the loop, the memory, the first frame."""

import contextlib
import json
import re
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
from PIL import Image

from tests.benchmarks.material import PI_PYTHON, ROOT, Material
from tests.benchmarks.measurement import Measurement, paired

ROUNDS = 5
CONFIG = """\
[model]
bundle = {bundle}
threads = 1
[camera]
kind = "folder"
path = {frames}
pace = "fast"
[store]
folder = "state"
"""
BARE = """
import sys, numpy as np
from edge.contract.bundle import ModelBundle
from edge.inference.interpreter import Interpreter
model = Interpreter(ModelBundle.read(__import__("pathlib").Path(sys.argv[1])).model, 1)
model.invoke(np.zeros(model.input.shape, np.uint8))
"""


def measure(material: Material) -> list[Measurement]:
    """Measure the loop over bare invokes, resident memory, and the time to a first decision."""
    if not material.bundle.exists():
        raise SystemExit("camera measures the bundle that commands makes: name both, in that order")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = _write_config(folder, material)
        memory = [_memory(config, material) for _ in range(ROUNDS)]
        first = [_first_decision(config) for _ in range(ROUNDS)]
    ours, hand, bare = ([m[at] for m in memory] for at in range(3))
    return [
        *_loop(material),
        Measurement(
            "edge_memory_over_bare",
            float(np.median(ours)),
            float(np.median(bare)),
            round(float(np.median(np.array(ours) / np.array(bare))), 3),
            "MiB",
            f"peak resident, the eye of emberwatch-edge run beside a process with the model "
            f"alone; ratio ours / bare, median of {ROUNDS}",
        ),
        Measurement(
            "hand_memory",
            float(np.median(hand)),
            None,
            None,
            "MiB",
            f"peak resident, the hand beside that eye, median of {ROUNDS}",
        ),
        Measurement(
            "first_decision_seconds",
            float(np.median(first)),
            None,
            None,
            "s",
            f"emberwatch-edge run --max-frames 1, start to exit, 1280x720, median of {ROUNDS}",
        ),
    ]


def _write_config(folder: Path, material: Material) -> Path:
    rng = np.random.default_rng(5)
    frames = folder / "frames"
    frames.mkdir()
    for i in range(20):
        small = rng.integers(0, 256, (45, 80, 3), dtype=np.uint8)
        Image.fromarray(small).resize((1280, 720)).save(frames / f"{i:03}.jpg")
    config = folder / "watch.toml"
    config.write_text(
        CONFIG.format(bundle=json.dumps(str(material.bundle)), frames=json.dumps(str(frames)))
    )
    return config


def _loop(material: Material) -> list[Measurement]:
    finished = subprocess.run(
        [str(PI_PYTHON), str(ROOT / "tests" / "benchmarks" / "pi_loop.py"), str(material.bundle)],
        capture_output=True,
        text=True,
        check=True,
    )
    taken = json.loads(finished.stdout)
    how = (
        f"the eye's work on 1280x720 frames and the report to the hand, less preprocessing, beside "
        f"Interpreter.invoke() on the same tensors; {taken['runtime']}, 1 thread; "
        f"preprocessing is {taken['preprocess_ms']:.1f} ms more"
    )
    measured = paired("loop_over_invoke", taken["loop_ms"], taken["invoke_ms"], "ms a frame", how)
    share = round(1 / measured.ratio, 4) if measured.ratio else None
    return [
        Measurement(
            measured.name,
            measured.ours,
            measured.alternative,
            share,
            measured.unit,
            how + "; ratio loop / invoke",
        )
    ]


def _run(arguments: list[str], folder: Path) -> tuple[dict[str, float], float]:
    """Run a process; return the peak resident memory of it and its eye in MiB, and its seconds.

    The peak is read from /proc while it runs: the kernel's figure for a child that has ended
    includes its parent's memory at the fork.
    """
    started = perf_counter()
    process = subprocess.Popen(
        arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peaks: dict[str, float] = {}
    while process.poll() is None:
        with contextlib.suppress(OSError):
            proc = Path(f"/proc/{process.pid}")
            children = (proc / f"task/{process.pid}/children").read_text().split()
            for pid in (str(process.pid), *children):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
                name = "eye" if b"edge.eye" in command else "main"
                if found and (name == "eye" or pid == str(process.pid)):
                    peaks[name] = int(found[1]) / 1024
        sleep(0.005)
    if process.returncode:
        raise SystemExit(f"{arguments} exited with {process.returncode}")
    return peaks, perf_counter() - started


def _watch(config: Path, frames: int) -> list[str]:
    return [
        str(PI_PYTHON),
        "-P",
        "-m",
        "edge",
        "run",
        "--config",
        str(config),
        "--simulate-gpio",
        "--quiet",
        "--max-frames",
        str(frames),
    ]


def _memory(config: Path, material: Material) -> tuple[float, float, float]:
    """Return the peaks of the eye, of the hand and of a process with the model alone."""
    ours, _ = _run(_watch(config, 20), config.parent)
    bare, _ = _run([str(PI_PYTHON), "-P", "-c", BARE, str(material.bundle)], config.parent)
    return ours["eye"], ours["main"], bare["main"]


def _first_decision(config: Path) -> float:
    return _run(_watch(config, 1), config.parent)[1]
