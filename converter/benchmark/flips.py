"""Flip: a picture to which a model gives another answer than the reference."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from converter.benchmark.pictures import TestPictures
from converter.statistics import Floats

Kind = Literal["lost", "gained", "other"]
MOST_SCORES = 5


@dataclass(frozen=True)
class ClassScore:
    """A class's score by the reference and by the model, in [0, 1]."""

    label: str
    before: float
    after: float


@dataclass(frozen=True)
class Flip:
    """One picture, one model (`recipe`) in one runtime, two answers.

    `scores` are those of the classes that either rates highest, at most five, the reference's
    best first.
    """

    recipe: str
    runtime: str
    file: str
    truth: str
    float_answer: str
    float_score: float
    answer: str
    score: float
    scores: tuple[ClassScore, ...] = ()

    @property
    def kind(self) -> Kind:
        """Say whether a right answer was lost, gained, or one wrong one became another."""
        if self.float_answer == self.truth:
            return "lost"
        return "gained" if self.answer == self.truth else "other"

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Flip":
        """Read what `dataclasses.asdict` gave."""
        return cls(**data | {"scores": tuple(ClassScore(**one) for one in data["scores"])})


def find_flips(
    recipe: str,
    runtime: str,
    pictures: TestPictures,
    readable: list[int],
    before: Floats,
    after: Floats,
) -> Iterator[Flip]:
    """Yield the pictures whose answer changed: lost ones first, the surest change first.

    `before` and `after` are float32 [readable, classes], `readable` the places of their
    pictures.
    """
    labels = pictures.labels.names
    first, second = before.argmax(axis=1), after.argmax(axis=1)
    flips = []
    for at in np.flatnonzero(first != second):
        picture = pictures.pictures[readable[at]]
        order = np.argsort(-np.maximum(before[at], after[at]), kind="stable")[:MOST_SCORES]
        shown = sorted(order, key=lambda place: -before[at][place])
        flips.append(
            Flip(
                recipe=recipe,
                runtime=runtime,
                file=picture.file,
                truth=labels[picture.truth],
                float_answer=labels[first[at]],
                float_score=round(float(before[at].max()), 4),
                answer=labels[second[at]],
                score=round(float(after[at].max()), 4),
                scores=tuple(
                    ClassScore(
                        labels[place],
                        round(float(before[at][place]), 4),
                        round(float(after[at][place]), 4),
                    )
                    for place in shown
                ),
            )
        )
    rank = {"lost": 0, "gained": 1, "other": 2}
    yield from sorted(flips, key=lambda flip: (rank[flip.kind], -flip.score, flip.file))
