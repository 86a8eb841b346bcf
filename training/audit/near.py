"""Near: which pictures are near duplicates, found among tens of thousands in seconds."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.audit.perceptual_hash import DHASH, MIRRORED_DHASH, MIRRORED_PHASH, PHASH, Hashes

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Hamming distances of phash and dhash, of 64 bits, up to which two pictures are near
# duplicates, by either rule. The first is for what was resized, compressed, brightened or
# slightly cropped, the second for what got a stamp or a caption: that moves phash alone.
# How they were chosen, with the counts of real pictures at each distance: docs/audit.md.
LIMITS = ((10, 14), (18, 4))
# Up to here pairs are looked at; by phash alone, chance brings some together from 12 on.
COUNTED_PHASH = max(phash for phash, _ in LIMITS)
# Pictures compared with all others at once: 128 x 20,000 distances are 20 MB.
ROWS = 128
MIRRORED_WEIGHT = 0.25


@dataclass(frozen=True)
class Pairs:
    """Pairs of pictures, in columns: indexes, distance in bits, and whether one is mirrored."""

    first: Ints
    second: Ints
    distance: Ints
    mirrored: Bools

    def __len__(self) -> int:
        return len(self.first)

    def chosen(self, which: Bools | Ints) -> "Pairs":
        """Return some of the pairs, by a mask or by their places."""
        return Pairs(
            self.first[which], self.second[which], self.distance[which], self.mirrored[which]
        )

    @classmethod
    def none(cls) -> "Pairs":
        """Return no pairs."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, empty, np.zeros(0, np.bool_))

    @classmethod
    def joined(cls, parts: "list[Pairs]") -> "Pairs":
        """Return the pairs of all parts."""
        if not parts:
            return cls.none()
        return cls(
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.second for part in parts]),
            np.concatenate([part.distance for part in parts]),
            np.concatenate([part.mirrored for part in parts]),
        )


@dataclass(frozen=True)
class Candidates:
    """Pairs whose phash is near enough to be counted; `near` says which are near duplicates."""

    pairs: Pairs
    near: Bools


def candidates(hashes: Hashes) -> Iterator[Candidates]:
    """Yield the pairs of uint64 [pictures, 4] hashes that are near, first index below second.

    Every picture is compared with every other, as bits in blocks: 20,000 take seconds and the
    memory of one block.
    """
    phash, mirrored_phash = hashes[:, PHASH].copy(), hashes[:, MIRRORED_PHASH].copy()
    for start in range(0, len(hashes), ROWS):
        rows = slice(start, start + ROWS)
        for mirrored, others in ((False, phash), (True, mirrored_phash)):
            bits = np.bitwise_count(phash[rows, None] ^ others[None, start:])
            first, second = np.nonzero(bits <= COUNTED_PHASH)
            distance = bits[first, second].astype(np.int64)
            after = second > first
            first, second, distance = first[after] + start, second[after] + start, distance[after]
            near = _near(hashes, first, second, mirrored)
            pairs = Pairs(first, second, distance, np.full(len(first), mirrored))
            if mirrored:
                # A picture that is its own mirror image is found by both ways: once is enough.
                plainly = _near(hashes, first, second, False)
                pairs, near = pairs.chosen(near & ~plainly), near[near & ~plainly]
            yield Candidates(pairs, near)


def _near(hashes: Hashes, first: Ints, second: Ints, mirrored: bool) -> Bools:
    of_phash, of_dhash = (MIRRORED_PHASH, MIRRORED_DHASH) if mirrored else (PHASH, DHASH)
    phash = np.bitwise_count(hashes[first, PHASH] ^ hashes[second, of_phash])
    dhash = np.bitwise_count(hashes[first, DHASH] ^ hashes[second, of_dhash])
    rules = [(phash <= most) & (dhash <= most_dhash) for most, most_dhash in LIMITS]
    return np.asarray(np.logical_or.reduce(rules))


def forest(pairs: Pairs, pictures: int) -> Pairs:
    """Return the fewest pairs that join the same pictures at every distance.

    A minimum spanning forest: of the pairs of a hundred equal frames, 99 are enough.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    # Zero would be read as no pair, and the fraction carries `mirrored` through.
    weights = pairs.distance + 1 + MIRRORED_WEIGHT * pairs.mirrored
    graph = coo_array((weights, (pairs.first, pairs.second)), shape=(pictures, pictures))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    distance = tree.data.astype(np.int64) - 1
    mirrored = tree.data - np.floor(tree.data) > 0
    return Pairs(tree.row.astype(np.int64), tree.col.astype(np.int64), distance, mirrored)
