"""Page: a comparison as one file with all in it."""

from pathlib import Path

from converter.statistics import Proportion
from edge.contract import atomic
from training.compare.comparison import Comparison
from training.compare.table import rows_of
from training.report import plots
from training.report.template import fill

COLOURS = ("#c2410c", "#1d4ed8", "#0f766e", "#7c3aed", "#a16207", "#be185d", "#475569")


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the page atomically.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    atomic.write_text(path, render(comparison))


def render(comparison: Comparison) -> str:
    """Return the page."""
    return fill(
        "compare.html",
        comparison=comparison,
        rows=rows_of(comparison),
        plots=[(title, words, svg) for title, words, svg in _plots(comparison) if svg],
    )


def _plots(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return the plots that can be drawn: (title, what it shows, SVG)."""
    colours = _colours(comparison)
    tests = [
        (one.name, one.test.accuracy, colours[one.name])
        for one in comparison.candidates
        if one.test
    ]
    shared = [(name, share, colours[name]) for name, share in comparison.shared.items()]
    left_out = [
        (one.name, one.left_out, colours[one.name])
        for one in comparison.candidates
        if one.left_out and one.left_out.of
    ]
    accuracy = (
        ("Test accuracy", "The same pictures for each run.", _shares(tests, "test"))
        if comparison.same_test
        else (
            "Accuracy on shared test pictures",
            "Those that every run was tested on.",
            _shares(shared, "shared"),
        )
    )
    return [
        accuracy,
        (
            "Scenes never seen",
            "Leave-one-group-out: each scene answered by a head trained without it.",
            _shares(left_out, "left-out"),
        ),
        *_trades(comparison, colours),
    ]


def _trades(comparison: Comparison, colours: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return accuracy against time and size by a recipe that several runs were measured with.

    Without such a recipe, accuracy against the number of parameters.
    """
    recipe = _usual(comparison)
    if recipe is None:
        return _by_parameters(comparison, colours)
    known = [
        (one.name, one.measured[recipe], colours[one.name])
        for one in comparison.candidates
        if recipe in one.measured
    ]
    by_time = [(n, m.median_ms, m.figures.accuracy, colour) for n, m, colour in known]
    by_size = [(n, m.size_bytes / 1e6, m.figures.accuracy, colour) for n, m, colour in known]
    return [
        (
            f"Accuracy against time, {recipe}",
            "The model alone, one picture at a time, on the workstation: compare runs by it, "
            "not machines.",
            plots.trade_plot(by_time, "ms", "ms a picture", "trade-time"),
        ),
        (
            f"Accuracy against size, {recipe}",
            "The file that a camera loads.",
            plots.trade_plot(by_size, "MB", "model file, MB", "trade-size"),
        ),
    ]


def _by_parameters(comparison: Comparison, colours: dict[str, str]) -> list[tuple[str, str, str]]:
    points = [
        (one.name, one.parameters / 1e6, one.test.accuracy, colours[one.name])
        for one in comparison.candidates
        if one.test and one.parameters
    ]
    words = "Convert and benchmark the runs, and size and time of the quantised models stand here."
    svg = plots.trade_plot(points, "million", "million parameters", "trade-parameters")
    return [("Accuracy against size", words, svg)] if points else []


def _usual(comparison: Comparison) -> str | None:
    """Return the recipe that the most runs were measured with, two at least."""
    counts = {
        recipe: sum(recipe in one.measured for one in comparison.candidates)
        for recipe in comparison.recipes
    }
    best = max(counts, key=lambda recipe: counts[recipe], default="")
    return best if counts.get(best, 0) > 1 else None


def _colours(comparison: Comparison) -> dict[str, str]:
    names = [one.name for one in comparison.candidates]
    return {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(names)}


def _shares(rows: list[tuple[str, Proportion, str]], name: str) -> str:
    return plots.shares_plot(rows, name) if rows else ""
