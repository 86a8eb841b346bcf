"""Tuner: labelled clips in, trials of many rules out."""

from collections.abc import Callable, Mapping
from pathlib import Path

from edge.contract.errors import CameraError, InputError
from edge.replay.clip_labels import SUFFIX, ClipLabels
from edge.replay.session import Each, ReplaySession
from edge.replay.thinning import may_thin, thinned
from edge.replay.trial import Footage, Trial
from edge.replay.tuning import Choice, choose, grid, tune


class Tuner:
    """Collects footage and tries rules on it; with `normal`, clips without labels are quiet."""

    def __init__(
        self, session: ReplaySession, labels: Mapping[Path, Path], normal: bool = False
    ) -> None:
        self._session = session
        self._labels = dict(labels)
        self._normal = normal
        self.rules = grid(session.config.alarm)
        self.footage: list[Footage] = []
        self.trials: tuple[Trial, ...] = ()

    def add(self, clip: Path, each: Each = lambda _report: None) -> None:
        """Look at one more clip.

        Raises:
            InputError: it has no labels, or they do not fit it.
            CameraError: it cannot be read to its end.
        """
        if clip not in self._labels and not self._normal:
            raise InputError(
                f"nobody says what is in {clip}",
                expected=f"labels in {clip.stem}{SUFFIX} beside it",
                next_step="write them, or add --normal if nothing burns in clips without labels",
            )
        recording, _ = self._session.record(clip, each)
        if recording.problem is not None:
            raise CameraError(recording.problem)
        labels = ClipLabels.normal(recording)
        if clip in self._labels:
            labels = ClipLabels.read(self._labels[clip])
        stretches = labels.stretches(recording, self._session.config.alarm.hazard)
        whole = not may_thin(self._session.config)
        if not whole:
            labelled = self._session.classifier.labels
            recording = thinned(recording, self.rules, labelled)
        self.footage.append(Footage(recording, stretches, whole))

    def run(self, each: Callable[[Trial], object] = lambda _trial: None) -> None:
        """Try all rules."""
        session = self._session
        self.trials = tune(
            self.rules, self.footage, session.config, session.classifier.labels, each
        )

    def choose(self, per_day: float) -> Choice:
        """Choose by a wanted rate of false alarms."""
        return choose(self.trials, per_day)
