"""ClipCamera: the frames of a video file."""

from collections.abc import Iterator
from pathlib import Path

from edge.camera.camera import RIGHT_ORDER, Shot
from edge.camera.decoder import Decoder, upright_rgb
from edge.contract.errors import CameraError, InputError
from edge.inference.prediction import Frame

# A clip without time stamps (a bare MJPEG or H.264 stream) is taken to run at this rate.
USUAL_FPS = 25.0


class ClipCamera:
    """Gives each frame of a clip, upright, its time counted from the first frame.

    Raises:
        MissingPackage: PyAV is not installed.
        InputError: there is no such file.
        CameraError: the file is no video that can be read.
    """

    live = False
    colours = RIGHT_ORDER
    dropped = 0

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self._decoder = Decoder()
        if not path.is_file():
            raise InputError(f"there is no clip {path}", expected="a video file")
        try:
            self._container = self._decoder.open(str(path))
        except self._decoder.failures as error:
            raise self._unreadable(error) from error
        if not self._container.streams.video:
            self._container.close()
            raise CameraError(
                f"the clip {path} holds no pictures", expected="a video file, not cut short"
            )

    @property
    def fps(self) -> float:
        """Return the clip's own rate, 0 if it says none."""
        return float(self._container.streams.video[0].average_rate or 0)

    def frames(self) -> Iterator[Shot]:
        """Give each frame as RGB.

        Raises:
            CameraError: the clip is damaged, or empty.
        """
        stream = self._container.streams.video[0]
        fps = float(stream.average_rate or USUAL_FPS)
        number, first_s, time_s = 0, None, 0.0
        try:
            for picture in self._container.decode(stream):
                stamp_s = number / fps if picture.time is None else float(picture.time)
                first_s = stamp_s if first_s is None else first_s
                time_s = stamp_s - first_s
                yield Frame(upright_rgb(picture), time_s, number)
                number += 1
        except self._decoder.failures as error:
            raise self._unreadable(error, f" after {time_s:.2f} s") from error
        if not number:
            raise CameraError(f"the clip {self.path} holds no frames", expected="a video file")

    def restart(self, reason: str) -> None:
        """Do nothing: a recording would only begin again."""

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _unreadable(self, error: Exception, where: str = "") -> CameraError:
        reason = getattr(error, "strerror", None) or error
        return CameraError(
            f"the clip {self.path} cannot be read{where}: {reason}",
            expected="a whole video file (MP4, MKV, AVI, ...)",
            next_step="copy it again, or play it elsewhere to see whether it is whole",
        )
