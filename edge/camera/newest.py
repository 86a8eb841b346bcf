"""NewestFrame: a thread reads a live camera, so that whoever looks never waits for its driver."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from time import monotonic

from edge.camera.camera import RIGHT_ORDER, Camera, LostFrame, Shot
from edge.contract.errors import CameraError, EmberwatchError
from edge.inference.prediction import Frame

LOST_AFTER_SECONDS = 2.0
# How long `close` waits for the thread: a driver that hangs must not hang us.
JOIN_SECONDS = 2.0


class NewestFrame:
    """Reads a camera in a thread of its own and keeps nothing but its newest frame.

    `open_camera` opens the device, in that thread: opening may block as well as reading. The
    frames that a newer one replaced are counted in `dropped`. When nothing new came for
    `lost_after_s`, `frames` gives a `LostFrame`, and again for each further such time. Frames
    are numbered anew by `numbers`, lost ones among them. `clock` returns seconds and is that
    of the camera's frames.
    """

    live = True
    colours = RIGHT_ORDER

    def __init__(
        self,
        name: str,
        open_camera: Callable[[], Camera],
        *,
        fps: float = 0.0,
        lost_after_s: float = LOST_AFTER_SECONDS,
        numbers: Iterator[int] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.fps = fps
        self._open = open_camera
        self._lost_after_s = lost_after_s
        self._numbers = itertools.count() if numbers is None else numbers
        self._clock = clock
        self._news = threading.Condition()
        self._shot: Shot | None = None
        self._came_s: float | None = None
        self._error: EmberwatchError | None = None
        self._dropped = 0
        self._closed = self._over = False
        self._thread = threading.Thread(target=self._read, name=f"camera {name}", daemon=True)

    @property
    def dropped(self) -> int:
        """Return how many frames were replaced by newer ones before anybody looked."""
        return self._dropped

    @property
    def stuck(self) -> bool:
        """Say whether the camera was closed and its driver has not come back yet."""
        return self._closed and self._thread.is_alive()

    def frames(self) -> Iterator[Shot]:
        """Give each newest frame once, until closed.

        Raises:
            CameraError: the camera failed or ended, or the thread that reads it died.
            MissingPackage: what reads it is not installed.
        """
        if self._thread.ident is None and not self._closed:
            self._thread.start()
        while (shot := self._take()) is not None:
            yield shot

    def restart(self, reason: str) -> None:
        """Do nothing: `ReopeningCamera` makes a new one instead."""

    def close(self) -> None:
        """Have the thread let go of the camera; wait for it, but not for ever."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(JOIN_SECONDS)

    def _take(self) -> Shot | None:
        with self._news:
            self._news.wait_for(
                lambda: self._shot is not None or self._over or self._closed, self._lost_after_s
            )
            shot, self._shot = self._shot, None
            if self._closed:
                return None
            if shot is not None:
                return shot
            # A thread that was killed from outside could not say so.
            if self._over or not self._thread.is_alive():
                raise self._error or CameraError(
                    "the thread that reads the camera died", found=self.name
                )
            return LostFrame(self._clock(), next(self._numbers), self._silence())

    def _silence(self) -> str:
        if self._came_s is None:
            return "the camera was opened and has given no frame yet"
        return f"no frame has come from the camera for more than {self._lost_after_s:g} s"

    def _read(self) -> None:
        try:
            with closing(self._open()) as camera:
                for shot in camera.frames():
                    if not self._put(shot):
                        return
            self._error = CameraError(f"the pictures of {self.name} ended")
        except EmberwatchError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - a driver raises what it likes
            self._error = CameraError(
                f"{self.name} failed", found=f"{type(error).__name__}: {error}"
            )
        finally:
            with self._news:
                self._over = True
                self._news.notify_all()

    def _put(self, shot: Shot) -> bool:
        """Keep the newest; return whether any more are wanted."""
        with self._news:
            self._dropped += isinstance(self._shot, Frame)
            self._shot = _numbered(shot, next(self._numbers))
            self._came_s = self._clock()
            self._news.notify_all()
            return not self._closed


def _numbered(shot: Shot, number: int) -> Shot:
    if isinstance(shot, LostFrame):
        return LostFrame(shot.time_s, number, shot.problem)
    return Frame(shot.rgb, shot.time_s, number, shot.small)
