"""Report: a benchmark as one self-contained page."""

import base64
import io
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from converter.benchmark.benchmark import Benchmark, Changed, Measured
from converter.benchmark.plots import accuracy_plot, latency_plot
from converter.calibration import read_row
from converter.trained_model import TrainedModel
from edge.contract import atomic
from edge.contract.errors import InputError

FILE = "benchmark.html"
TEMPLATE = "benchmark.html"
MOST_SHOWN = 12
THUMBNAIL = 240


@dataclass(frozen=True)
class Thumbnail:
    """A picture whose answer changed, small, as a data address."""

    change: Changed
    source: str


def write_report(benchmark: Benchmark, trained: TrainedModel) -> Path:
    """Write RUN/benchmark.html atomically and return its path.

    The page loads nothing from anywhere: styles, plots and pictures are in it.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    path = trained.folder / FILE
    atomic.write_text(path, render(benchmark, trained))
    return path


def render(benchmark: Benchmark, trained: TrainedModel) -> str:
    """Return the page."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    text = (
        resources.files("converter.benchmark")
        .joinpath("templates", TEMPLATE)
        .read_text(encoding="utf-8")
    )
    measured = [result for result in benchmark.results if result.measured]
    matrices = [("float (Keras)", benchmark.reference.confusion)]
    matrices += [
        (result.recipe, result.measured.figures.confusion) for result in measured if result.measured
    ]
    return environment.from_string(text).render(
        benchmark=benchmark,
        trained=trained,
        dataset=trained.dataset.name,
        verdicts=[_verdict(benchmark, r.recipe, r.measured) for r in measured if r.measured],
        measured=measured,
        refused=[result for result in benchmark.results if not result.measured],
        matrices=[(name, _shaded(confusion)) for name, confusion in matrices],
        accuracy_svg=accuracy_plot(benchmark),
        latency_svg=latency_plot(benchmark) if measured else "",
        thumbnails=_thumbnails(benchmark, trained),
        changes=len(benchmark.changed),
    )


def _verdict(benchmark: Benchmark, recipe: str, measured: Measured) -> dict[str, Any]:
    """Return a recipe's cost in a sentence, with what it buys."""
    drop = benchmark.drop_points(recipe)
    if abs(drop) < 0.005:
        cost = "the same accuracy as float"
    else:
        cost = f"{abs(drop):.2f} points {'less' if drop > 0 else 'more'} accuracy than float"
    return {
        "recipe": recipe,
        "drop": drop,
        "cost": cost,
        "accuracy": measured.figures.accuracy,
        "size_mb": measured.size_bytes / 1e6,
        "measured": measured,
    }


def _shaded(confusion: tuple[tuple[int, ...], ...]) -> list[list[tuple[int, float]]]:
    """Return each count with its share of its row, in [0, 1]."""
    return [[(count, count / max(1, sum(row))) for count in row] for row in confusion]


def _thumbnails(benchmark: Benchmark, trained: TrainedModel) -> list[Thumbnail]:
    """Return small copies of the first changed pictures that can still be read."""
    rows = {row.file: row for row in trained.pictures("testing")}
    found: list[Thumbnail] = []
    for change in benchmark.changed:
        if len(found) == MOST_SHOWN:
            break
        try:
            rgb = read_row(trained, rows[change.file])
        except (InputError, KeyError):
            continue
        found.append(Thumbnail(change, _data_address(rgb)))
    return found


def _data_address(rgb: Any) -> str:
    from PIL import Image

    image = Image.fromarray(rgb)
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
