"""A benchmark with everything in it: two runtimes, a real loss, flips, heat, a refusal."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.comparison import Comparison, figures
from converter.benchmark.machine import Machine
from converter.benchmark.measured import Result
from converter.benchmark.pictures import TestPicture, TestPictures
from converter.benchmark.subject import Subject
from converter.benchmark.timing import OperatorTime, Timing
from converter.statistics import calibration_error, confidence_bins
from edge.contract.labels import Labels
from edge.inference.predictions import Predictions

LABELS = Labels(("blaze", "haze", "nothing at all"))
LITERT, TFLITE = "ai-edge-litert 2.3.0", "tflite-runtime 2.14.0"
COUNT = 90


def whole_pictures(folder: Path, count: int = COUNT) -> TestPictures:
    """Write small pictures and return them as test pictures."""
    rng = np.random.default_rng(1)
    made = []
    for at in range(count):
        truth = at % 3
        path = folder / LABELS.names[truth] / f"scene-{at:03}-of-a-rather-long-name.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 255, (30 + at % 7, 40, 3), np.uint8)
        Image.fromarray(pixels).save(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        made.append(TestPicture(path.relative_to(folder).as_posix(), path, truth, digest))
    return TestPictures(LABELS, tuple(made), "the run's own test part")


def planted_predictions(pictures: TestPictures, wrong: set[int], runtime: str) -> Predictions:
    """Return scores that are right but for some pictures."""
    count = len(pictures.pictures)
    scores = np.full((count, 3), 0.1, np.float32)
    for at, truth in enumerate(pictures.truth):
        scores[at, (truth + 1) % 3 if at in wrong else truth] = 0.8
    times = np.full(count, 20.0)
    return Predictions(scores, times, times / 10, ("0" * 64,) * count, ("",) * count, runtime, 0.0)


def planted_timing(runtime: str, **fields: object) -> Timing:
    """Return a timing."""
    operators = (
        OperatorTime("CONV_2D", 94, 11.2, True),
        OperatorTime("AVERAGE_POOL_2D", 9, 4.1, False),
        *(OperatorTime(f"A_LONG_OPERATOR_NAME_{n}", 1, 0.1, True) for n in range(9)),
    )
    usual = {"threads": 1, "xnnpack": True, "runs": 50, "median_ms": 16.4, "p95_ms": 17.0}
    usual |= {"first_ms": 18.0, "load_ms": 52.0, "peak_bytes": 40_000_000, "partitions": 2}
    usual |= {"left_over": 4, "joules": 0.12, "celsius": 61.0, "operators": operators}
    return Timing(runtime=runtime, **usual | fields)


def whole_benchmark(pictures: TestPictures) -> Benchmark:
    """Return the benchmark."""
    reference = planted_predictions(pictures, {0, 1}, "tensorflow 2.21.0")
    truth = pictures.truth
    results, flips = [], []
    for name, wrong, size, ms in (
        ("int8", set(range(2, 16)), 11_000_000, 16.4),
        # Larger than float32, as no such file is: so that one is beaten.
        ("float16", {0, 1, 4}, 44_000_000, 60.2),
        ("float32", {0, 1}, 43_000_000, 58.0),
    ):
        for runtime in (LITERT, TFLITE):
            subject = Subject(name, Path(f"{name}.tflite"), name * 8, size, LABELS, "squash")
            found = planted_predictions(pictures, wrong, runtime)
            hot = name == "float32" and runtime == TFLITE
            timings = [
                planted_timing(
                    *(runtime,),
                    threads=threads,
                    median_ms=ms / threads**0.6 + 3 * (runtime == TFLITE),
                    throttled=hot,
                    throttled_by="under-voltage" if hot else "",
                )
                for threads in (1, 2)
            ]
            held = Comparison(subject, pictures, found, reference)
            results.append(Result(name, held.measured(timings)))
            flips += held.flips()
    results.append(Result("dynamic", None, "it asks for a newer runtime", TFLITE))
    return Benchmark(
        labels=LABELS,
        keras_sha256="1" * 64,
        keras_bytes=43_000_000,
        reference=figures(truth, reference.scores.argmax(axis=1), LABELS),
        results=tuple(results),
        flips=tuple(flips),
        unreadable=("bad.jpg is damaged",),
        reference_ece=calibration_error(confidence_bins(reference.scores, truth)),
        pictures_sha256=pictures.digest,
        left_out=("blaze/a.jpg: it stands in the run's training part",),
        machine=Machine("x86_64 some processor", 2, 1.5),
        untimed=("int8: not timed: 4 threads, XNNPACK off: it crashed",),
    )


def without_reference(benchmark: Benchmark) -> Benchmark:
    """Return the benchmark of one foreign model, with nothing to hold it against."""
    one = benchmark.rows[0][1]
    nothing = replace(
        one, agreement=figures([], np.zeros(0, np.int64), LABELS).accuracy, lost=0, gained=0
    )
    return replace(
        benchmark,
        keras_sha256="",
        keras_bytes=0,
        reference=figures([], np.zeros(0, np.int64), LABELS),
        reference_name="",
        results=(Result("theirs", replace(nothing, drift=None)),),
        flips=(),
    )
