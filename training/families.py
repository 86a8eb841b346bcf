"""Families: pictures that must stay on one side of a split, joined into groups.

Three things join: the same content, names that differ only after `_nohash_` (the convention of
TensorFlow for Poets), and near duplicates. Two groups that the user named are never joined.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from training.dataset import Sample, is_scene, own_group

# A family may hold this share of a class, or FEW pictures. Beyond it, chains of likeness are
# cut where they are weakest: a split could else hold nothing out.
MOST_OF_CLASS = 1 / 3
FEW = 8
# Distances of joins that are no likeness: the same content, then the same name.
SAME_CONTENT, SAME_NAME = -2, -1


@dataclass(frozen=True)
class Join:
    """Two samples, by index, that belong together: the nearer the surer."""

    first: int
    second: int
    distance: int


@dataclass(frozen=True)
class Between:
    """Two groups that the user named and that hold near duplicates of each other.

    `first` and `second` are the nearest two files; `pairs` counts joins that were not made.
    """

    groups: tuple[str, str]
    first: str
    second: str
    distance: int
    pairs: int


@dataclass(frozen=True)
class Families:
    """Samples whose groups are families, and what was found on the way.

    `sizes` counts the pictures of each family of several that no scene holds. `cut` are
    families that would have held too much of a class, with the pictures they would have had.
    """

    samples: tuple[Sample, ...]
    sizes: dict[str, int]
    between: tuple[Between, ...]
    cut: tuple[int, ...]


def join(samples: Sequence[Sample], joins: Iterable[Join] = ()) -> Families:
    """Return the samples with the group of their family.

    A family takes the name of the scene in it. Without one it is named after its smallest
    SHA-256, so that neither the folder nor the order matters, and a picture that joins no
    family moves nothing.
    """
    order = sorted(
        [*_same_content(samples), *_same_name(samples), *joins],
        key=lambda one: (
            one.distance,
            *sorted((_key(samples, one.first), _key(samples, one.second))),
        ),
    )
    union = _Union(samples)
    refused = [one for one in order if not union.join(one)]
    members = union.members()
    cut: list[int] = []
    groups: dict[int, str] = {}
    most = {
        label: max(FEW, int(MOST_OF_CLASS * count))
        for label, count in Counter(sample.label for sample in samples).items()
    }
    for name, family in members.items():
        if is_scene(name) or not _too_large(samples, family, most):
            groups |= dict.fromkeys(family, name)
            continue
        parted = _parted(samples, family, _inside(order, family), most)
        groups |= parted
        if len(set(parted.values())) > 1:
            cut.append(len(family))
    joined = tuple(replace(sample, group=groups[i]) for i, sample in enumerate(samples))
    sizes = Counter(sample.group for sample in joined if not is_scene(sample.group))
    several = {name: count for name, count in sorted(sizes.items()) if count > 1}
    return Families(joined, several, _between(samples, union, refused), tuple(cut))


class _Union:
    """Union-find over samples, in which no two scenes meet."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples
        self.parent = list(range(len(samples)))
        self.scene = [s.group if is_scene(s.group) else None for s in samples]
        first: dict[str, int] = {}
        for i, sample in enumerate(samples):
            if is_scene(sample.group):
                self.parent[i] = first.setdefault(sample.group, i)

    def root(self, index: int) -> int:
        """Return the picture that stands for a family."""
        while self.parent[index] != index:
            self.parent[index] = self.parent[self.parent[index]]
            index = self.parent[index]
        return index

    def join(self, one: Join) -> bool:
        """Make one family of two; say False where they are of two scenes."""
        first, second = self.root(one.first), self.root(one.second)
        if first == second:
            return True
        if self.scene[first] and self.scene[second]:
            return False
        self.parent[second] = first
        self.scene[first] = self.scene[first] or self.scene[second]
        return True

    def members(self) -> dict[str, list[int]]:
        """Return the pictures of each family by its name."""
        families: dict[int, list[int]] = defaultdict(list)
        for i in range(len(self.samples)):
            families[self.root(i)].append(i)
        return {
            self.scene[root] or own_group(min(self.samples[i].sha256 for i in family)): family
            for root, family in families.items()
        }


def _parted(
    samples: Sequence[Sample], family: list[int], joins: list[Join], most: dict[str, int]
) -> dict[int, str]:
    """Return the group of each picture of a family, cut at its weakest joins if too large.

    What joins by content or by name is never cut.
    """
    weakest = max((one.distance for one in joins), default=SAME_CONTENT)
    if weakest < 0 or not _too_large(samples, family, most):
        return dict.fromkeys(family, own_group(min(samples[i].sha256 for i in family)))
    kept = [one for one in joins if one.distance < weakest]
    place = {index: at for at, index in enumerate(family)}
    union = _Union([samples[index] for index in family])
    for one in kept:
        union.join(Join(place[one.first], place[one.second], one.distance))
    groups: dict[int, str] = {}
    for part in union.members().values():
        indexes = [family[at] for at in part]
        groups |= _parted(samples, indexes, _inside(kept, indexes), most)
    return groups


def _inside(joins: list[Join], family: list[int]) -> list[Join]:
    members = set(family)
    return [one for one in joins if one.first in members]


def _too_large(samples: Sequence[Sample], family: list[int], most: dict[str, int]) -> bool:
    counts = Counter(samples[i].label for i in family)
    return any(count > most[label] for label, count in counts.items())


def _between(samples: Sequence[Sample], union: _Union, refused: list[Join]) -> tuple[Between, ...]:
    found: dict[tuple[str, str], Between] = {}
    for one in refused:
        scenes = sorted(str(union.scene[union.root(i)]) for i in (one.first, one.second))
        groups = (scenes[0], scenes[1])
        # The first is the nearest: they come in the order of their distance.
        nearest = found.get(groups) or Between(
            groups, samples[one.first].file, samples[one.second].file, one.distance, 0
        )
        found[groups] = replace(nearest, pairs=nearest.pairs + 1)
    return tuple(found.values())


def _same_content(samples: Sequence[Sample]) -> list[Join]:
    return _alike([sample.sha256 for sample in samples], SAME_CONTENT)


def _same_name(samples: Sequence[Sample]) -> list[Join]:
    """Join the files whose paths differ only after `_nohash_`, as retrain.py did."""
    stems = [
        re.sub(r"_nohash_.*$", "", sample.file) if "_nohash_" in sample.file else ""
        for sample in samples
    ]
    # The picture that the copies were made of has the same name without `_nohash_`.
    known = {stem for stem in stems if stem}
    whole = [re.sub(r"\.[^./]*$", "", sample.file) for sample in samples]
    names = [stem or (w if w in known else "") for stem, w in zip(stems, whole, strict=True)]
    return _alike(names, SAME_NAME)


def _alike(names: Sequence[str], distance: int) -> list[Join]:
    first: dict[str, int] = {}
    return [
        Join(first[name], i, distance)
        for i, name in enumerate(names)
        if name and first.setdefault(name, i) != i
    ]


def _key(samples: Sequence[Sample], index: int) -> tuple[str, str]:
    return samples[index].sha256, samples[index].label
