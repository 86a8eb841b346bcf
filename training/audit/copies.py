"""Copies: the same picture more than once, exactly or nearly, and where that does harm."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from converter.trained_model import SplitRow
from training.audit.fact import Fact
from training.audit.finding import Exhibit, Finding, Removal, counted
from training.audit.likeness import Likeness
from training.audit.near import Pairs
from training.dataset import Dataset, Sample, is_scene
from training.families import Families

# Up to this distance it is one picture, resized or compressed again: docs/audit.md.
COPY = 2


def exact(found: Dataset) -> Finding | None:
    """Return the files that stand more than once in a class."""
    copies = [one for one in found.left_out if one.same_as]
    if not copies:
        return None
    return Finding(
        "exact_duplicates",
        "know",
        len(copies),
        f"{counted(len(copies), 'exact copy', 'exact copies')} within a class",
        "Each picture is used once. The copies may go.",
        tuple(Exhibit(one.file, f"the same as {one.same_as}", one.same_as) for one in copies),
        tuple(Removal(one.file, f"exact copy of {one.same_as}") for one in copies),
    )


def in_two_classes(found: Dataset) -> Finding | None:
    """Return the pictures that stand in two classes."""
    holders: dict[str, list[Sample]] = defaultdict(list)
    for sample in found.samples:
        holders[sample.sha256].append(sample)
    clashes = [samples for samples in holders.values() if len(samples) > 1]
    if not clashes:
        return None
    return Finding(
        "in_two_classes",
        "wrong",
        len(clashes),
        f"{counted(len(clashes), 'picture')} in two classes at once",
        "One of the labels is wrong. Keep the right one and remove the other.",
        tuple(
            Exhibit(first.file, f"{first.label}, and {second.label} as {second.file}", second.file)
            for first, second, *_ in clashes
        ),
        tuple(
            Removal(one.file, "in two classes: " + ", ".join(each.file for each in samples))
            for samples in clashes
            for one in samples
        ),
    )


def near_across(found: Dataset, likeness: Likeness) -> Finding | None:
    """Return near duplicates with different labels, of different scenes or none."""
    count = likeness.counts["across"]
    if not count:
        return None
    pairs = likeness.across
    copies = [
        (found.samples[i], found.samples[j])
        for i, j, d in zip(pairs.first, pairs.second, pairs.distance, strict=True)
        if d <= COPY
    ]
    return Finding(
        "near_duplicates_across_classes",
        "wrong",
        count,
        f"{counted(count, 'pair')} of near duplicates in different classes",
        "If they are frames of one camera, with and without the hazard, they are your best "
        "pictures: say so with --groups. Else one of the two labels is wrong.",
        _exhibits(found, pairs),
        tuple(
            Removal(one.file, f"nearly the same as {other.file}, of another class")
            for first, second in copies
            for one, other in ((first, second), (second, first))
        ),
    )


def near_within(found: Dataset, likeness: Likeness, facts: Mapping[str, Fact]) -> Finding | None:
    """Return near duplicates of one class, of different scenes or none."""
    count = likeness.counts["within"]
    if not count:
        return None
    pairs = likeness.within
    removals = {}
    for i, j, distance in zip(pairs.first, pairs.second, pairs.distance, strict=True):
        if distance <= COPY:
            kept, copy = sorted(
                (found.samples[i], found.samples[j]), key=lambda one: _rank(one, facts)
            )
            removals[copy.file] = Removal(copy.file, f"smaller copy of {kept.file}")
    return Finding(
        "near_duplicates",
        "know",
        count,
        f"{counted(count, 'pair')} of near duplicates within a class",
        "They stay on one side of the split, so that they cannot flatter. Copies that were "
        "resized or compressed again teach nothing new.",
        _exhibits(found, pairs),
        tuple(removals.values()),
    )


def in_scenes(found: Dataset, likeness: Likeness) -> Finding | None:
    """Return near duplicates with different labels inside scenes: expected, and worth a look."""
    count = likeness.counts["in_scenes_across"]
    if not count or not len(likeness.in_scenes):
        return None
    return Finding(
        "near_duplicates_in_scenes",
        "know",
        count,
        f"{counted(count, 'pair')} of near duplicates in different classes, inside a scene",
        "A frame with the hazard beside one without is what teaches most. Look through the "
        "nearest: a frame on the wrong side of the moment does harm.",
        _exhibits(found, _each_scene_first(found, likeness.in_scenes)),
    )


def between_scenes(families: Families) -> Finding | None:
    """Return the named groups that hold near duplicates of each other."""
    if not families.between:
        return None
    pairs = sum(one.pairs for one in families.between)
    return Finding(
        "near_duplicates_between_groups",
        "wrong",
        pairs,
        f"{counted(len(families.between), 'pair')} of groups hold near duplicates of each other",
        "Groups that you named are not joined. If two are one scene, give them one name: a "
        "split may else put the one to training and the other to the test.",
        tuple(
            Exhibit(one.first, f"{one.groups[0]} and {one.groups[1]}", one.second)
            for one in families.between
        ),
    )


def across_split(found: Dataset, likeness: Likeness, rows: Sequence[SplitRow]) -> Finding | None:
    """Return near duplicates, and scenes, that stand on two sides of a split."""
    part_of = {row.file: row.part for row in rows}
    part_of |= {row.sha256: row.part for row in rows}
    sides = [part_of.get(s.file, part_of.get(s.sha256)) for s in found.samples]
    links = likeness.links
    apart = [
        at
        for at, (i, j) in enumerate(zip(links.first, links.second, strict=True))
        if sides[i] and sides[j] and sides[i] != sides[j]
    ]
    scenes: dict[str, set[str]] = defaultdict(set)
    for sample, side in zip(found.samples, sides, strict=True):
        if side and is_scene(sample.group) and sample.group not in likeness.collections:
            scenes[sample.group].add(side)
    torn = sorted(group for group, parts in scenes.items() if len(parts) > 1)
    if not apart and not torn:
        return None
    words = [counted(len(apart), "pair") + " of near duplicates"] if apart else []
    words += [f"{counted(len(torn), 'scene')} ({', '.join(torn[:4])})"] if torn else []
    return Finding(
        "across_the_split",
        "wrong",
        len(apart) + len(torn),
        " and ".join(words) + " on two sides of the split",
        "The test then asks for what training has seen, and its figure flatters. Train again "
        "with --groups; near duplicates are kept together by themselves.",
        _exhibits(found, links.chosen(np.array(apart, np.int64))),
    )


def _each_scene_first(found: Dataset, pairs: Pairs) -> Pairs:
    """Return pairs with the nearest of every scene first, then the second nearest, and so on."""
    seen: Counter[str] = Counter()
    turns = []
    for first in pairs.first:
        scene = found.samples[first].group
        turns.append(seen[scene])
        seen[scene] += 1
    return pairs.chosen(np.argsort(np.array(turns, np.int64), kind="stable"))


def _rank(sample: Sample, facts: Mapping[str, Fact]) -> tuple[int, str]:
    fact = facts[sample.sha256]
    return -fact.width * fact.height, sample.file


def _exhibits(found: Dataset, pairs: Pairs) -> tuple[Exhibit, ...]:
    shown = []
    for i, j, distance, mirrored in zip(
        pairs.first, pairs.second, pairs.distance, pairs.mirrored, strict=True
    ):
        first, second = found.samples[i], found.samples[j]
        words = f"{distance} of 64 bits from {second.file}" + (", mirrored" if mirrored else "")
        if first.label != second.label:
            words = f"{first.label} and {second.label}: {words}"
        shown.append(Exhibit(first.file, words, second.file))
    return tuple(shown)
