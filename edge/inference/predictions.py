"""Predictions: the scores of many pictures and how long each took, as one file."""

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from edge.contract import atomic
from edge.contract.errors import InputError, PictureError
from edge.contract.picture import read_picture
from edge.contract.preprocess import tensor_sha256
from edge.inference.classifier import Classifier


@dataclass(frozen=True)
class Predictions:
    """Scores of pictures, in the order given.

    `scores` is float32 [pictures, classes] in [0, 1] (NaN rows: unreadable pictures, with the
    reason in `problems`); `invoke_ms` and `picture_ms` float64 [pictures]: milliseconds in the
    classifier alone, and for reading, decoding and preprocessing the picture. `quantum` is the
    score tensor's smallest step, 0 for a float model.
    """

    scores: npt.NDArray[np.float32]
    invoke_ms: npt.NDArray[np.float64]
    picture_ms: npt.NDArray[np.float64]
    tensor_sha256: tuple[str, ...]
    problems: tuple[str, ...]
    runtime: str
    quantum: float

    def write(self, path: Path) -> None:
        """Write a NumPy `.npz` file, atomically."""
        with atomic.atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.savez(
                file,
                scores=self.scores,
                invoke_ms=self.invoke_ms,
                picture_ms=self.picture_ms,
                tensor_sha256=np.array(self.tensor_sha256, dtype="U64"),
                problems=np.array(self.problems, dtype=np.str_),
                runtime=np.array(self.runtime),
                quantum=np.array(self.quantum),
            )

    @classmethod
    def read(cls, path: Path) -> "Predictions":
        """Read what `write` wrote.

        Raises:
            InputError: no such file, or not one of ours.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                return cls(
                    scores=data["scores"],
                    invoke_ms=data["invoke_ms"],
                    picture_ms=data["picture_ms"],
                    tensor_sha256=tuple(map(str, data["tensor_sha256"])),
                    problems=tuple(map(str, data["problems"])),
                    runtime=str(data["runtime"]),
                    quantum=float(data["quantum"]),
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"{path} holds no predictions", found=repr(error)) from error


def predict(
    classifier: Classifier,
    paths: Sequence[Path],
    progress: Callable[[], None] = lambda: None,
    warm_up: int = 1,
) -> Predictions:
    """Classify picture files; an unreadable one is noted and does not stop the rest.

    `warm_up` invocations come first and are not timed: a runtime's first is slower.
    """
    scores = np.full((len(paths), len(classifier.labels)), np.nan, np.float32)
    invoke_ms = np.full(len(paths), np.nan)
    picture_ms = np.full(len(paths), np.nan)
    hashes, problems = [""] * len(paths), [""] * len(paths)
    size = (classifier.preprocess.height, classifier.preprocess.width, 3)
    for _ in range(warm_up):
        classifier.classify_tensor(np.full(size, 127, np.uint8))
    for i, path in enumerate(paths):
        started = perf_counter()
        try:
            tensor = classifier.tensor(read_picture(path))
        except PictureError as error:
            problems[i] = error.line()
            progress()
            continue
        ready = perf_counter()
        scores[i] = classifier.classify_tensor(tensor).scores
        invoke_ms[i] = (perf_counter() - ready) * 1e3
        picture_ms[i] = (ready - started) * 1e3
        hashes[i] = tensor_sha256(tensor)
        progress()
    return Predictions(
        scores,
        invoke_ms,
        picture_ms,
        tuple(hashes),
        tuple(problems),
        classifier.interpreter.runtime_version,
        classifier.score_spec.quantum,
    )
