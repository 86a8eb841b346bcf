"""TrainedModel: the folder that training hands over. Reading it needs no TensorFlow."""

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from edge.contract import atomic
from edge.contract.errors import InputError
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess

Part = Literal["training", "validation", "testing"]

KERAS_FILE = "model.keras"
LABELS_FILE = "labels.txt"
SPLIT_FILE = "split.tsv"
RUN_FILE = "run.json"
COLUMNS = ("file", "label", "group", "sha256", "part")


@dataclass(frozen=True)
class SplitRow:
    """One picture of the split: `file` is relative to the dataset, with forward slashes.

    Frames of the site itself, which lie elsewhere, have an absolute path.
    """

    file: str
    label: str
    group: str
    sha256: str
    part: Part


@dataclass(frozen=True)
class TrainedModel:
    """A retrained classifier in its folder.

    The Keras model takes float32 RGB pixels 0 to 255, shape [n, height, width, 3], with the
    normalisation folded in, and gives `scores` [n, classes], a softmax, and `class_map`
    [n, rows, columns, classes], the logits whose mean over the cells the scores come from.
    """

    folder: Path
    labels: Labels
    preprocess: Preprocess
    dataset: Path
    split: tuple[SplitRow, ...]
    backbone: dict[str, Any]
    parameters: dict[str, Any]
    metrics: dict[str, Any]
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def keras_path(self) -> Path:
        """Return the path of the Keras model."""
        return self.folder / KERAS_FILE

    def pictures(self, part: Part) -> list[SplitRow]:
        """Return the pictures of one part of the split."""
        return [row for row in self.split if row.part == part]

    def path_of(self, row: SplitRow) -> Path:
        """Return where a picture lies."""
        return self.dataset / row.file

    def write(self) -> None:
        """Write labels, split and run file; `run.json` comes last and makes the run whole.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        atomic.write_text(self.folder / LABELS_FILE, self.labels.to_text())
        atomic.write_text(self.folder / SPLIT_FILE, _split_text(self.split))
        run = {
            "schema": 1,
            "dataset": str(self.dataset),
            "labels": list(self.labels),
            "preprocess": self.preprocess.to_json(),
            "backbone": self.backbone,
            "parameters": self.parameters,
            "metrics": self.metrics,
            "versions": self.versions,
        }
        text = json.dumps(run, indent=2, ensure_ascii=False) + "\n"
        atomic.write_text(self.folder / RUN_FILE, text)

    @classmethod
    def read(cls, folder: Path) -> "TrainedModel":
        """Read a run.

        Raises:
            InputError: no such folder, or no finished run in it.
        """
        try:
            run = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
            split = _read_split((folder / SPLIT_FILE).read_text(encoding="utf-8"))
            return cls(
                folder=folder,
                labels=Labels(tuple(run["labels"])),
                preprocess=Preprocess.from_json(run["preprocess"]),
                dataset=Path(run["dataset"]),
                split=split,
                backbone=run["backbone"],
                parameters=run["parameters"],
                metrics=run["metrics"],
                versions=run["versions"],
            )
        except FileNotFoundError as error:
            raise InputError(
                f"{folder} holds no finished training run",
                found=f"no {Path(str(error.filename)).name}",
                expected="a folder that `emberwatch retrain --out` wrote",
            ) from error
        except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
            raise InputError(f"{folder} holds a damaged training run", found=repr(error)) from error


def _split_text(rows: tuple[SplitRow, ...]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(row, name) for name in COLUMNS] for row in rows)
    return out.getvalue()


def _read_split(text: str) -> tuple[SplitRow, ...]:
    rows = csv.DictReader(io.StringIO(text), delimiter="\t")
    return tuple(SplitRow(**row) for row in rows)  # type: ignore[arg-type]
