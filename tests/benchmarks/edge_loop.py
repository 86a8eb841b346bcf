"""A TFLite model in the Pi's environment, timed on demand, beside rival_loop.py.

edge_loop.py loop MODEL THREADS PICTURES.npy
    prints the scores of the pictures as JSON, then for each number on standard input that many
    pairs of milliseconds: by the clock, and of the processor
edge_loop.py bare MODEL THREADS
    prints the median of a bare interpreter loop: warm-up, then runs, as benchmark_model does
"""

import json
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from edge.inference.interpreter import Interpreter, preferred_runtime, runtime_module


def loop(model: str, threads: str, pictures: str) -> None:
    """Answer with scores, then with times."""
    interpreter = Interpreter(Path(model).read_bytes(), int(threads))
    (at,) = [at for at, spec in enumerate(interpreter.outputs) if len(spec.shape) == 2]
    spec = interpreter.outputs[at]
    tensors = np.load(pictures)[:, np.newaxis]
    scores = [spec.dequantise(interpreter.invoke(one)[at])[0].tolist() for one in tensors]
    print(json.dumps(scores), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            started, busy = perf_counter(), process_time()
            interpreter.invoke(tensors[0])
            ended = perf_counter(), process_time()
            times.append(((ended[0] - started) * 1e3, (ended[1] - busy) * 1e3))
        print(json.dumps(times), flush=True)


def bare(model: str, threads: str) -> None:
    """Time the runtime's own interpreter, with nothing of ours around it.

    The method of TensorFlow's benchmark_model: at least half a second of warm-up, then at
    least 50 runs and one second, around Invoke alone.
    """
    interpreter = runtime_module(preferred_runtime()).Interpreter(
        model_path=model, num_threads=int(threads)
    )
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    pixels = np.random.default_rng(1).integers(0, 256, given["shape"], np.uint8)
    interpreter.set_tensor(given["index"], pixels.astype(given["dtype"]))
    started = perf_counter()
    while perf_counter() - started < 0.5:
        interpreter.invoke()
    times: list[float] = []
    started = perf_counter()
    while len(times) < 50 or perf_counter() - started < 1.0:
        before = perf_counter()
        interpreter.invoke()
        times.append((perf_counter() - before) * 1e3)
    print(float(np.median(times)))


if __name__ == "__main__":
    {"loop": loop, "bare": bare}[sys.argv[1]](*sys.argv[2:])
