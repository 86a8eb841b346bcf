"""Split: which pictures train, which validate and which test.

Pictures without groups go by a hash of their content, so that moving or renaming the folder,
or adding pictures, moves none of them. Groups (the frames of one scene) and families (near
duplicates: training/families.py) go whole to one side.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from converter.trained_model import Part, SplitRow
from edge.contract.errors import DatasetError, InputError
from training.dataset import Sample, is_scene

# How far past its wanted share of a class a part may go by taking a whole group.
MOST_OF_SHARE = 2.0
# A family of near duplicates that holds at most this share of each of its classes, or FEW of
# it, goes by its hash as a single picture does: then no other picture moves on its account. A
# larger one is dealt with as a scene, since by chance it would take too much.
SMALL_SHARE = 0.05
FEW = 3


def split(
    samples: Sequence[Sample], testing_percentage: float, validation_percentage: float
) -> tuple[SplitRow, ...]:
    """Assign each picture a part.

    Raises:
        InputError: the percentages leave nothing to train on.
        DatasetError: a class has no picture left in one of the parts.
    """
    held_out = testing_percentage + validation_percentage
    if testing_percentage < 0 or validation_percentage < 0 or held_out >= 100:
        raise InputError(
            "the percentages leave no pictures for training",
            found=f"testing {testing_percentage}, validation {validation_percentage}",
            expected="two numbers of at least 0 and together below 100",
        )
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.group].append(sample)
    wanted: list[tuple[Part, float]] = [
        ("testing", testing_percentage / 100),
        ("validation", validation_percentage / 100),
    ]
    small = _small(groups)
    scenes = {name: members for name, members in groups.items() if name not in small}
    part_of = _whole_groups(scenes, wanted)
    for name, members in groups.items():
        if name in small:
            part_of[name] = _by_hash(min(member.sha256 for member in members), wanted)
    _fill_empty(groups, part_of, wanted)
    rows = tuple(
        SplitRow(s.file, s.label, s.group, s.sha256, part_of.get(s.group, "training"))
        for s in samples
    )
    _require_every_class(rows, [part for part, share in wanted if share > 0])
    return rows


def _fraction(text: str) -> float:
    """Return a number in [0, 1) that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(f"split:{text}".encode()).digest()[:8]) / 2**64


def _by_hash(sha256: str, wanted: list[tuple[Part, float]]) -> Part:
    at = _fraction(sha256)
    for part, share in wanted:
        if at < share:
            return part
        at -= share
    return "training"


def _small(groups: dict[str, list[Sample]]) -> set[str]:
    """Return the groups that go by their hash: single pictures and small families."""
    totals = Counter(sample.label for members in groups.values() for sample in members)

    def is_small(members: list[Sample]) -> bool:
        counts = Counter(sample.label for sample in members)
        return all(n <= max(FEW, SMALL_SHARE * totals[label]) for label, n in counts.items())

    return {
        name
        for name, members in groups.items()
        if len(members) == 1 or (not is_scene(name) and is_small(members))
    }


def _whole_groups(
    families: dict[str, list[Sample]], wanted: list[tuple[Part, float]]
) -> dict[str, Part]:
    """Hold out whole groups, in the order of their hashes, until each class has its share.

    A group that would take a class far past its share is passed over.
    """
    totals = Counter(s.label for members in families.values() for s in members)
    part_of: dict[str, Part] = {}
    for part, share in wanted:
        have: Counter[str] = Counter()
        order = sorted(families, key=lambda name: _fraction(part + name))
        for label, total in sorted(totals.items(), key=lambda item: (item[1], item[0])):
            for name in order:
                counts = Counter(s.label for s in families[name])
                fits = all(
                    have[c] + n <= MOST_OF_SHARE * share * totals[c] for c, n in counts.items()
                )
                if have[label] < share * total and counts[label] and fits and name not in part_of:
                    part_of[name] = part
                    have += counts
    return part_of


def _fill_empty(
    groups: dict[str, list[Sample]],
    part_of: dict[str, Part],
    wanted: list[tuple[Part, float]],
) -> None:
    """Give a part that lacks a class the training group of that class with the lowest hash."""
    labels = sorted({s.label for members in groups.values() for s in members})
    for part, share in wanted:
        for label in labels if share > 0 else ():
            holding = [n for n, m in groups.items() if any(s.label == label for s in m)]
            if any(part_of.get(name) == part for name in holding):
                continue
            spare = [name for name in holding if part_of.get(name, "training") == "training"]
            if len(spare) > 1:
                smallest = min(len(groups[name]) for name in spare)
                small = [name for name in spare if len(groups[name]) == smallest]
                part_of[min(small, key=lambda name: _fraction(part + name))] = part


def _require_every_class(rows: tuple[SplitRow, ...], parts: list[Part]) -> None:
    for label in sorted({row.label for row in rows}):
        for part in ["training", *parts]:
            if not any(row.label == label and row.part == part for row in rows):
                raise DatasetError(
                    f"{label} has no picture left for {part}",
                    found=f"{sum(row.label == label for row in rows)} pictures in "
                    f"{len({row.group for row in rows if row.label == label})} groups",
                    expected="at least three groups or single pictures in each class",
                    next_step="add pictures, or set the percentages to 0",
                )
