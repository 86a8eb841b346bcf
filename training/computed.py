"""Computed: a batch of views that went through the network, ready for the cache."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.decoding import Decoded
from training.features import Floats, Network


@dataclass(frozen=True)
class Computed:
    """The features of a batch of views, and the pictures of it that cannot be read.

    `features` is float32 [keys, channels]; `problems` holds a picture's SHA-256 and the reason
    for each view of it.
    """

    keys: tuple[str, ...]
    features: Floats
    problems: tuple[tuple[str, str], ...]

    @property
    def views(self) -> int:
        """Return how many views are through, readable or not."""
        return len(self.keys) + len(self.problems)


def run(batch: Sequence[Decoded], network: Network) -> Computed:
    """Put the readable views of a batch through the network."""
    readable = [(item.wanted.key, item.tensor) for item in batch if item.tensor is not None]
    features = np.zeros((0, 0), np.float32)
    if readable:
        features = network(np.stack([tensor for _, tensor in readable]))
    return Computed(
        tuple(key for key, _ in readable),
        features,
        tuple((item.wanted.sha256, item.problem) for item in batch if item.tensor is None),
    )
