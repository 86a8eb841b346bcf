"""Table: a comparison as rows of text, for a terminal and for the page."""

from dataclasses import dataclass

from converter.statistics import Proportion
from training.compare.candidate import Candidate
from training.compare.comparison import Comparison

NOTHING = "-"


@dataclass(frozen=True)
class Row:
    """A fact of each run, in the order of the runs."""

    name: str
    cells: tuple[str, ...]


def rows_of(comparison: Comparison) -> list[Row]:
    """Return the facts that any of the runs has."""
    runs = comparison.candidates
    shared = [comparison.shared.get(one.name) for one in runs]
    tests = [one.test.accuracy if one.test else None for one in runs]
    left_out = [one.left_out for one in runs]
    rows = [
        Row("backbone", tuple(one.backbone or NOTHING for one in runs)),
        Row("cut", tuple(one.cut or NOTHING for one in runs)),
        *_shares("test accuracy", tests),
        Row("test pictures", tuple(str(len(one.tested)) for one in runs)),
        *([] if comparison.same_test else _shares("on shared pictures", shared)),
        *_shares("left-out scenes", left_out),
        Row("million parameters", tuple(_millions(one.parameters) for one in runs)),
    ]
    for recipe in comparison.recipes:
        rows += _recipe_rows(recipe, runs)
    return [row for row in rows if any(cell != NOTHING for cell in row.cells)]


def _shares(name: str, shares: list[Proportion | None]) -> list[Row]:
    values = tuple(share.percent() if share else NOTHING for share in shares)
    between = tuple(share.percent_interval("-") if share else NOTHING for share in shares)
    return [Row(name, values), Row("  95% interval", between)]


def _recipe_rows(recipe: str, runs: tuple[Candidate, ...]) -> list[Row]:
    measured = [one.measured.get(recipe) for one in runs]
    sizes = [one.size_bytes.get(recipe) for one in runs]
    accuracy = tuple(one.figures.accuracy.percent() if one else NOTHING for one in measured)
    return [
        Row(f"{recipe} accuracy", accuracy),
        Row(f"{recipe} MB", tuple(f"{size / 1e6:.1f}" if size else NOTHING for size in sizes)),
        Row(f"{recipe} ms", tuple(f"{one.median_ms:.1f}" if one else NOTHING for one in measured)),
    ]


def _millions(count: int | None) -> str:
    return f"{count / 1e6:.3g}" if count is not None else NOTHING
