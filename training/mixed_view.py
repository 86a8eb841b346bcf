"""MixedView: a hazard mixed into a frame of the site itself, where nothing burns."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.contract.picture import Rgb, read_picture
from edge.contract.preprocess import Preprocess
from training.view import View, generator
from training.views import cut, mirrored

# Sides of the pasted part, as shares of the frame's; its edge fades over a third of the half.
LEAST_SIDE, MOST_SIDE = 0.35, 0.8
FADE = 3.0


@dataclass(frozen=True)
class MixedView:
    """A part of the picture pasted with a soft edge into one of the site's frames.

    So a head cannot learn that the site's own wall means that nothing burns.
    """

    number: int
    frames: tuple[tuple[str, Path], ...]
    weight: float = 0.5

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        names = hashlib.sha256("".join(sha256 for sha256, _ in self.frames).encode())
        return f"mix-1-{self.number}-{names.hexdigest()[:16]}"

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return uint8 [height, width, 3] of a picture uint8 [any, any, 3]."""
        rng = generator(sha256, self.key)
        frame = preprocess.apply(read_picture(self.frames[int(rng.integers(len(self.frames)))][1]))
        rows, columns = (
            max(1, int(side * rng.uniform(LEAST_SIDE, MOST_SIDE)))
            for side in (preprocess.height, preprocess.width)
        )
        part = cut(picture, rng.uniform(0.4, 1.0), rng)
        patch = mirrored(Preprocess(columns, rows, preprocess.fit).apply(part), rng)
        top = int(rng.integers(0, preprocess.height - rows + 1))
        left = int(rng.integers(0, preprocess.width - columns + 1))
        under = frame[top : top + rows, left : left + columns].astype(np.float32)
        share = soft_edge(rows, columns)[:, :, np.newaxis]
        mixed = frame.copy()
        mixed[top : top + rows, left : left + columns] = np.rint(
            under + (patch.astype(np.float32) - under) * share
        ).astype(np.uint8)
        return mixed


def soft_edge(rows: int, columns: int) -> np.typing.NDArray[np.float32]:
    """Return float32 [rows, columns], 1 in the middle and fading to 0 at the edge."""
    down = np.abs(np.linspace(-1, 1, rows, dtype=np.float32))[:, np.newaxis]
    across = np.abs(np.linspace(-1, 1, columns, dtype=np.float32))[np.newaxis]
    return np.clip(FADE * (1 - np.maximum(down, across)), 0, 1)


def mixed_views(count: int, frames: Sequence[tuple[str, Path]]) -> tuple[View, ...]:
    """Return so many mixtures of each hazard with frames given as (SHA-256, path)."""
    ordered = tuple(sorted(frames))
    return tuple(MixedView(number, ordered) for number in range(count)) if ordered else ()
