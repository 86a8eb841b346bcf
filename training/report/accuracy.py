"""Accuracy: the ways in which a run's accuracy was measured, and which of them flatters."""

from dataclasses import dataclass

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.plots import ACCENT, REFERENCE
from converter.statistics import Proportion
from training.report import plots
from training.report.evidence import Evidence

QUANTISED = "#7c3aed"


@dataclass(frozen=True)
class AccuracyRow:
    """One way to measure accuracy: how honest it is, and what it stands for."""

    name: str
    share: Proportion
    honesty: str
    meaning: str
    colour: str


def accuracy_rows(evidence: Evidence, benchmark: Benchmark | None) -> list[AccuracyRow]:
    """Return the ways in which accuracy was measured, from the most flattering on."""
    rows: list[AccuracyRow] = []

    def add(name: str, share: Proportion | None, honesty: str, meaning: str, colour: str) -> None:
        if share is not None and share.of:
            rows.append(AccuracyRow(name, share, honesty, meaning, colour))

    grouped = "honest" if evidence.grouped else "may flatter"
    scenes = "" if evidence.grouped else " The run was not told which pictures show one scene."
    add(
        "random folds",
        evidence.random_folds,
        "flatters",
        "Pictures dealt at random: frames of one scene stand on both sides, and the model is "
        "asked what it was taught. Most published figures are of this kind.",
        plots.PALE,
    )
    add(
        "test",
        evidence.test.accuracy if evidence.test else None,
        grouped,
        "The final model on pictures that nothing was trained or chosen on." + scenes,
        REFERENCE,
    )
    for recipe, measured in benchmark.rows if benchmark else ():
        add(
            f"test, {benchmark.name(recipe, measured) if benchmark else recipe}",
            measured.figures.accuracy,
            grouped,
            f"The same pictures by the {recipe} model in the camera's runtime, {measured.runtime}.",
            QUANTISED,
        )
    folds = evidence.folds
    add(
        "grouped folds",
        folds.accuracy if folds else None,
        grouped,
        f"Training and validation pictures in {folds.count if folds else 0} parts, each answered "
        "by a head trained on the others; pictures of one family stay together." + scenes,
        plots.GOOD,
    )
    whole = folds.accuracy if folds else None
    scenes_only = folds.scenes if folds else None
    if whole and scenes_only and scenes_only.of < whole.of:
        add(
            "folds, scenes alone",
            scenes_only,
            grouped,
            "Those of the pictures above that show a named scene: nearest to what a camera meets.",
            plots.GOOD,
        )
    add(
        "left-out scenes",
        evidence.left_out.pooled if evidence.left_out else None,
        "honest",
        "Each scene answered by a head that saw none of its pictures: what to expect of a camera "
        "in a new place.",
        ACCENT,
    )
    return rows
