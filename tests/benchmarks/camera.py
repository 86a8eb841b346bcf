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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = _write_config(folder, material)
        memory = [_memory_over_bare(config, material) for _ in range(ROUNDS)]
        first = [_first_decision(config) for _ in range(ROUNDS)]
    ours, bare = [m[0] for m in memory], [m[1] for m in memory]
    return [
        *_loop(material),
        Measurement(
            "edge_memory_over_bare",
            float(np.median(ours)),
            float(np.median(bare)),
            round(float(np.median(np.array(ours) / np.array(bare))), 3),
            "MiB",
            f"peak resident, emberwatch-edge run beside a process with the model alone; "
            f"ratio ours / bare, median of {ROUNDS}",
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
        f"a watch of 1280x720 frames, log and mock pins included, less preprocessing, beside "
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


def _run(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Run a process; return its peak resident memory in MiB and its seconds.

    The peak is read from /proc while it runs: the kernel's figure for a child that has ended
    includes its parent's memory at the fork.
    """
    started = perf_counter()
    process = subprocess.Popen(
        arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak_kib = 0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text()
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            peak_kib = int(found[1]) if found else peak_kib
        sleep(0.005)
    if process.returncode:
        raise SystemExit(f"{arguments} exited with {process.returncode}")
    return peak_kib / 1024, perf_counter() - started


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


def _memory_over_bare(config: Path, material: Material) -> tuple[float, float]:
    ours, _ = _run(_watch(config, 20), config.parent)
    bare, _ = _run([str(PI_PYTHON), "-P", "-c", BARE, str(material.bundle)], config.parent)
    return ours, bare


def _first_decision(config: Path) -> float:
    return _run(_watch(config, 1), config.parent)[1]
