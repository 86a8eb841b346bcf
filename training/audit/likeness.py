"""Likeness: what near duplicates mean, given the classes and the scenes of pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from training.audit.near import COUNTED_PHASH, Candidates, Ints, Pairs, candidates, forest
from training.audit.perceptual_hash import Hashes
from training.dataset import Sample, is_scene

# Pairs that are kept to be shown, of each kind; all are counted.
SHOWN = 1000
# Above this many pairs only those that join are kept.
MANY = 200_000
# A group of more than this share of the pictures may be a collection and no scene...
LARGE_SHARE = 0.2
# ...and is one if less than this share of them has a near duplicate in it.
SCENE_SHARE = 0.5


@dataclass(frozen=True)
class Likeness:
    """The near duplicates of a dataset, by index into its samples.

    `links` join pictures of different scenes, enough of them for families; `across` and
    `within` are the nearest of them with different classes and with the same. Pairs inside a
    scene are expected; `in_scenes` shows those with different classes. `by_distance` counts,
    for each distance of phash, pairs in one group, other near pairs, and pairs that dhash
    threw out. `collections` are groups that are no scene. `flat` have no hash.
    """

    links: Pairs
    across: Pairs
    within: Pairs
    in_scenes: Pairs
    counts: dict[str, int]
    by_distance: dict[int, tuple[int, int, int]]
    collections: tuple[str, ...]
    flat: tuple[int, ...]


@dataclass
class Kept:
    """The nearest pairs of one kind, and how many there were."""

    pairs: Pairs = field(default_factory=Pairs.none)
    count: int = 0

    def take(self, pairs: Pairs) -> None:
        """Add pairs, which come in the order of their indexes, and forget the farthest."""
        self.count += len(pairs)
        both = Pairs.joined([self.pairs, pairs])
        if len(both) > SHOWN:
            limit = np.partition(both.distance, SHOWN)[SHOWN]
            nearer = np.flatnonzero(both.distance < limit)
            ties = np.flatnonzero(both.distance == limit)[: SHOWN - len(nearer)]
            both = both.chosen(np.concatenate([nearer, ties]))
        order = np.lexsort((both.second, both.first, both.distance))
        self.pairs = both.chosen(order)


@dataclass
class Joining:
    """Pairs that join pictures, thinned out whenever they are many."""

    pictures: int
    parts: list[Pairs] = field(default_factory=list)

    def take(self, pairs: Pairs) -> None:
        """Add pairs."""
        self.parts.append(pairs)
        if sum(map(len, self.parts)) > MANY:
            self.parts = [forest(Pairs.joined(self.parts), self.pictures)]

    @property
    def pairs(self) -> Pairs:
        """Return all that were kept."""
        return Pairs.joined(self.parts)


def survey(samples: Sequence[Sample], hashes: Sequence[Hashes | None]) -> Likeness:
    """Find the near duplicates among samples, given the hashes of each (None if flat).

    Two samples of the same content are no near duplicates: they are equal.
    """
    hashed = np.array([i for i, one in enumerate(hashes) if one is not None], np.int64)
    # A file that stands in two classes is compared once, as the first of its samples.
    contents = _codes([sample.sha256 for sample in samples])
    _, firsts = np.unique(contents[hashed], return_index=True)
    hashed = hashed[np.sort(firsts)]
    bits = np.stack([h for i in hashed if (h := hashes[i]) is not None]) if len(hashed) else None
    count = _Counting(samples)
    for block in candidates(bits) if bits is not None else ():
        pairs = block.pairs
        placed = Pairs(hashed[pairs.first], hashed[pairs.second], pairs.distance, pairs.mirrored)
        count.take(Candidates(placed, block.near))
    flat = tuple(i for i, one in enumerate(hashes) if one is None)
    return count.finished(flat)


class _Counting:
    """Takes block after block and keeps what is wanted of it."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples
        self.labels = _codes([sample.label for sample in samples])
        self.groups = _codes([sample.group for sample in samples])
        sizes = Counter(sample.group for sample in samples)
        self.large = {g for g, n in sizes.items() if n > LARGE_SHARE * len(samples)}
        self.large = {g for g in self.large if is_scene(g)}
        self.is_large = np.array([s.group in self.large for s in samples], np.bool_)
        self.alike = np.zeros(len(samples), np.bool_)
        self.links, self.inner = Joining(len(samples)), Joining(len(samples))
        self.kinds = {name: Kept() for name in ("across", "within", "in_scenes", "inner")}
        self.same_scene = 0
        self.distances = np.zeros((COUNTED_PHASH + 1, 3), np.int64)

    def take(self, block: Candidates) -> None:
        """Count one block of candidates."""
        same = self.groups[block.pairs.first] == self.groups[block.pairs.second]
        kind = np.where(~block.near, 2, np.where(same, 0, 1))
        np.add.at(self.distances, (block.pairs.distance, kind), ~block.pairs.mirrored)
        pairs, same = block.pairs.chosen(block.near), same[block.near]
        self.links.take(pairs.chosen(~same))
        self._keep(pairs.chosen(~same))
        inside = pairs.chosen(same)
        self.same_scene += len(inside)
        self.alike[inside.first] = self.alike[inside.second] = True
        self.kinds["in_scenes"].take(inside.chosen(self._differ(inside)))
        large = inside.chosen(self.is_large[inside.first])
        self.inner.take(large)
        self.kinds["inner"].take(large)

    def finished(self, flat: tuple[int, ...]) -> Likeness:
        """Return what was found."""
        groups = np.array([sample.group for sample in self.samples])
        loose = [g for g in sorted(self.large) if self.alike[groups == g].mean() < SCENE_SHARE]
        inner = self.inner.pairs
        freed = inner.chosen(np.isin(groups[inner.first], loose)) if len(inner) else inner
        self.links.take(freed)
        shown = self.kinds["inner"].pairs
        self._keep(shown.chosen(np.isin(groups[shown.first], loose)) if len(shown) else shown)
        scenes = self.kinds["in_scenes"]
        inside = scenes.pairs
        kept = ~np.isin(groups[inside.first], loose) if len(inside) else np.zeros(0, np.bool_)
        return Likeness(
            links=self.links.pairs,
            across=self.kinds["across"].pairs,
            within=self.kinds["within"].pairs,
            in_scenes=inside.chosen(kept),
            counts={
                "across": self.kinds["across"].count,
                "within": self.kinds["within"].count,
                "in_scenes": self.same_scene,
                "in_scenes_across": scenes.count,
            },
            by_distance={
                d: (int(row[0]), int(row[1]), int(row[2]))
                for d, row in enumerate(self.distances)
                if row.any()
            },
            collections=tuple(loose),
            flat=flat,
        )

    def _differ(self, pairs: Pairs) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(self.labels[pairs.first] != self.labels[pairs.second])

    def _keep(self, pairs: Pairs) -> None:
        differ = self._differ(pairs)
        self.kinds["across"].take(pairs.chosen(differ))
        self.kinds["within"].take(pairs.chosen(~differ))


def _codes(words: list[str]) -> Ints:
    return np.unique(np.array(words), return_inverse=True)[1].astype(np.int64)
