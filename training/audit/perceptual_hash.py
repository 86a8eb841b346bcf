"""Perceptual hashes: numbers that stay near when a picture is resized or compressed again.

The adapter of the `imagehash` library.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

Hashes = npt.NDArray[np.uint64]

# What stands in each column of a picture's hashes.
PHASH, DHASH, MIRRORED_PHASH, MIRRORED_DHASH = range(4)
COUNT = 4
BITS = 64
# A picture of less contrast than this (standard deviation of 32 x 32 grey cells, of 255) has a
# hash of its noise: two black frames would be near or far by chance.
LEAST_CONTRAST = 4.0


def hashes(picture: Image.Image) -> Hashes | None:
    """Return uint64 [COUNT] of a picture, or None where it is too flat for one.

    Two kinds, since each errs elsewhere: `phash` (the signs of low frequencies) misses
    nothing that was resized, compressed, brightened or made grey, and `dhash` (is a cell
    brighter than its neighbour) throws out what is near by chance. Each of the picture and of
    its mirror image, since many collections hold both.
    """
    import imagehash

    grey = picture.convert("L")
    cells = np.asarray(grey.resize((32, 32), Image.Resampling.BOX), dtype=np.float32)
    if cells.std() < LEAST_CONTRAST:
        return None
    mirrored = grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    found = [
        imagehash.phash(grey),
        imagehash.dhash(grey),
        imagehash.phash(mirrored),
        imagehash.dhash(mirrored),
    ]
    packed = np.packbits(np.stack([one.hash.ravel() for one in found]), axis=1)
    return packed.view(">u8")[:, 0].astype(np.uint64)
