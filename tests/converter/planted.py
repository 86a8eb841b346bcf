"""Benchmarks with planted figures."""

import numpy as np

from converter.benchmark.benchmark import Benchmark, Measured, Result
from converter.statistics import Figures, Proportion
from edge.contract.labels import Labels

LABELS = Labels(("blaze", "haze", "nothing"))


def planted_benchmark(float_right: int, int8_right: int, of: int, **fields) -> Benchmark:
    """Return a benchmark in which so many of `of` pictures were right."""
    measured = Measured(
        figures=_figures(int8_right, of),
        agreement=Proportion.of_counts(of - abs(float_right - int8_right), of),
        lost=max(0, float_right - int8_right),
        gained=max(0, int8_right - float_right),
        largest_difference=0.1,
        sha256=fields.pop("sha256", "0" * 64),
        size_bytes=11_000_000,
        runtime=fields.pop("runtime", "tflite-runtime 2.14.0"),
        threads=1,
        median_ms=100.0,
        p95_ms=120.0,
        decode_ms=3.0,
    )
    defaults = {"labels": LABELS, "keras_sha256": "1" * 64, "keras_bytes": 43_000_000}
    return Benchmark(
        **defaults | fields,
        reference=_figures(float_right, of),
        results=(Result("int8", measured), Result("dynamic", None, "it was refused")),
    )


def _figures(right: int, of: int) -> Figures:
    truth = np.arange(of) % 3
    answers = np.where(np.arange(of) < right, truth, (truth + 1) % 3)
    return Figures.measure(truth, answers, LABELS)
