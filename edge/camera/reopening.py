"""ReopeningCamera: a live camera that is opened again, and again, when it fails."""

import itertools
import threading
from collections.abc import Callable, Generator, Iterator
from time import monotonic

from edge.camera.camera import RIGHT_ORDER, Camera, LostFrame, Shot
from edge.camera.newest import LOST_AFTER_SECONDS, NewestFrame
from edge.contract.errors import CameraError
from edge.inference.prediction import Frame

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# After a minute without a fault the next pause is the first again.
STEADY_SECONDS = 60.0
# Without a frame for so long a camera is opened anew; the first one may take longer, since
# a stream begins with its next key frame.
STALLED_SECONDS = 10.0
FIRST_FRAME_SECONDS = 20.0
# A driver that has not come back so long after it was told to close never will: only a new
# process can open its camera again.
STUCK_SECONDS = 10.0


class ReopeningCamera:
    """Gives a live camera's newest frames for as long as the watch runs.

    When the camera fails, ends, stalls or `restart` is called, its device is closed and opened
    again after a pause that doubles from 1 to 30 s. Meanwhile `frames` gives lost frames with
    the reason, at least one each `lost_after_s`. `open_camera` opens the device; see
    `NewestFrame`. `restart` and `close` may be called from any thread.
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
        stalled_s: float = STALLED_SECONDS,
        stuck_s: float = STUCK_SECONDS,
        first_pause_s: float = FIRST_PAUSE_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.fps = fps
        self._open = open_camera
        self._lost_after_s = lost_after_s
        self._stalled_s = max(stalled_s, lost_after_s)
        self._stuck_s = stuck_s
        self._first_pause_s = self._pause_s = first_pause_s
        self._clock = clock
        self._numbers = itertools.count()
        self._reader: NewestFrame | None = None
        self._dropped = 0
        self._restart: str | None = None
        self._closed = threading.Event()
        self.reopened = 0

    @property
    def dropped(self) -> int:
        """Return how many frames were replaced by newer ones before anybody looked."""
        reader = self._reader
        return self._dropped + (0 if reader is None else reader.dropped)

    def frames(self) -> Iterator[Shot]:
        """Give frames and lost frames until closed.

        Raises:
            CameraError: the driver hangs so that only a new process can open it again.
            MissingPackage: what reads it is not installed.
        """
        while not self._closed.is_set():
            reader = self._reader = self._new_reader()
            reason = yield from self._through(reader)
            yield self._lost(reason)
            yield from self._let_go(reader, reason)
            yield from self._wait(self._next_pause(), reason)
            self.reopened += 1

    def restart(self, reason: str) -> None:
        """Have the device opened anew; while it is being opened anyway this does nothing."""
        self._restart = reason

    def close(self) -> None:
        """Let go of the device; wait for its driver, but not for ever."""
        self._closed.set()
        if self._reader is not None:
            self._reader.close()

    def _new_reader(self) -> NewestFrame:
        return NewestFrame(
            self.name,
            self._open,
            fps=self.fps,
            lost_after_s=self._lost_after_s,
            numbers=self._numbers,
            clock=self._clock,
        )

    def _through(self, reader: NewestFrame) -> Generator[Shot, None, str]:
        """Give what the reader gives until something is wrong; return what."""
        opened_s = good_s = self._clock()
        patience_s = max(FIRST_FRAME_SECONDS, self._stalled_s)
        self._asked()
        try:
            for shot in reader.frames():
                now = self._clock()
                if isinstance(shot, Frame):
                    good_s, patience_s = now, self._stalled_s
                    if now - opened_s > STEADY_SECONDS:
                        self._pause_s = self._first_pause_s
                yield shot
                asked = self._asked()
                if asked is not None and good_s > opened_s:
                    return f"opened anew because {asked}"
                if now - good_s >= patience_s:
                    return f"no frame has come from the camera for {patience_s:g} s"
        except CameraError as error:
            return error.line()
        return "closed"

    def _asked(self) -> str | None:
        """Take what `restart` was last called with."""
        asked, self._restart = self._restart, None
        return asked

    def _let_go(self, reader: NewestFrame, reason: str) -> Iterator[Shot]:
        reader.close()
        self._dropped += reader.dropped
        self._reader = None
        since_s = self._clock()
        while reader.stuck and not self._closed.is_set():
            yield self._lost(f"{reason}; its driver does not come back")
            if self._clock() - since_s > self._stuck_s:
                raise CameraError(
                    f"{self.name} hangs in its driver: {reason}",
                    next_step="a new process must open it; if that fails too, reboot",
                )
            self._closed.wait(1.0)

    def _next_pause(self) -> float:
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, LONGEST_PAUSE_SECONDS)
        return pause_s

    def _wait(self, pause_s: float, reason: str) -> Iterator[Shot]:
        until_s = self._clock() + pause_s
        while (left_s := until_s - self._clock()) > 0:
            if self._closed.wait(min(left_s, self._lost_after_s)):
                return
            yield self._lost(reason)

    def _lost(self, reason: str) -> LostFrame:
        return LostFrame(self._clock(), next(self._numbers), reason)
