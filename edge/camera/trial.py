"""CameraTrial: what a camera gives in a few seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import numpy as np

from edge.camera.camera import Camera, LostFrame
from edge.contract.errors import CameraError
from edge.contract.picture import Rgb
from edge.inference.prediction import Frame


@dataclass(frozen=True)
class CameraTrial:
    """What was seen: the last picture, and figures over all.

    `fps` is None for fewer than two frames. `age_s`, for a live camera, is how old a frame was
    when it came, the median; `brightness` the last one's mean, 0 to 255. `problems` are why
    frames were lost, each once.
    """

    camera: str
    rgb: Rgb
    frames: int
    fps: float | None
    age_s: float | None
    brightness: float
    problems: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Return the last picture's width and height in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @classmethod
    def of(
        cls,
        camera: Camera,
        most_frames: int,
        seconds: float,
        opening_s: float,
        clock: Callable[[], float] = monotonic,
    ) -> "CameraTrial":
        """Take up to so many frames, for so long after the first, which may take `opening_s`.

        Raises:
            CameraError: not one frame came, or the camera failed for good.
        """
        frames: list[tuple[float, float]] = []
        problems: dict[str, None] = {}
        last: Frame | None = None
        until_s = clock() + opening_s
        for shot in camera.frames():
            now = clock()
            if isinstance(shot, LostFrame):
                problems[shot.problem] = None
            else:
                if last is None:
                    until_s = now + seconds
                last = shot
                frames.append((shot.time_s, now - shot.time_s))
            if len(frames) >= most_frames or now > until_s:
                break
        if last is None:
            raise CameraError(
                f"{camera.name} gave no picture", found="; ".join(problems) or "nothing"
            )
        times, ages = np.array(frames).T
        spent_s = float(times[-1] - times[0])
        return cls(
            camera.name,
            last.rgb,
            len(frames),
            (len(frames) - 1) / spent_s if spent_s > 0 else None,
            float(np.median(ages)) if camera.live else None,
            float(last.rgb.mean()),
            tuple(problems),
        )
