"""CameraSettings: which camera to watch, and at what pace."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

from edge.camera.camera import Camera
from edge.camera.pace import PacedCamera
from edge.contract.errors import ConfigError
from edge.contract.setting import setting

Kind = Literal["clip", "folder"]
Speed = Literal["real-time", "fast"]
USUAL_FOLDER_FPS = 1.0
MOST_FPS = 240.0


@dataclass(frozen=True)
class CameraSettings:
    """A recorded camera.

    `fps` is for folders: pictures a second. `max_fps` thins out what is looked at.

    Raises:
        ConfigError: a rate that is out of range, or `fps` for a clip, which has its own.
    """

    path: Path = setting(words="the clip, or the folder of pictures", example="yard.mp4")
    kind: Kind = setting(
        "clip", '"clip": a video file; "folder": pictures, in the order of their names'
    )
    pace: Speed = setting("real-time", 'or "fast": every frame of a recording, as fast as it goes')
    fps: float | None = setting(None, "for a folder: pictures a second", example=1.0)
    max_fps: float | None = setting(None, "look at no more frames a second than this", example=5.0)

    def __post_init__(self) -> None:
        for name, rate in (("fps", self.fps), ("max_fps", self.max_fps)):
            if rate is not None and not 0 < rate <= MOST_FPS:
                raise ConfigError(
                    f"{name} is out of range",
                    found=rate,
                    expected=f"frames a second above 0 and at most {MOST_FPS:g}",
                )
        if self.kind == "clip" and self.fps is not None:
            raise ConfigError(
                "fps is for a folder of pictures; a clip has its own",
                found=f"fps = {self.fps:g}",
                next_step="remove fps, or use max_fps to look at fewer frames",
            )

    def open(
        self,
        wait: Callable[[float], object] = sleep,
        clock: Callable[[], float] = monotonic,
    ) -> Camera:
        """Open the camera.

        Raises:
            InputError: no such clip or folder.
            CameraError: the clip cannot be read.
            MissingPackage: clips need PyAV, which is not installed.
        """
        real_time = self.pace == "real-time"
        return PacedCamera(self._source(), clock, wait, real_time=real_time, max_fps=self.max_fps)

    def _source(self) -> Camera:
        if self.kind == "clip":
            from edge.camera.clip import ClipCamera

            return ClipCamera(self.path)
        from edge.camera.folder import FolderCamera

        return FolderCamera(self.path, USUAL_FOLDER_FPS if self.fps is None else self.fps)
