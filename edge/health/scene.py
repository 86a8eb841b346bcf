"""Scene: what a picture looks like in outline: its edges, light and colours on a coarse grid."""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ROWS, COLUMNS = 24, 32
# A cell has edges from this mean strength on; flat walls with noise stay under it.
EDGE = 0.2
# Colours are compared where their spread over the grid is at least this many grey levels:
# infra-red pictures have none, and noise alone would correlate by chance.
LEAST_COLOUR = 3.0
MAGIC = b"EWREF\x01"
PLANES = 6

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """One picture in outline.

    `planes` is float32 [24, 32, 6]: the strength of the edges in [0, 1], their direction as
    the cosine and sine of twice its angle times the strength (so that light on dark and dark
    on light are the same), the grey value, red less blue, and green less the mean of both, in
    [-255, 255]. `sharpness` is as in `FrameFacts`, but of detail that is no noise for sure,
    None where there is none.
    """

    planes: Floats
    sharpness: float | None

    @property
    def detail(self) -> float:
        """Return the share of cells that hold edges, in [0, 1]."""
        return float((self.planes[..., 0] >= EDGE).mean())

    def likeness(self, other: "Scene") -> float:
        """Return how well the edges lie where the other's are, in [-1, 1]."""
        return _correlation(self.planes[..., :3], other.planes[..., :3])

    def layout(self, other: "Scene") -> float:
        """Return how well light and dark lie where they do in the other, in [-1, 1]."""
        return _correlation(self.planes[..., 3:4], other.planes[..., 3:4])

    def kept(self, reference: "Scene") -> float | None:
        """Return how many of the reference's cells with edges still have some, in [0, 1]."""
        there = reference.planes[..., 0] >= EDGE
        if not there.any():
            return None
        return float((self.planes[..., 0][there] >= EDGE / 2).mean())

    def colours(self, other: "Scene") -> float | None:
        """Return how well red and blue lie where they do in the other, in [-1, 1].

        None where either has too little colour to tell.
        """
        own, others = self.planes[..., 4:5], other.planes[..., 4:5]
        if min(float(own.std()), float(others.std())) < LEAST_COLOUR:
            return None
        return _correlation(own, others)

    def towards(self, other: "Scene", share: float) -> "Scene":
        """Return this scene moved towards another by a share in [0, 1]."""
        planes = self.planes + np.float32(share) * (other.planes - self.planes)
        sharpness = self.sharpness if other.sharpness is None else other.sharpness
        if self.sharpness is not None and sharpness is not None:
            sharpness = self.sharpness + share * (sharpness - self.sharpness)
        return Scene(planes, sharpness)

    def to_bytes(self) -> bytes:
        """Return it for a file: half-precision planes, the sharpness, a checksum."""
        sharpness = np.float32(-1 if self.sharpness is None else self.sharpness)
        body = self.planes.astype("<f2").tobytes() + sharpness.tobytes()
        return MAGIC + body + zlib.crc32(body).to_bytes(4, "little")

    @classmethod
    def from_bytes(cls, data: bytes) -> "Scene | None":
        """Read what `to_bytes` gave; None for anything else, cut short or damaged."""
        body, check = data[len(MAGIC) : -4], data[-4:]
        size = ROWS * COLUMNS * PLANES
        if not data.startswith(MAGIC) or len(body) != 2 * size + 4:
            return None
        if zlib.crc32(body).to_bytes(4, "little") != check:
            return None
        planes = np.frombuffer(body[:-4], "<f2").astype(np.float32)
        sharpness = float(np.frombuffer(body[-4:], np.float32)[0])
        if not (np.isfinite(planes).all() and np.isfinite(sharpness)):
            return None
        known = None if sharpness < 0 else sharpness
        return cls(planes.reshape(ROWS, COLUMNS, PLANES), known)


def _correlation(one: Floats, other: Floats) -> float:
    """Return Pearson's correlation over all cells, each plane about its own mean."""
    one = one - one.mean(axis=(0, 1))
    other = other - other.mean(axis=(0, 1))
    norm = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return 0.0 if norm < 1e-6 else float((one * other).sum()) / norm
