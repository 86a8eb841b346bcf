"""Camera: anything that gives frames, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from edge.inference.prediction import Frame

RIGHT_ORDER = "RGB"


@dataclass(frozen=True)
class LostFrame:
    """A frame that should have been there and could not be had: a trouble, not the end.

    `time_s` and `number` are those that the frame would have carried.
    """

    time_s: float
    number: int
    problem: str


Shot = Frame | LostFrame


class Camera(Protocol):
    """Gives frames in the order of their time, and is closed when done.

    `name` says which camera it is, for a person, and holds no secret. `live` is false for a
    recording. `fps` is the rate that was asked of it, in frames a second, 0 where none was.
    `dropped` counts the frames left out because newer ones were already there.

    `colours` declares the order of a pixel's three bytes, which is "RGB" for every camera here;
    `edge.camera.colour_bars` proves it of a real one. A live camera's times are
    `time.monotonic()` at capture.
    """

    @property
    def name(self) -> str:
        """Return which camera it is, for a person."""

    @property
    def live(self) -> bool:
        """Say whether frames are lost if nobody takes them."""

    @property
    def fps(self) -> float:
        """Return the frames a second that were asked for, 0 if none were."""

    @property
    def colours(self) -> str:
        """Return the order of colours in each pixel."""

    @property
    def dropped(self) -> int:
        """Return how many frames came too late to be looked at."""

    def frames(self) -> Iterator[Shot]:
        """Give each frame; a clip or a folder ends, a live camera does not.

        Raises:
            CameraError: no more frames can be had, though there should be some.
        """

    def restart(self, reason: str) -> None:
        """Open a live camera's device anew, because what it gives is wrong; may be asked often.

        For a recording this does nothing.
        """

    def close(self) -> None:
        """Let go of the device or file."""
