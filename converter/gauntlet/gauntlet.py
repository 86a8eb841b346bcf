"""Gauntlet: shows pictures under every condition to a model in the Pi's runtime."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from converter.gauntlet.certificate import Certificate, Rate, Tried
from converter.gauntlet.conditions import CONDITIONS, REVISION, Condition, Step, render
from converter.gauntlet.exhibits import Exhibit, Exhibits
from converter.gauntlet.subject import Subject
from converter.pi_environment import PiEnvironment
from converter.progress import Progress, Tick
from converter.statistics import Floats, Proportion
from edge.contract.errors import ModelError
from edge.contract.picture import Rgb

MOST_THREADS = 4
# Pictures written before they are scored: each is about half a megabyte, and each batch
# starts the Pi environment's Python once.
BATCH = 240


@dataclass(frozen=True)
class Showing:
    """One step of a condition (None: the plain pictures) and the scores that it got.

    `places` are the exhibits that were shown, `scores` float32 [places, classes].
    """

    condition: Condition | None
    step: Step | None
    places: tuple[int, ...]
    scores: Floats

    @property
    def key(self) -> tuple[str, str]:
        """Return the condition's and the step's name, empty for the plain pictures."""
        return (self.condition.name if self.condition else "", self.step.name if self.step else "")


@dataclass(frozen=True)
class Gauntlet:
    """A finished gauntlet: its certificate, and each showing for whoever wants to look."""

    subject: Subject
    exhibits: Exhibits
    plain: Showing
    showings: tuple[Showing, ...]
    certificate: Certificate

    def picture(self, showing: Showing, place: int) -> Rgb:
        """Return an exhibit as it was shown, uint8 [height, width, 3]."""
        return shown_picture(showing, self.exhibits.shown[place], self.certificate.seed)


def run_gauntlet(
    subject: Subject,
    exhibits: Exhibits,
    environment: PiEnvironment,
    progress: Progress,
    seed: int = 0,
    conditions: Sequence[Condition] = CONDITIONS,
) -> Gauntlet:
    """Show the exhibits plain and under each condition; return what the model said.

    Hazards are shown where the condition leaves them to be seen. Files are written for some
    hundreds of pictures at a time, into a temporary folder.

    Raises:
        ModelRefused: the runtime does not take the model.
        InputError: the model and its labels do not fit.
    """
    showman = _Showman(subject, exhibits, environment, progress, seed)
    plain, *showings = showman.show_all(conditions)
    certificate = Certificate(
        model_sha256=subject.sha256,
        runtime=environment.runtime,
        revision=REVISION,
        seed=seed,
        negative=subject.negative,
        pictures=exhibits.counts(),
        pictures_sha256=exhibits.digest,
        plain=_tried(plain, plain, subject, exhibits),
        tried=tuple(_tried(one, plain, subject, exhibits) for one in showings),
    )
    return Gauntlet(subject, exhibits, plain, tuple(showings), certificate)


def shown_picture(showing: Showing, exhibit: Exhibit, seed: int) -> Rgb:
    """Return an exhibit as it is shown: plain, or under a condition."""
    if showing.condition is None or showing.step is None:
        return exhibit.rgb
    return render(showing.condition, showing.step, exhibit.rgb, exhibit.sha256, seed)


@dataclass(frozen=True)
class _Showman:
    """Writes pictures for the Pi environment to score."""

    subject: Subject
    exhibits: Exhibits
    environment: PiEnvironment
    progress: Progress
    seed: int

    def show_all(self, conditions: Sequence[Condition]) -> Iterator[Showing]:
        """Yield the scores of the plain pictures, then of each step of each condition."""
        batch: list[Showing] = []
        for condition in (None, *conditions):
            blank = self._blank(condition)
            if batch and sum(len(one.places) for one in (*batch, *blank)) > BATCH:
                yield from self._show(batch)
                batch = []
            batch += blank
        yield from self._show(batch)

    def _blank(self, condition: Condition | None) -> list[Showing]:
        """Return what a condition's steps are to be shown on, without scores yet."""
        places = tuple(
            at
            for at, one in enumerate(self.exhibits.shown)
            if condition is None or condition.hazards or one.label == self.subject.negative
        )
        steps: tuple[Step | None, ...] = condition.steps if condition else (None,)
        empty = np.zeros((0, len(self.subject.labels)), np.float32)
        return [Showing(condition, step, places, empty) for step in steps]

    def _show(self, batch: Sequence[Showing]) -> Iterator[Showing]:
        """Yield the showings of a batch with their scores."""
        names = dict.fromkeys(one.key[0] or "plain pictures" for one in batch)
        total = sum(len(one.places) for one in batch)
        with (
            self.progress.step(f"gauntlet: {', '.join(names)}", 2 * total) as tick,
            tempfile.TemporaryDirectory(prefix="emberwatch-") as folder,
        ):
            paths = []
            for number, showing in enumerate(batch):
                for place in showing.places:
                    # Not compressed, and so written and read in no time.
                    paths.append(Path(folder, f"{number}-{place:05}.bmp"))
                    rgb = shown_picture(showing, self.exhibits.shown[place], self.seed)
                    Image.fromarray(rgb).save(paths[-1])
                    tick()
            scores = self._scores(paths, tick)
        ends = np.cumsum([len(one.places) for one in batch])
        for showing, part in zip(batch, np.split(scores, ends[:-1]), strict=True):
            yield replace(showing, scores=part)

    def _scores(self, paths: list[Path], tick: Tick) -> Floats:
        subject = self.subject
        predictions = self.environment.predict(
            subject.path,
            paths,
            None if subject.in_bundle else subject.labels,
            subject.preprocess.fit,
            min(MOST_THREADS, os.cpu_count() or 1),
            tick,
        )
        problem = next(filter(None, predictions.problems), None)
        if problem:
            raise ModelError(
                "the Pi environment cannot read a picture written for it", found=problem
            )
        return predictions.scores


def _tried(showing: Showing, plain: Showing, subject: Subject, exhibits: Exhibits) -> Tried:
    """Count who was called a hazard now, and who was when plain."""
    quiet = subject.labels.index(subject.negative)
    before = dict(zip(plain.places, plain.scores.argmax(axis=1) != quiet, strict=True))
    alarms = dict(zip(showing.places, showing.scores.argmax(axis=1) != quiet, strict=True))
    rates = {}
    for label in subject.labels:
        of_class = [place for place in showing.places if exhibits.shown[place].label == label]
        now = [bool(alarms[place]) for place in of_class]
        then = [bool(before[place]) for place in of_class]
        pairs = list(zip(now, then, strict=True))
        rates[label] = Rate(
            Proportion.of_counts(sum(now), len(now)),
            appeared=pairs.count((True, False)),
            vanished=pairs.count((False, True)),
        )
    false_alarms = rates.pop(subject.negative)
    recall = {label: rate for label, rate in rates.items() if rate.share.of}
    return Tried(*showing.key, false_alarms, recall)
