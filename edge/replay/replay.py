"""Replay: clips through the decision code of the watch, one after the other."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import perf_counter

from edge.contract.errors import CameraError, InputError
from edge.replay.clip_labels import ClipLabels
from edge.replay.play import play
from edge.replay.session import Each, ReplaySession
from edge.replay.verdicts import ClipVerdict


class Replay:
    """Plays clips; `labels` are the files of labels of those that have some.

    `starts_at` is the local time of each clip's first frame, for schedules.
    """

    def __init__(
        self,
        session: ReplaySession,
        labels: Mapping[Path, Path] | None = None,
        starts_at: datetime | None = None,
    ) -> None:
        self._session = session
        self._labels = dict(labels or {})
        self._starts_at = starts_at

    def clip(self, clip: Path, each: Each = lambda _report: None) -> ClipVerdict:
        """Look at a clip and judge it; what cannot be read is told in the verdict's `error`.

        Raises:
            ConfigError: the rules do not fit the model.
            InputError: labels that do not fit the clip.
        """
        judge = self._session.judge()
        try:
            recording, looked_s = self._session.record(clip, each)
        except (CameraError, InputError) as error:
            return ClipVerdict(clip, error=error.line())
        started = perf_counter()
        played = play(recording, judge, starts=self._starts_at)
        seconds = looked_s + perf_counter() - started
        stretches = None
        if clip in self._labels:
            labels = ClipLabels.read(self._labels[clip])
            stretches = labels.stretches(recording, self._session.config.alarm.hazard)
        return ClipVerdict(clip, played, stretches, seconds, recording.problem)
