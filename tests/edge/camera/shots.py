"""Taking shots from a camera until the wanted one comes."""

from collections.abc import Callable, Iterator

from edge.camera.camera import LostFrame, Shot
from edge.inference.prediction import Frame


def until(shots: Iterator[Shot], wanted: Callable[[Shot], bool], most: int = 2000) -> list[Shot]:
    """Take shots up to the first that is wanted."""
    taken = []
    for shot, _ in zip(shots, range(most), strict=False):
        taken.append(shot)
        if wanted(shot):
            return taken
    raise AssertionError(f"not among {most} shots: {taken[-3:]}")


def is_frame(shot: Shot) -> bool:
    return isinstance(shot, Frame)


def lost(says: str) -> Callable[[Shot], bool]:
    return lambda shot: isinstance(shot, LostFrame) and says in shot.problem
