"""Synthetic recordings: the hazard of each frame, and what is true."""

from collections.abc import Sequence
from pathlib import Path

from edge.camera.settings import CameraSettings
from edge.config.config import Config
from edge.config.model import ModelSettings
from edge.contract.labels import Labels
from edge.link.report import FrameReport
from edge.replay.clip_labels import ClipLabels
from edge.replay.recording import Recording
from edge.replay.trial import Footage

LABELS = Labels(("fire", "smoke", "misc"))
CONFIG = Config(ModelSettings(Path("m.ember")), CameraSettings(path=Path("c.mp4")))


def stream(hazards: Sequence[float], fps: float = 10.0) -> Recording:
    """Return a recording whose frames have these hazards."""
    reports = [
        FrameReport(number, number / fps, 0.0, (hazard, 0.0, 1 - hazard))
        for number, hazard in enumerate(hazards)
    ]
    return Recording(Path("stream"), tuple(reports))


def footage(hazards: Sequence[float], labels: str, fps: float = 10.0) -> Footage:
    """Return footage whose frames burn where `labels` has an F."""
    recording = stream(hazards, fps)
    named = ClipLabels(tuple("fire" if label == "F" else "misc" for label in labels))
    return Footage(recording, named.stretches(recording, ("fire", "smoke")))
