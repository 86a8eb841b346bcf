"""TurnedCamera: a camera that hangs on its side or head, and its pictures upright."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from edge.camera.camera import Camera, Shot
from edge.camera.veil import Veil
from edge.contract.picture import Rgb
from edge.inference.prediction import Frame


class TurnedCamera(Veil):
    """Gives another camera's frames, turned clockwise by 90, 180 or 270 degrees."""

    def __init__(self, camera: Camera, degrees: int) -> None:
        super().__init__(camera)
        self._quarters = degrees // 90

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

    def _turned(self, rgb: Rgb) -> Rgb:
        return np.ascontiguousarray(np.rot90(rgb, -self._quarters))
