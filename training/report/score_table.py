"""ScoreTable: the scores that pictures were given, by which head, as predictions.tsv holds them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from converter.statistics import Floats, Ints
from edge.contract import atomic

FILE = "predictions.tsv"
COLUMNS = ("file", "label", "group", "part", "source")
SCORE = "score:"
# Who gave the scores: the final head to its test pictures; a head that was trained on the
# other folds; a head that was trained without the picture's whole group.
TEST, FOLD, LEFT_OUT = "test", "fold", "left_out"


@dataclass(frozen=True)
class Scored:
    """One picture and its scores, in the order of the labels, each in [0, 1]."""

    file: str
    label: str
    group: str
    part: str
    source: str
    scores: tuple[float, ...]


@dataclass(frozen=True)
class ScoreTable:
    """Pictures with their scores; a picture may stand once for each source."""

    labels: tuple[str, ...]
    rows: tuple[Scored, ...]

    def of(self, source: str) -> "ScoreTable":
        """Return the rows of one source."""
        return ScoreTable(self.labels, tuple(row for row in self.rows if row.source == source))

    @property
    def scores(self) -> Floats:
        """Return the scores, float32 [pictures, classes]."""
        scores = [row.scores for row in self.rows]
        return np.array(scores, np.float32).reshape(-1, len(self.labels))

    @property
    def truth(self) -> Ints:
        """Return the true classes as indexes into the labels, int64 [pictures]."""
        return np.array([self.labels.index(row.label) for row in self.rows], np.int64)

    @property
    def answers(self) -> Ints:
        """Return the best class of each picture, int64 [pictures]."""
        return np.asarray(self.scores.argmax(axis=1), np.int64)

    def write(self, run: Path) -> Path:
        """Write RUN/predictions.tsv atomically and return its path.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow([*COLUMNS, *(SCORE + label for label in self.labels)])
        for row in self.rows:
            names = [getattr(row, name) for name in COLUMNS]
            writer.writerow([*names, *(f"{score:.6f}" for score in row.scores)])
        path = run / FILE
        atomic.write_text(path, out.getvalue())
        return path

    @classmethod
    def read(cls, run: Path, labels: Sequence[str]) -> "ScoreTable | None":
        """Return a run's scores; None where there are none, or none of these labels."""
        try:
            text = (run / FILE).read_text(encoding="utf-8")
            table = csv.DictReader(io.StringIO(text), delimiter="\t")
            rows = tuple(
                Scored(
                    **{name: line[name] for name in COLUMNS},
                    scores=tuple(float(line[SCORE + label]) for label in labels),
                )
                for line in table
            )
        except (OSError, KeyError, TypeError, ValueError):
            return None
        whole = all(row.label in labels and np.isfinite(row.scores).all() for row in rows)
        return cls(tuple(labels), rows) if rows and whole else None
