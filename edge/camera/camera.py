"""Camera: anything that gives frames, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from edge.inference.prediction import Frame


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

    `dropped` counts the frames left out because newer ones were already there.
    """

    @property
    def dropped(self) -> int:
        """Return how many frames came too late to be looked at."""

    def frames(self) -> Iterator[Shot]:
        """Give each frame; a clip or a folder ends, a live camera does not.

        Raises:
            CameraError: no more frames can be had, though there should be some.
        """

    def close(self) -> None:
        """Let go of the device or file."""
