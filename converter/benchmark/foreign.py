"""ForeignModels: TFLite classifiers that we did not make, on labelled pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.measure import measure_subjects, scores_of
from converter.benchmark.setup import Setup
from converter.benchmark.subject import Subject
from converter.preflight.flatbuffer import declaration
from edge.contract.bundle import sha256
from edge.contract.errors import InputError, ModelError, ModelRefused
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.model_file import TFLITE_IDENTIFIER
from edge.inference.model_shape import check_whole
from edge.inference.pixel_range import PixelRange


@dataclass(frozen=True)
class ForeignModels:
    """Model files with the same classes, and the one that the others are held against.

    `reference` is None where there is nothing to hold a single model against.
    """

    subjects: tuple[Subject, ...]
    reference: Subject | None

    @classmethod
    def read(
        cls,
        models: Sequence[Path],
        labels: Labels,
        reference: Path | None = None,
        fit: Fit = "squash",
        pixel_range: PixelRange | None = None,
    ) -> "ForeignModels":
        """Read model files. Without a reference it is the largest float one, else the first.

        Raises:
            InputError: a file is missing, or two are the same.
            ModelError: a file is no TFLite model, or is damaged.
        """
        paths = list(dict.fromkeys([*([reference] if reference else []), *models]))
        names = _names(paths)
        found = [
            _subject(path, name, labels, fit, pixel_range)
            for path, name in zip(paths, names, strict=True)
        ]
        if reference is None:
            # Of several float ones the largest: its weights are the least quantised.
            floats = [one for one in found if _is_float(one.path)]
            best = max(floats, key=lambda one: one.size_bytes, default=found[0])
            return cls(tuple(found), best if len(found) > 1 else None)
        return cls(tuple(found), found[0])

    def benchmark(self, setup: Setup) -> Benchmark:
        """Measure the models in every environment.

        Raises:
            ModelRefused: the first runtime does not take the reference.
            DatasetError: no picture can be read.
        """
        if self.reference is None:
            return measure_subjects(setup, self.subjects, None, "")
        try:
            scores = scores_of(setup, self.reference, setup.environments[0])
        except ModelRefused as error:
            raise ModelRefused(
                f"the reference {self.reference.name} cannot be run: {error.line()}",
                next_step="name another with --reference",
            ) from error
        return measure_subjects(setup, self.subjects, scores, self.reference.name)


def _subject(
    path: Path, name: str, labels: Labels, fit: Fit, pixel_range: PixelRange | None
) -> Subject:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read the model {path}: {error.strerror or error}", expected="a .tflite file"
        ) from error
    if data[4:8] != TFLITE_IDENTIFIER:
        raise InputError(
            f"{path} is no TFLite model",
            found=f"{len(data)} bytes starting {data[:8]!r}",
            expected="a .tflite file",
            next_step="for a bundle use emberwatch evaluate",
        )
    check_whole(data, str(path))
    return Subject(name, path, sha256(data), len(data), labels, fit, pixel_range, foreign=True)


def _is_float(path: Path) -> bool:
    """Say whether a model's input and outputs are all float; False where that cannot be read."""
    try:
        declared = declaration(path.read_bytes())
    except ModelError:
        return False
    return all(spec.dtype.startswith("float") for spec in (*declared.inputs, *declared.outputs))


def _names(paths: Sequence[Path]) -> list[str]:
    """Return a short name for each file: its own, with its folder's where two are alike."""
    short = [path.stem for path in paths]
    return [
        path.stem if short.count(path.stem) == 1 else f"{path.parent.name}/{path.stem}"
        for path in paths
    ]
