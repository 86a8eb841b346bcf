"""PicameraCamera: a Raspberry Pi's camera, through picamera2; no other file names it."""

import importlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from edge.camera.camera import RIGHT_ORDER, Shot
from edge.camera.pace import SLACK_S
from edge.camera.picamera_plan import PicameraPlan
from edge.camera.yuv420 import rgb_of_yuv420
from edge.contract.errors import CameraError, MissingPackage
from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess
from edge.inference.prediction import Frame

# What picamera2 calls BGR888 is R, G, B in memory, and its RGB888 is B, G, R
# (raspberrypi/picamera2#848): the names are libcamera's, which count from the lowest bit.
RGB_IN_MEMORY = "BGR888"
BUFFERS = 4
READ_SECONDS = 5.0
# A sensor's stamp further off than this is on another clock than we think.
MOST_AGE_SECONDS = 60.0


class PicameraCamera:
    """Gives a Raspberry Pi camera's pictures, at most `max_fps` a second.

    It blocks while none comes: `NewestFrame` reads it. Frames carry the sensor's own time on
    `clock`, which is `time.monotonic`. With a plan's `small`, they carry the picture as the ISP
    scaled it as well.

    Raises:
        MissingPackage: picamera2 cannot be imported.
        CameraError: there is no such camera, or it cannot do what is asked of it.
    """

    live = True
    colours = RIGHT_ORDER
    dropped = 0

    def __init__(
        self,
        plan: PicameraPlan,
        max_fps: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = plan.name
        self.fps = plan.fps
        self._plan = plan
        self._every_s = 0.0 if max_fps is None else 1 / max_fps
        self._clock = clock
        library = _import_picamera2()
        try:
            known = library.Picamera2.global_camera_info()
        except Exception as error:  # libcamera raises what it likes
            raise self._failed("cannot be looked for", error) from error
        if plan.device >= len(known):
            raise CameraError(
                f"there is no {self.name}",
                found=f"{len(known)} cameras",
                next_step="check the ribbon cable (contacts towards the board's), then "
                "`rpicam-hello --list-cameras`",
            )
        try:
            self._camera = library.Picamera2(plan.device)
        except Exception as error:
            raise self._failed("cannot be opened (is another program using it?)", error) from error
        try:
            self._start()
        except Exception as error:
            self._camera.close()
            if isinstance(error, CameraError):
                raise
            raise self._failed("cannot be started", error) from error

    def frames(self) -> Iterator[Shot]:
        """Give each picture as RGB.

        Raises:
            CameraError: the camera stopped giving any.
        """
        number, due_s = 0, float("-inf")
        while True:
            frame = self._next(number, due_s)
            if frame is not None:
                taken_s = frame.time_s
                due_s = (due_s if taken_s - due_s < self._every_s else taken_s) + self._every_s
                yield frame
                number += 1

    def restart(self, reason: str) -> None:
        """Do nothing: `ReopeningCamera` makes a new one instead."""

    def close(self) -> None:
        """Stop the camera and let go of it."""
        try:
            self._camera.stop()
        finally:
            self._camera.close()

    def _start(self) -> None:
        plan, camera = self._plan, self._camera
        unknown = [name for name, _ in plan.controls if name not in camera.camera_controls]
        if unknown:
            raise CameraError(
                f"{self.name} has no {', '.join(unknown)}",
                expected='a camera with autofocus for focus, else focus = "none"',
            )
        camera.configure(
            camera.create_video_configuration(
                main={"format": RGB_IN_MEMORY, "size": plan.size},
                lores=self._small_stream(),
                buffer_count=BUFFERS,
                controls=dict(plan.controls),
                # A request for a picture waits for the next one, rather than taking one that
                # has lain there for a while.
                queue=False,
            )
        )
        given = camera.camera_configuration()
        if given["main"]["format"] != RGB_IN_MEMORY:
            raise CameraError(
                f"{self.name} does not give {RGB_IN_MEMORY}", found=given["main"]["format"]
            )
        # libcamera may have adjusted what it was asked for.
        self._small_size: tuple[int, int] = (given.get("lores") or {}).get("size", (0, 0))
        self._size: tuple[int, int] = given["main"]["size"]
        camera.start()

    def _small_stream(self) -> dict[str, Any] | None:
        if self._plan.small is None:
            return None
        # The ISP of a Pi 4 and before (VC4) scales to YUV alone; that of a Pi 5 (PiSP) to RGB
        # as well. A picamera2 from before the Pi 5 does not say which it has.
        pisp = getattr(getattr(self._camera, "platform", None), "name", "VC4") == "PISP"
        width, height = self._plan.small
        # An ISP's sizes are even.
        even = (width + width % 2, height + height % 2)
        return {"format": RGB_IN_MEMORY if pisp else "YUV420", "size": even}

    def _next(self, number: int, due_s: float) -> Frame | None:
        """Return the next picture, or None for one that comes before it is due."""
        try:
            # Where picamera2 is too old to know a time limit, it takes it for "wait".
            request = self._camera.capture_request(wait=READ_SECONDS)
        except TimeoutError as error:
            raise CameraError(f"{self.name} gave no picture for {READ_SECONDS:g} s") from error
        except Exception as error:
            raise self._failed("gives no pictures any more", error) from error
        try:
            taken_s = self._taken_s(request.get_metadata())
            if taken_s < due_s - SLACK_S:
                return None
            rgb: Rgb = np.ascontiguousarray(request.make_array("main"))
            return Frame(rgb, taken_s, number, self._small(request))
        except Exception as error:
            raise self._failed("gave a picture that cannot be read", error) from error
        finally:
            request.release()

    def _small(self, request: Any) -> Rgb | None:
        if self._plan.small is None:
            return None
        array = request.make_array("lores")
        if array.ndim == 2:
            array = self._rgb(array)
        return Preprocess(*self._plan.small).apply(np.ascontiguousarray(array))

    def _rgb(self, planes: Any) -> Rgb:
        # picamera2 gives a video this colour space by the size of its main stream.
        width, height = self._size
        return rgb_of_yuv420(planes, *self._small_size, bt709=width >= 1280 and height >= 720)

    def _taken_s(self, metadata: dict[str, Any]) -> float:
        """Return when the sensor began to expose, on the monotonic clock.

        SensorTimestamp is in nanoseconds of CLOCK_BOOTTIME by libcamera's word; on a board that
        never sleeps, as a Pi, that is CLOCK_MONOTONIC.
        """
        now = self._clock()
        stamp = metadata.get("SensorTimestamp")
        if stamp is None:
            return now
        slept_s = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
        taken_s = float(stamp) / 1e9 - slept_s
        return taken_s if 0 <= now - taken_s <= MOST_AGE_SECONDS else now

    def _failed(self, what: str, error: Exception) -> CameraError:
        return CameraError(
            f"{self.name} {what}",
            found=f"{type(error).__name__}: {error}",
            next_step="`rpicam-hello --list-cameras` and `dmesg | grep -i -e unicam -e cfe` say "
            "more",
        )


def _import_picamera2() -> Any:
    try:
        return importlib.import_module("picamera2")
    except ImportError as error:
        raise MissingPackage(
            "a Raspberry Pi's camera is read with picamera2, which is not usable here",
            found=error,
            next_step="sudo apt install python3-picamera2 python3-libcamera, and make the virtual "
            "environment with --system-site-packages (pip has no libcamera)",
        ) from error
