"""Runtime probe: a program that asks a TFLite runtime what it takes, in that runtime's Python.

`python runtime_probe.py FOLDER`, with FOLDER/job.json. It runs on the Pi's own Python too, so it
imports the standard library, NumPy and the runtime alone. Each answer is a line of JSON on
stdout. Each model runs in a fork; should one take this process along all the same, it has said
before which one it is.
"""

import importlib
import json
import os
import resource
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

MODULES = {
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "tflite-runtime": "tflite_runtime.interpreter",
}
# Versions are asked in order; one that is unknown ends the list once a known one was found.
FIRST_GAP, LAST_VERSION = 3, 64
MOST_VALUES = 4096


def main() -> None:
    """Do the job in the folder named."""
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    _limit(job)
    module = importlib.import_module(MODULES[job["runtime"]])
    say({"numpy": np.__version__, "python": sys.version.split()[0], "rss_kib": _resident()})
    if job["ask"] == "operators":
        ask_operators(module, folder, job)
    else:
        for at in range(job["skip"], len(job["models"])):
            say({"begin": at})
            run_apart(module, folder, at, job)


def run_apart(module: Any, folder: Path, at: int, job: dict[str, Any]) -> None:
    """Run one model in a fork of this process, which has the runtime loaded; say what it did.

    A model that kills its fork loses nothing else.
    """
    child = os.fork()
    if child == 0:
        signal.alarm(job.get("wall_seconds", 0))
        try:
            answer = run_model(module, folder, job["models"][at], job)
        except Exception as error:  # noqa: BLE001 - a hostile model raises what it likes
            answer = {"result": "failed", "reason": f"{type(error).__name__}: {error}"[:500]}
        say({"at": at, **answer})
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        late = number in (signal.SIGALRM, signal.SIGXCPU)
        reason = "it did not end in time" if late else signal.Signals(number).name
        say({"at": at, "result": "hung" if late else "crashed", "reason": reason})
    elif os.WEXITSTATUS(status):
        reason = f"exit code {os.WEXITSTATUS(status)}"
        say({"at": at, "result": "crashed", "reason": reason})


def ask_operators(module: Any, folder: Path, job: dict[str, Any]) -> None:
    """Ask for each operator and tensor type, by writing its number into a tiny model.

    The model lists the operator and does not use it: the runtime looks it up, and no kernel
    runs.
    """
    template = bytearray((folder / "template.tflite").read_bytes())
    for code in job["codes"]:
        struct.pack_into("<b", template, job["byte_code_at"], min(code, 127))
        struct.pack_into("<i", template, job["code_at"], code)
        known = []
        for version in range(1, LAST_VERSION):
            struct.pack_into("<i", template, job["version_at"], version)
            if not refusal(module, bytes(template)):
                known.append(version)
            elif known or version >= FIRST_GAP:
                break
        say({"code": code, "versions": known})
    for number in job["types"]:
        plain = bytearray((folder / "plain.tflite").read_bytes())
        struct.pack_into("<b", plain, job["type_at"], number)
        say({"begin": f"type {number}"})
        say({"type": number, "refusal": refusal(module, bytes(plain))})


def refusal(module: Any, model: bytes) -> str:
    """Return what the runtime says against a model; empty where it takes it."""
    try:
        module.Interpreter(model_content=model).allocate_tensors()
    except (ValueError, RuntimeError) as error:
        return str(error)
    return ""


def run_model(module: Any, folder: Path, name: str, job: dict[str, Any]) -> dict[str, Any]:
    """Load and run one model; return what came of it.

    Beside NAME.tflite there may be NAME.npy, the value of its one input; else it gets noise.
    """
    started = time.perf_counter()
    try:
        interpreter = module.Interpreter(
            model_path=str(folder / name), num_threads=job.get("threads", 1)
        )
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError, MemoryError) as error:
        return {"result": "refused", "reason": str(error)[:500]}
    loaded = time.perf_counter()
    given = (folder / name).with_suffix(".npy")
    try:
        for detail in interpreter.get_input_details():
            value = np.load(given) if given.exists() else _noise(detail)
            interpreter.set_tensor(detail["index"], _quantised(value, detail))
        # Twice: the kernels pack their weights on the first picture.
        interpreter.invoke()
        before = time.perf_counter()
        interpreter.invoke()
        invoked = time.perf_counter()
        outputs = [
            _real(interpreter.get_tensor(detail["index"]), detail)
            for detail in sorted(interpreter.get_output_details(), key=lambda d: len(d["shape"]))
        ]
    except (ValueError, RuntimeError, MemoryError) as error:
        return {"result": "failed", "reason": str(error)[:500]}
    return {
        "result": "runs",
        "outputs": [output.ravel()[:MOST_VALUES].tolist() for output in outputs],
        "load_ms": round(1e3 * (loaded - started), 3),
        "invoke_ms": round(1e3 * (invoked - before), 3),
        "rss_kib": _resident(),
    }


def say(answer: dict[str, Any]) -> None:
    """Write one line and let it go, before anything can kill this process."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _noise(detail: dict[str, Any]) -> Any:
    shape, dtype = detail["shape"], np.dtype(detail["dtype"])
    rng = np.random.default_rng(0)
    if dtype.kind in "iu":
        return rng.integers(0, 120, shape).astype(dtype)
    return rng.random(shape).astype(dtype)


def _quantised(value: Any, detail: dict[str, Any]) -> Any:
    """Write real numbers in an input's own scale; an integer value goes in as it is."""
    (scale, zero), dtype = detail["quantization"], np.dtype(detail["dtype"])
    if value.dtype.kind != "f" or dtype.kind == "f" or not scale:
        return value.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.round(value / scale) + zero, limits.min, limits.max).astype(dtype)


def _real(value: Any, detail: dict[str, Any]) -> Any:
    scale, zero = detail["quantization"]
    value = value.astype(np.float64)
    return np.nan_to_num((value - zero) * scale if scale else value, nan=1e30)


def _resident() -> int:
    """Return this process's memory in KiB; 0 where there is no /proc.

    Not ru_maxrss: that begins with the memory of the process that started this one.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize() // 1024


def _limit(job: dict[str, Any]) -> None:
    """Let a hostile model cost no more than that: memory in bytes, processor in seconds."""
    for kind, limit in (
        (resource.RLIMIT_AS, job.get("memory_bytes")),
        (resource.RLIMIT_CPU, job.get("cpu_seconds")),
        (resource.RLIMIT_CORE, 0),
    ):
        if limit is not None:
            resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    main()
