"""Depth: how far a frame lies from what a model was trained on."""

import base64
import binascii
import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.contract.bundle import DEPTH_FILE, ModelBundle
from edge.contract.errors import BundleTampered

Floats = npt.NDArray[np.float32]
SCHEMA = 1
# Channels that never varied in training must not make one stray value a great distance.
LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Depth:
    """The features of the training pictures: their mean and spread, channel by channel.

    `mean` and `spread` (a standard deviation) are float32 [channels]; `bound` is the distance
    that all but a few of those pictures keep.
    """

    mean: Floats
    spread: Floats
    bound: float

    @classmethod
    def of_pictures(cls, features: Floats, within: float) -> "Depth":
        """Take mean and spread of features, float32 [pictures, channels].

        `within` is the share of these pictures, in (0, 1), that the bound encloses.
        """
        # Kept in half precision in the bundle: what is measured is what the camera reads.
        mean = _half(features.mean(axis=0))
        spread = _half(features.std(axis=0))
        loose = cls(mean, spread, 1.0)
        distances = [loose.of(row) for row in features]
        return cls(mean, spread, float(np.float32(np.quantile(distances, within))))

    def of(self, features: Floats) -> float:
        """Return a frame's distance in bounds: above 1, it is out of the model's depth.

        `features` is float32 [channels], their mean over the frame. The distance is the root
        of the mean of the squared z-scores: a Mahalanobis distance with a diagonal
        covariance, by the root of the number of channels (Lee et al. 2018, "A simple unified
        framework for detecting out-of-distribution samples", without the classes).
        """
        scores = (features - self.mean) / np.maximum(self.spread, LEAST_SPREAD)
        return float(np.sqrt(np.mean(np.square(scores)))) / self.bound

    @classmethod
    def of_bundle(cls, bundle: ModelBundle) -> "Depth | None":
        """Read what a bundle holds; None where it was made without.

        Raises:
            BundleTampered: it holds something else.
        """
        data = bundle.files.get(DEPTH_FILE)
        return None if data is None else cls.from_bytes(data)

    def to_bytes(self) -> bytes:
        """Return JSON; mean and spread as base64 of little-endian float16."""
        record = {
            "schema": SCHEMA,
            "mean": _encode(self.mean),
            "spread": _encode(self.spread),
            "bound": self.bound,
        }
        return (json.dumps(record, indent=2) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Depth":
        """Read what `to_bytes` wrote.

        Raises:
            BundleTampered: it is not that.
        """
        try:
            record = json.loads(data)
            mean, spread = _decode(record["mean"]), _decode(record["spread"])
            bound = float(record["bound"])
            if record["schema"] != SCHEMA or mean.shape != spread.shape or not bound > 0:
                raise ValueError("impossible values")
        except (ValueError, LookupError, TypeError, binascii.Error) as error:
            raise BundleTampered("the bundle's depth file is unreadable", found=error) from error
        return cls(mean, spread, bound)


def _half(values: Floats) -> Floats:
    half: Floats = values.astype(np.float16).astype(np.float32)
    return half


def _encode(values: Floats) -> str:
    return base64.b64encode(values.astype("<f2").tobytes()).decode()


def _decode(text: str) -> Floats:
    values: Floats = np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float32)
    if not len(values) or not np.isfinite(values).all():
        raise ValueError("no finite numbers")
    return values
