"""View: a way to look at a picture: the whole of it, or a part, in another light."""

import hashlib
from typing import Protocol

import numpy as np

from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess


class View(Protocol):
    """Makes a network's input of a picture.

    `key` names the view with everything that its pixels depend on; the whole picture's is
    empty. The same view of the same picture is the same, bit for bit, in every run.
    """

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        ...

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return uint8 [height, width, 3] of a picture uint8 [any, any, 3]."""
        ...


class Whole:
    """The picture as the camera would see it."""

    key = ""

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return the preprocessed picture."""
        return preprocess.apply(picture)


WHOLE = Whole()


def generator(sha256: str, key: str) -> np.random.Generator:
    """Return the random numbers of one view of one picture."""
    digest = hashlib.sha256(f"{sha256}:{key}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16]))
