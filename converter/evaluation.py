"""Evaluation: a bundle on a folder of labelled pictures, in the Pi's runtime."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.statistics import Figures
from edge.contract.bundle import ModelBundle
from edge.contract.errors import DatasetError, LabelsError
from edge.contract.labels import Labels
from edge.contract.picture import is_picture_name


@dataclass(frozen=True)
class Evaluation:
    """How a bundle did on labelled pictures.

    `pictures_per_second` is of reading, preprocessing and classifying, one after another;
    `unreadable` has the path and the reason of each picture that could not be read.
    """

    labels: Labels
    figures: Figures
    runtime: str
    median_ms: float
    pictures_per_second: float
    unreadable: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON, shares in [0, 1]."""
        figures = self.figures
        return {
            "accuracy": figures.accuracy.value,
            "accuracy_interval": [figures.accuracy.low, figures.accuracy.high],
            "balanced_accuracy": figures.balanced_accuracy,
            "pictures": figures.accuracy.of,
            "labels": list(self.labels),
            "confusion": [list(row) for row in figures.confusion],
            "recall": {label: share.value for label, share in figures.recall.items()},
            "recall_interval": {
                label: [share.low, share.high] for label, share in figures.recall.items()
            },
            "precision": {label: share.value for label, share in figures.precision.items()},
            "precision_interval": {
                label: [share.low, share.high] for label, share in figures.precision.items()
            },
            "pictures_per_second": self.pictures_per_second,
            "median_ms": self.median_ms,
            "runtime": self.runtime,
            "unreadable": [{"path": path, "why": why} for path, why in self.unreadable],
        }


def evaluate(
    bundle_path: Path, folder: Path, environment: PiEnvironment, progress: Progress
) -> Evaluation:
    """Score the pictures of a folder with a sub-folder for each class.

    Raises:
        DatasetError: no such folder, no pictures in it, or none that can be read.
        LabelsError: a sub-folder is no class of the bundle's.
        BundleError: the bundle is damaged.
    """
    labels = ModelBundle.read(bundle_path).manifest.labels
    pictures = find_pictures(folder, labels)
    with progress.step(f"evaluate in {environment.runtime}", len(pictures)) as tick:
        predictions = environment.predict(
            bundle_path, [path for path, _ in pictures], progress=tick
        )
    read = [at for at, problem in enumerate(predictions.problems) if not problem]
    if not read:
        raise DatasetError(f"no picture in {folder} can be read", found=predictions.problems[0])
    truth = [pictures[at][1] for at in read]
    total_ms = float((predictions.invoke_ms + predictions.picture_ms)[read].sum())
    return Evaluation(
        labels=labels,
        figures=Figures.measure(truth, predictions.scores[read].argmax(axis=1), labels),
        runtime=predictions.runtime,
        median_ms=round(float(np.median(predictions.invoke_ms[read])), 3),
        pictures_per_second=round(1e3 * len(read) / total_ms, 2),
        unreadable=tuple(
            (str(path), problem)
            for (path, _), problem in zip(pictures, predictions.problems, strict=True)
            if problem
        ),
    )


def find_pictures(folder: Path, labels: Labels) -> list[tuple[Path, int]]:
    """Return each picture in the classes' sub-folders with its class's index, in order.

    Raises:
        DatasetError: no such folder, or no pictures in its sub-folders.
        LabelsError: a sub-folder with pictures is no class of `labels`.
    """
    if not folder.is_dir():
        raise DatasetError(f"there is no folder {folder}", expected="one sub-folder a class")
    found: list[tuple[Path, int]] = []
    for inside in sorted(path for path in folder.iterdir() if path.is_dir()):
        paths = sorted(p for p in inside.rglob("*") if p.is_file() and is_picture_name(p))
        if paths and inside.name not in labels.names:
            raise LabelsError(
                f"the sub-folder {inside.name} is no class of this bundle",
                expected="one of " + ", ".join(labels),
                next_step="rename it, or move it out of the folder",
            )
        found += [(path, labels.index(inside.name)) for path in paths]
    if not found:
        raise DatasetError(
            f"{folder} holds no labelled pictures",
            expected="pictures in one sub-folder for each of " + ", ".join(labels),
        )
    return found
