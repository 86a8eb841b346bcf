"""Spreadsheet: a benchmark as two CSV files, for other programs."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.measured import Measured, Result
from converter.benchmark.timing import Timing
from edge.contract import atomic

FILE = "benchmark.csv"
FLIPS_FILE = "flips.csv"
# The names are promised: docs/convert-and-benchmark.md says what each holds.
COLUMNS = (
    *("model", "runtime", "threads", "xnnpack", "status", "pictures"),
    *("accuracy", "accuracy_low", "accuracy_high"),
    *("balanced_accuracy", "balanced_accuracy_low", "balanced_accuracy_high"),
    *("agreement", "agreement_low", "agreement_high", "lost", "gained"),
    *("drop_points", "drop_points_low", "drop_points_high", "mcnemar_p"),
    *("mean_score_difference", "largest_score_difference", "kl_nats", "ece_before", "ece_after"),
    *("size_bytes", "median_ms", "p95_ms", "first_ms", "load_ms", "runs", "peak_bytes"),
    *("partitions", "left_over_operators", "joules", "celsius", "throttled"),
    *("decode_ms", "sha256", "refused"),
)
FLIP_COLUMNS = (
    *("model", "runtime", "file", "truth", "kind"),
    *("reference_answer", "reference_score", "answer", "score"),
)


def write_tables(benchmark: Benchmark, folder: Path) -> tuple[Path, Path]:
    """Write benchmark.csv and flips.csv atomically and return their paths.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    figures, flips = folder / FILE, folder / FLIPS_FILE
    recalls = _recall_columns(benchmark)
    atomic.write_text(figures, _text((*COLUMNS, *recalls), list(_rows(benchmark))))
    atomic.write_text(flips, _text(FLIP_COLUMNS, list(_flip_rows(benchmark))))
    return figures, flips


def _recall_columns(benchmark: Benchmark) -> list[str]:
    labels = [label for _, one in benchmark.rows[:1] for label in one.figures.recall]
    return [f"recall_{label}{end}" for label in labels for end in ("", "_low", "_high")]


def _rows(benchmark: Benchmark) -> Iterator[dict[str, Any]]:
    """Yield a row for each model, runtime, number of threads and XNNPACK on or off."""
    if benchmark.keras_sha256:
        yield _reference_row(benchmark)
    for result in benchmark.results:
        if result.measured is None:
            yield _refused_row(result)
            continue
        row = _accuracy(result.recipe, result.measured)
        if not result.measured.timings:
            one = result.measured
            yield row | {"threads": one.threads, "median_ms": one.median_ms, "p95_ms": one.p95_ms}
        for timing in result.measured.timings:
            yield row | _speed(timing)


def _reference_row(benchmark: Benchmark) -> dict[str, Any]:
    figures = benchmark.reference
    low, high = figures.balanced_interval or (None, None)
    return {
        "model": benchmark.reference_name,
        "runtime": "tensorflow",
        "status": "reference",
        "pictures": figures.accuracy.of,
        "accuracy": figures.accuracy.value,
        "accuracy_low": figures.accuracy.low,
        "accuracy_high": figures.accuracy.high,
        "balanced_accuracy": figures.balanced_accuracy,
        "balanced_accuracy_low": low,
        "balanced_accuracy_high": high,
        "ece_after": benchmark.reference_ece,
        "size_bytes": benchmark.keras_bytes,
        "sha256": benchmark.keras_sha256,
        **_recalls(figures.recall),
    }


def _refused_row(result: Result) -> dict[str, Any]:
    return {
        "model": result.recipe,
        "runtime": result.runtime,
        "status": "refused",
        "refused": result.refused,
    }


def _accuracy(recipe: str, one: Measured) -> dict[str, Any]:
    figures, difference, drift = one.figures, one.difference, one.drift
    low, high = figures.balanced_interval or (None, None)
    compared = one.agreement.of > 0
    return {
        "model": recipe,
        "runtime": one.runtime,
        "status": "measured",
        "pictures": figures.accuracy.of,
        "accuracy": figures.accuracy.value,
        "accuracy_low": figures.accuracy.low,
        "accuracy_high": figures.accuracy.high,
        "balanced_accuracy": figures.balanced_accuracy,
        "balanced_accuracy_low": low,
        "balanced_accuracy_high": high,
        "agreement": one.agreement.value,
        "agreement_low": one.agreement.low,
        "agreement_high": one.agreement.high,
        "lost": one.lost if compared else None,
        "gained": one.gained if compared else None,
        "drop_points": _points(difference.value),
        "drop_points_low": _points(difference.low),
        "drop_points_high": _points(difference.high),
        "mcnemar_p": difference.p_value,
        "mean_score_difference": drift.mean_difference if drift else None,
        "largest_score_difference": drift.largest_difference if drift else None,
        "kl_nats": drift.kl_nats if drift else None,
        "ece_before": drift.ece_before if drift else None,
        "ece_after": drift.ece_after if drift else None,
        "size_bytes": one.size_bytes,
        "decode_ms": one.decode_ms,
        "sha256": one.sha256,
        **_recalls(figures.recall),
    }


def _speed(timing: Timing) -> dict[str, Any]:
    """Return a timing's columns; of a throttled one no latency, which would pass for a result."""
    slowed = timing.throttled
    return {
        "status": "throttled" if slowed else "measured",
        "threads": timing.threads,
        "xnnpack": "on" if timing.xnnpack else "off",
        "median_ms": None if slowed else timing.median_ms,
        "p95_ms": None if slowed else timing.p95_ms,
        "first_ms": None if slowed else timing.first_ms,
        "load_ms": None if slowed else timing.load_ms,
        "runs": timing.runs,
        "peak_bytes": timing.peak_bytes,
        "partitions": timing.partitions,
        "left_over_operators": timing.left_over,
        "joules": None if slowed else timing.joules,
        "celsius": timing.celsius,
        "throttled": "yes" if slowed else "no",
    }


def _flip_rows(benchmark: Benchmark) -> Iterator[dict[str, Any]]:
    for flip in benchmark.flips:
        yield {
            "model": flip.recipe,
            "runtime": flip.runtime,
            "file": flip.file,
            "truth": flip.truth,
            "kind": flip.kind,
            "reference_answer": flip.float_answer,
            "reference_score": flip.float_score,
            "answer": flip.answer,
            "score": flip.score,
        }


def _recalls(recall: dict[str, Any]) -> dict[str, Any]:
    return {
        f"recall_{label}{end}": value
        for label, share in recall.items()
        for end, value in (("", share.value), ("_low", share.low), ("_high", share.high))
    }


def _points(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 4)


def _text(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: "" if v is None else v for k, v in row.items()} for row in rows)
    return out.getvalue()
