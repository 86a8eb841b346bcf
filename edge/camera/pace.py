"""PacedCamera: a recorded camera at the pace of a live one, or as fast as it goes."""

from collections.abc import Callable, Iterator

from edge.camera.camera import Camera, LostFrame, Shot
from edge.camera.veil import Veil

# Time stamps are rounded to a clip's time base (often 1/12800 s), so that a frame may seem
# to come this much too early for the grid of `max_fps`.
SLACK_S = 1e-3


class PacedCamera(Veil):
    """Gives another camera's frames when they are due.

    In real time, the newest frame that is due wins: those that were due before it and were
    not asked for are dropped and counted, as a live camera's would be. Otherwise every frame
    comes as soon as it is asked for. `max_fps` first thins the frames out to an even grid.
    `clock` returns seconds; `wait` waits for some, and may return early to stop.
    """

    def __init__(
        self,
        camera: Camera,
        clock: Callable[[], float],
        wait: Callable[[float], object],
        *,
        real_time: bool = True,
        max_fps: float | None = None,
    ) -> None:
        super().__init__(camera)
        self._clock = clock
        self._wait = wait
        self._real_time = real_time
        self._max_fps = max_fps
        self._dropped = 0

    @property
    def fps(self) -> float:
        """Return the rate of what is given, in frames a second; 0 if unknown."""
        rates = [rate for rate in (self._camera.fps, self._max_fps) if rate]
        return min(rates, default=0.0)

    @property
    def dropped(self) -> int:
        """Return how many frames came too late to be looked at."""
        return self._dropped + self._camera.dropped

    def frames(self) -> Iterator[Shot]:
        """Give the frames; see the class."""
        shots = self._camera.frames()
        if self._max_fps is not None:
            shots = thinned(shots, self._max_fps)
        return self._paced(shots) if self._real_time else shots

    def _paced(self, shots: Iterator[Shot]) -> Iterator[Shot]:
        started = self._clock()
        held: Shot | None = None
        for shot in shots:
            # The one held is given only once its successor is known not to be due yet.
            if held is not None:
                late = self._clock() - started >= shot.time_s
                if late and not isinstance(held, LostFrame):
                    self._dropped += 1
                else:
                    self._wait_until(started + held.time_s)
                    yield held
            held = shot
        if held is not None:
            self._wait_until(started + held.time_s)
            yield held

    def _wait_until(self, moment: float) -> None:
        seconds = moment - self._clock()
        if seconds > 0:
            self._wait(seconds)


def thinned(shots: Iterator[Shot], max_fps: float) -> Iterator[Shot]:
    """Give at most `max_fps` frames a second, on an even grid; lost frames all come through."""
    due_s = 0.0
    for shot in shots:
        if isinstance(shot, LostFrame):
            yield shot
        elif shot.time_s >= due_s - SLACK_S:
            yield shot
            while due_s - SLACK_S <= shot.time_s:
                due_s += 1 / max_fps
