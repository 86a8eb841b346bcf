"""Measure: runs the test pictures through the float model and through each recipe."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from converter.benchmark.benchmark import Benchmark, Changed, Measured, Result
from converter.calibration import read_row
from converter.convert import Conversion
from converter.preflight.preflight import check_tensors
from converter.recipes import Recipe
from converter.statistics import Figures, Floats, agreement
from converter.tflite_model import TfliteModel
from converter.trained_model import SplitRow, TrainedModel
from edge.contract.bundle import sha256
from edge.contract.errors import InputError, ModelRefused, PictureError
from edge.contract.picture import Rgb
from edge.contract.preprocess import tensor_sha256
from edge.inference.predictions import Predictions


@dataclass
class TestPictures:
    """The test part of a run, read picture by picture.

    Reading fills `hashes` (of the input tensors; empty for an unreadable picture) and
    `unreadable`.
    """

    __test__ = False  # no test class, whatever pytest thinks of the name

    trained: TrainedModel
    rows: tuple[SplitRow, ...]
    hashes: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def tensors(self, progress: Callable[[], None]) -> Iterator[Rgb]:
        """Yield the input tensor of each readable picture."""
        for row in self.rows:
            try:
                tensor = self.trained.preprocess.apply(read_row(self.trained, row))
            except PictureError as error:
                self.hashes.append("")
                self.unreadable.append(error.line())
                progress()
                continue
            self.hashes.append(tensor_sha256(tensor))
            yield tensor

    @property
    def readable(self) -> list[int]:
        """Return the places of the pictures that could be read."""
        return [place for place, digest in enumerate(self.hashes) if digest]

    @property
    def truth(self) -> list[int]:
        """Return the true class of each readable picture, as an index into the labels."""
        return [self.trained.labels.index(self.rows[place].label) for place in self.readable]

    @property
    def paths(self) -> list[Path]:
        """Return where the pictures lie."""
        return [self.trained.path_of(row) for row in self.rows]


def run_benchmark(conversion: Conversion, recipes: Sequence[Recipe], threads: int = 1) -> Benchmark:
    """Measure the float model by TensorFlow, then each recipe in the Pi environment.

    A recipe that is not converted yet is converted; one that is refused gets a row that says
    why.

    Raises:
        InputError: the run has no readable test pictures.
    """
    trained = conversion.trained
    pictures = TestPictures(trained, tuple(trained.pictures("testing")))
    scores = _reference(conversion, pictures)
    results: list[Result] = []
    changed: list[Changed] = []
    for recipe in recipes:
        try:
            model = conversion.model(recipe)
            predictions = _predict(conversion, model, pictures, threads)
        except ModelRefused as error:
            results.append(Result(recipe.name, None, error.line()))
            continue
        ours = predictions.scores[pictures.readable]
        measured = _measured(model, predictions, pictures, scores, threads)
        results.append(Result(recipe.name, measured))
        changed += _changes(recipe.name, pictures, scores, ours)
    return Benchmark(
        labels=trained.labels,
        keras_sha256=sha256(trained.keras_path.read_bytes()),
        keras_bytes=trained.keras_path.stat().st_size,
        reference=Figures.measure(pictures.truth, scores.argmax(axis=1), trained.labels),
        results=tuple(results),
        changed=tuple(changed),
        unreadable=tuple(pictures.unreadable),
    )


def _reference(conversion: Conversion, pictures: TestPictures) -> Floats:
    """Return the float model's scores of the readable pictures."""
    if not pictures.rows:
        raise InputError(
            f"{conversion.trained.folder} has no test pictures",
            found="an empty testing part",
            next_step="retrain with more pictures",
        )
    keras_model = conversion.keras_model
    name = "float model on the test pictures"
    with conversion.progress.step(name, len(pictures.rows)) as tick:
        scores = keras_model.scores(pictures.tensors(tick), tick)
    if not len(scores):
        raise InputError("no test picture can be read", found=pictures.unreadable[0])
    return scores


def _predict(
    conversion: Conversion, model: TfliteModel, pictures: TestPictures, threads: int
) -> Predictions:
    name = f"{model.recipe} on the test pictures, in {conversion.environment.runtime}"
    with conversion.progress.step(name, len(pictures.rows)) as tick:
        predictions = conversion.environment.predict(
            model.path,
            pictures.paths,
            conversion.trained.labels,
            conversion.trained.preprocess.fit,
            threads,
            tick,
        )
    check_tensors(predictions, pictures.hashes)
    return predictions


def _measured(
    model: TfliteModel,
    predictions: Predictions,
    pictures: TestPictures,
    scores: Floats,
    threads: int,
) -> Measured:
    """Return a model's figures; `scores` are the float model's of the readable pictures."""
    ours, truth = predictions.scores[pictures.readable], pictures.truth
    answers, reference = ours.argmax(axis=1), scores.argmax(axis=1)
    right, float_right = answers == truth, reference == truth
    return Measured(
        figures=Figures.measure(truth, answers, pictures.trained.labels),
        agreement=agreement(answers, reference),
        lost=int((float_right & ~right).sum()),
        gained=int((right & ~float_right).sum()),
        largest_difference=round(float(np.abs(ours - scores).max()), 6),
        sha256=model.sha256,
        size_bytes=model.size_bytes,
        runtime=predictions.runtime,
        threads=threads,
        median_ms=round(float(np.nanmedian(predictions.invoke_ms)), 3),
        p95_ms=round(float(np.nanpercentile(predictions.invoke_ms, 95)), 3),
        decode_ms=round(float(np.nanmedian(predictions.picture_ms)), 3),
    )


def _changes(
    recipe: str, pictures: TestPictures, scores: Floats, ours: Floats
) -> Iterator[Changed]:
    """Yield the pictures whose answer changed, the surest change first."""
    labels = pictures.trained.labels.names
    before, after = scores.argmax(axis=1), ours.argmax(axis=1)
    changed = np.flatnonzero(before != after)
    for at in changed[np.argsort(-ours[changed].max(axis=1), kind="stable")]:
        row = pictures.rows[pictures.readable[at]]
        yield Changed(
            recipe=recipe,
            file=row.file,
            truth=row.label,
            float_answer=labels[before[at]],
            float_score=round(float(scores[at].max()), 4),
            answer=labels[after[at]],
            score=round(float(ours[at].max()), 4),
        )
