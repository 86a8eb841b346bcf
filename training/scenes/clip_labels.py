"""Clip labels: the class of every frame of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.contract.atomic import write_text

QUIET = "misc"
"""The class of a frame without a hazard."""


@dataclass(frozen=True)
class ClipLabels:
    """What each frame of a generated clip shows.

    Attributes:
        clip: the video file.
        source: name of the scene, such as "room012-dusk".
        fps: frames in a second.
        labels: class of each frame: "misc", "fire" or "smoke".
    """

    clip: Path
    source: str
    fps: int
    labels: tuple[str, ...]

    @property
    def onset_frame(self) -> int | None:
        """Return the number of the first frame that shows a hazard; None if none does."""
        return next((n for n, label in enumerate(self.labels) if label != QUIET), None)

    @property
    def onset_s(self) -> float | None:
        """Return when that frame is shown, seconds from the start of the clip."""
        return None if self.onset_frame is None else self.onset_frame / self.fps

    @property
    def path(self) -> Path:
        """Return where the labels lie: beside the clip, `.labels.tsv` in place of its suffix."""
        return self.clip.with_suffix(".labels.tsv")

    def write(self) -> None:
        """Write a tab-separated table with the columns frame, label and source.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        rows = [f"{n}\t{label}\t{self.source}" for n, label in enumerate(self.labels)]
        write_text(self.path, "\n".join(["frame\tlabel\tsource", *rows]) + "\n")
