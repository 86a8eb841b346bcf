"""TurnedCamera: a camera that hangs on its side or head, and its pictures upright."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from edge.camera.camera import Camera, Shot
from edge.contract.picture import Rgb
from edge.inference.prediction import Frame


class TurnedCamera:
    """Gives another camera's frames, turned clockwise by 90, 180 or 270 degrees."""

    def __init__(self, camera: Camera, degrees: int) -> None:
        self._camera = camera
        self._quarters = degrees // 90

    @property
    def name(self) -> str:
        """Return which camera it is, for a person."""
        return self._camera.name

    @property
    def live(self) -> bool:
        """Say whether frames are lost if nobody takes them."""
        return self._camera.live

    @property
    def fps(self) -> float:
        """Return the frames a second that were asked for, 0 if none were."""
        return self._camera.fps

    @property
    def colours(self) -> str:
        """Return the order of colours in each pixel."""
        return self._camera.colours

    @property
    def dropped(self) -> int:
        """Return how many frames came too late to be looked at."""
        return self._camera.dropped

    def frames(self) -> Iterator[Shot]:
        """Give each frame, turned.

        Raises:
            CameraError: as the camera behind.
        """
        for shot in self._camera.frames():
            if isinstance(shot, Frame):
                small = None if shot.small is None else self._turned(shot.small)
                yield replace(shot, rgb=self._turned(shot.rgb), small=small)
            else:
                yield shot

    def restart(self, reason: str) -> None:
        """Pass it on."""
        self._camera.restart(reason)

    def close(self) -> None:
        """Close the camera behind."""
        self._camera.close()

    def _turned(self, rgb: Rgb) -> Rgb:
        return np.ascontiguousarray(np.rot90(rgb, -self._quarters))
