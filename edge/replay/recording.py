"""Recording: what the eye says of each frame of a clip, so that it need be looked at once only."""

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from edge.camera.opening import open_camera
from edge.camera.settings import USUAL_FPS, CameraSettings
from edge.config.config import Config
from edge.contract.atomic import write_bytes
from edge.contract.bundle import ModelBundle
from edge.contract.errors import CameraError
from edge.eye.look import Look
from edge.inference.classifier import Classifier
from edge.link.report import FrameReport, read_message
from edge.link.wire import Decoder, WireError, encode

# Raised when what a report says of the same frame changes: what was kept before is not used.
REVISION = 2
USUAL_FRAME_S = 0.1


@dataclass(frozen=True)
class Recording:
    """The reports of a clip in the order of their time, and why there are no more, if it broke."""

    clip: Path
    reports: tuple[FrameReport, ...]
    problem: str | None = None

    @property
    def seconds(self) -> float:
        """Return how long it is, the last frame's own time included."""
        if not self.reports:
            return 0.0
        return self.reports[-1].time_s - self.reports[0].time_s + self.frame_s

    @property
    def frame_s(self) -> float:
        """Return the mean seconds from one frame to the next."""
        if len(self.reports) < 2:
            return USUAL_FRAME_S
        return (self.reports[-1].time_s - self.reports[0].time_s) / (len(self.reports) - 1)

    def to_bytes(self) -> bytes:
        """Return it as messages, as they travel from the eye to the hand."""
        head = encode({"kind": "recording", "problem": self.problem, "frames": len(self.reports)})
        return head + b"".join(encode(*report.message()) for report in self.reports)

    @classmethod
    def from_bytes(cls, clip: Path, data: bytes) -> "Recording":
        """Read what `to_bytes` gave.

        Raises:
            WireError: it is damaged or cut short.
        """
        messages = Decoder().feed(data)
        if not messages or messages[0][0].get("kind") != "recording":
            raise WireError("not a recording")
        reports = [read_message(message) for message in messages[1:]]
        frames = tuple(report for report in reports if isinstance(report, FrameReport))
        if len(frames) != messages[0][0]["frames"]:
            raise WireError("a recording is cut short", found=len(frames))
        return cls(clip, frames, messages[0][0]["problem"])


class Recorder:
    """Looks at clips by a configuration, with the code of the watch, as fast as it goes.

    `cache` is a folder that keeps what was seen, so that the same clip, model and settings of
    the eye are not looked at again; None keeps nothing. `lean` reports hold the scores alone:
    days of footage fit into memory.
    """

    def __init__(
        self,
        config: Config,
        bundle: ModelBundle,
        classifier: Classifier,
        fps: float | None = None,
        cache: Path | None = None,
        *,
        lean: bool = False,
    ) -> None:
        self._lean = lean
        self._config = config
        self._bundle = bundle
        self._classifier = classifier
        self._fps = fps or config.camera.max_fps or _asked(config.camera)
        self._cache = cache

    def record(
        self, clip: Path, each: Callable[[FrameReport], object] = lambda _report: None
    ) -> Recording:
        """Look at a clip or a folder of pictures; `each` is told of every frame.

        A clip that breaks off gives what came before, and `problem` says why.

        Raises:
            InputError: there is no such clip.
            CameraError: nothing of it can be read.
            StorageError: the cache cannot be written.
        """
        kept = None if self._cache is None else self._cache / f"{self._key(clip)}.reports"
        if kept is not None and kept.is_file():
            try:
                return Recording.from_bytes(clip, kept.read_bytes())
            except WireError:
                kept.unlink()
        recording = self._looked(clip, each)
        if kept is not None:
            write_bytes(kept, recording.to_bytes())
        return recording

    def _looked(self, clip: Path, each: Callable[[FrameReport], object]) -> Recording:
        look = replace(Look.of(self._config, self._bundle, self._classifier), preview=None)
        reports: list[FrameReport] = []
        problem = None
        with closing(open_camera(recorded(clip, self._fps))) as camera:
            try:
                for shot in camera.frames():
                    report = look.look(shot)
                    if self._lean:
                        report = replace(report, class_map=None, facts=None)
                    reports.append(report)
                    each(report)
            except CameraError as error:
                if not reports:
                    raise
                problem = error.line()
            finally:
                if isinstance(look.aside, Executor):
                    look.aside.shutdown()
        return Recording(clip, tuple(reports), problem)

    def _key(self, clip: Path) -> str:
        """Return a name for all that the reports hang on."""
        config = self._config
        digest = hashlib.sha256()
        eye = (config.sweep, config.gate, config.alarm.hazard, self._fps, self._lean, REVISION)
        digest.update(f"{self._bundle.digest} {eye}".encode())
        try:
            for file in sorted(clip.iterdir()) if clip.is_dir() else [clip]:
                digest.update(file.name.encode() if clip.is_dir() else b"")
                digest.update(hashlib.sha256(file.read_bytes()).digest() if file.is_file() else b"")
        except OSError:
            # The camera says better what is wrong with it.
            return "unreadable"
        return digest.hexdigest()[:32]


def recorded(clip: Path, fps: float | None) -> CameraSettings:
    """Return the settings of a camera that plays a clip, or a folder of pictures, fast."""
    if clip.is_dir():
        return CameraSettings(path=clip, kind="folder", pace="fast", fps=fps)
    return CameraSettings(path=clip, kind="clip", pace="fast", max_fps=fps)


def _asked(camera: CameraSettings) -> float | None:
    """Return how often a live camera is looked at, which is what a recording is thinned to."""
    return None if camera.used_kind in ("clip", "folder") else camera.fps or USUAL_FPS
