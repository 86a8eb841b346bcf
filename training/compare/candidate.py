"""Candidate: a training run as it stands beside others."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.measured import Measured
from converter.recipes import RECIPES
from converter.statistics import Figures, Proportion
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from training.report.evidence import Evidence
from training.report.score_table import TEST, ScoreTable


@dataclass(frozen=True)
class Answer:
    """What a run said of one test picture, and what it is."""

    truth: str
    said: str

    @property
    def right(self) -> bool:
        """Say whether it is so."""
        return self.truth == self.said


@dataclass(frozen=True)
class Candidate:
    """A run: its figures, its cost, and its answers by the pictures' SHA-256.

    `tested` holds the SHA-256 of every test picture, `answers` what is known of them.
    `parameters` counts the weights of the Keras model, None where it is missing. `size_bytes`
    and `measured` are by recipe, of what was converted and what was benchmarked.
    """

    name: str
    backbone: str
    cut: str
    test: Figures | None
    left_out: Proportion | None
    parameters: int | None
    size_bytes: dict[str, int]
    measured: dict[str, Measured]
    tested: frozenset[str]
    answers: dict[str, Answer]

    @classmethod
    def read(cls, run: Path, name: str) -> "Candidate":
        """Read a run folder.

        Raises:
            InputError: no such folder, or no finished run in it.
        """
        trained = TrainedModel.read(run)
        evidence, benchmark = Evidence.of(trained), Benchmark.read(trained)
        models = {recipe: TfliteModel.read(trained, made) for recipe, made in RECIPES.items()}
        return cls(
            name=name,
            backbone=str(trained.backbone.get("name", "")),
            cut=str(trained.backbone.get("cut", "")),
            test=evidence.test,
            left_out=evidence.left_out.pooled if evidence.left_out else None,
            parameters=count_parameters(trained.keras_path),
            size_bytes={recipe: model.size_bytes for recipe, model in models.items() if model},
            measured=_measured(benchmark),
            tested=frozenset(row.sha256 for row in trained.pictures("testing")),
            answers=_answers(trained),
        )


def _measured(benchmark: Benchmark | None) -> dict[str, Measured]:
    """Return what was measured by recipe; of several runtimes the first counts."""
    if benchmark is None:
        return {}
    return {recipe: benchmark.measured(recipe) for recipe, _ in benchmark.rows}


def names_of(runs: list[Path]) -> list[str]:
    """Return a short name for each run: its folder's, with its parent's where two are alike."""
    whole = [run.resolve() for run in runs]
    short = [path.name for path in whole]
    return [
        path.name if short.count(path.name) == 1 else f"{path.parent.name}/{path.name}"
        for path in whole
    ]


def count_parameters(model: Path) -> int | None:
    """Return how many numbers a Keras model holds, read from its file without TensorFlow."""
    import h5py

    counts: list[int] = []
    try:
        with zipfile.ZipFile(model) as archive:
            data = archive.read("model.weights.h5")
        with h5py.File(io.BytesIO(data), "r") as weights:
            weights.visititems(
                lambda _, item: counts.append(item.size) if isinstance(item, h5py.Dataset) else None
            )
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    return sum(counts)


def _answers(trained: TrainedModel) -> dict[str, Answer]:
    table = ScoreTable.read(trained.folder, trained.labels.names)
    if table is None:
        return {}
    digests = {row.file: row.sha256 for row in trained.pictures("testing")}
    test = table.of(TEST)
    return {
        digests[row.file]: Answer(row.label, table.labels[best])
        for row, best in zip(test.rows, test.answers, strict=True)
        if row.file in digests
    }
