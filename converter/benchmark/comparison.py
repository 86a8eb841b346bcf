"""Comparison: one model's scores of the test pictures, held against the reference's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converter.benchmark.drift import Drift
from converter.benchmark.flips import Flip, find_flips
from converter.benchmark.measured import Measured
from converter.benchmark.pictures import TestPictures
from converter.benchmark.scoring import readable_places
from converter.benchmark.subject import Subject
from converter.benchmark.timing import Timing
from converter.statistics import Figures, Floats, Ints, agreement
from edge.contract.labels import Labels
from edge.inference.predictions import Predictions

# With more classes than this, those that no picture shows are counted as one: a confusion
# matrix of 1,000 rows tells nobody anything.
MOST_CLASSES = 30
ANY_OTHER = "any other class"


@dataclass(frozen=True)
class Comparison:
    """A model's predictions beside the reference's; `before` is None where there is none."""

    subject: Subject
    pictures: TestPictures
    after: Predictions
    before: Predictions | None

    @property
    def readable(self) -> list[int]:
        """Return the places of the pictures that could be read."""
        ours = readable_places(self.after)
        if self.before is None:
            return ours
        theirs = set(readable_places(self.before))
        return [place for place in ours if place in theirs]

    def measured(self, timings: Sequence[Timing]) -> Measured:
        """Return the model's figures, with its timings where there are any."""
        readable, subject = self.readable, self.subject
        truth = [self.pictures.pictures[place].truth for place in readable]
        ours = self.after.scores[readable]
        answers = ours.argmax(axis=1)
        reference = answers[:0]
        if self.before is not None:
            reference = self.before.scores[self.readable].argmax(axis=1)
        right = answers[: len(reference)] == np.asarray(truth[: len(reference)], np.int64)
        float_right = reference == np.asarray(truth[: len(reference)], np.int64)
        drift = self._drift(ours, truth)
        measured = Measured(
            figures=figures(truth, answers, self.pictures.labels),
            agreement=agreement(answers[: len(reference)], reference),
            lost=int((float_right & ~right).sum()),
            gained=int((right & ~float_right).sum()),
            largest_difference=drift.largest_difference if drift else 0.0,
            sha256=subject.sha256,
            size_bytes=subject.size_bytes,
            runtime=self.after.runtime,
            threads=1,
            median_ms=round(float(np.nanmedian(self.after.invoke_ms)), 3),
            p95_ms=round(float(np.nanpercentile(self.after.invoke_ms, 95)), 3),
            decode_ms=round(float(np.nanmedian(self.after.picture_ms)), 3),
            drift=drift,
            timings=tuple(timings),
        )
        return measured.by_the_stopwatch()

    def flips(self) -> list[Flip]:
        """Return the pictures whose answer changed."""
        if self.before is None:
            return []
        return list(
            find_flips(
                *(self.subject.name, self.after.runtime, self.pictures, self.readable),
                before=self.before.scores[self.readable],
                after=self.after.scores[self.readable],
            )
        )

    def _drift(self, ours: Floats, truth: Sequence[int]) -> Drift | None:
        if self.before is None:
            return None
        return Drift.measure(self.before.scores[self.readable], ours, truth, self.after.quantum)


def figures(truth: Sequence[int], answers: Ints, labels: Labels) -> Figures:
    """Return the figures of answers; of very many classes only of those that have pictures."""
    if len(labels) <= MOST_CLASSES:
        return Figures.measure(truth, answers, labels)
    shown = sorted(set(truth))
    place = dict(zip(shown, range(len(shown)), strict=True))
    folded = np.array([place.get(int(answer), len(shown)) for answer in answers], np.int64)
    names = tuple(labels.names[one] for one in shown)
    return Figures.measure([place[one] for one in truth], folded, Labels((*names, ANY_OTHER)))
