"""Balance: how many pictures and scenes each class has, and how the classes differ in form."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from training.audit.class_row import SMALL_SIDE, ClassRow
from training.audit.finding import Exhibit, Finding, counted
from training.dataset import FEW_PICTURES, Dataset, is_scene
from training.families import Families

# A class with less than this share of the largest one's pictures is named.
UNEVEN = 0.25
# A scene that holds more of its class than this is named: the class is then that scene.
ONE_SCENE = 0.3
FEW_SCENES = 5
# Classes whose share of pictures of a form differs by more than this can be told by the form.
FORM = 0.3


def class_balance(rows: Sequence[ClassRow]) -> Finding | None:
    """Return the classes with few pictures."""
    most = max(row.pictures for row in rows)
    few = [r for r in rows if r.pictures < FEW_PICTURES or r.pictures < UNEVEN * most]
    if not few:
        return None
    named = ", ".join(f"{row.label} {row.pictures:,}" for row in few)
    return Finding(
        "class_balance",
        "look",
        len(few),
        f"few pictures of {named} (the largest class has {most:,})",
        "Training draws classes evenly, so this does no harm by itself; but a class of few "
        "pictures is learnt badly, and its figure is rough.",
    )


def scenes(found: Dataset, rows: Sequence[ClassRow], collections: Sequence[str]) -> Finding | None:
    """Return the classes that come from few scenes, where the user named scenes at all."""
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in found.samples:
        if is_scene(sample.group) and sample.group not in collections:
            sizes[sample.label][sample.group] += 1
    loose = Counter(
        s.label for s in found.samples if not is_scene(s.group) or s.group in collections
    )
    words = []
    for row in rows:
        if not sizes[row.label]:
            continue
        group, count = sizes[row.label].most_common(1)[0]
        if count > ONE_SCENE * row.pictures:
            words.append(f"{row.label}: {count / row.pictures:.0%} is {group}")
        elif len(sizes[row.label]) + loose[row.label] < FEW_SCENES:
            words.append(f"{row.label}: {counted(len(sizes[row.label]), 'scene')}")
    if not words:
        return None
    return Finding(
        "scenes",
        "look",
        len(words),
        "classes that are few scenes: " + "; ".join(words),
        "The network may learn the scene instead of the class. Add pictures of other places.",
    )


def no_groups(found: Dataset, families: int) -> Finding | None:
    """Return a hint where the user named no scenes, but pictures are alike."""
    if families == 0 or any(is_scene(sample.group) for sample in found.samples):
        return None
    return Finding(
        "no_groups",
        "look",
        families,
        f"no --groups, yet {counted(families, 'family', 'families')} of near duplicates",
        "Frames of one scene that differ more than a little are not found by likeness: name "
        "the scenes with --groups, or the test figure flatters.",
    )


def form(rows: Sequence[ClassRow]) -> Finding | None:
    """Return what form, size and greyness tell about classes."""
    forms = {
        "tall": [row.tall for row in rows],
        "square": [row.square for row in rows],
        f"under {SMALL_SIDE} pixels a side": [row.small for row in rows],
        "black and white": [row.grey_pictures for row in rows],
    }
    words = []
    for what, counts in forms.items():
        shares = [n / max(1, row.pictures) for n, row in zip(counts, rows, strict=True)]
        if max(shares) - min(shares) > FORM:
            pairs = zip(rows, shares, strict=True)
            words.append(f"{what}: " + ", ".join(f"{r.label} {share:.0%}" for r, share in pairs))
    if not words:
        return None
    return Finding(
        "form",
        "look",
        len(words),
        "classes differ in form: " + "; ".join(words),
        "The network may learn the form: squashing keeps it, enlarging blurs. Mix the sources.",
    )


def label_names(found: Dataset) -> Finding | None:
    """Return classes whose names collide or look alike, in any alphabet."""
    alike: dict[str, list[str]] = defaultdict(list)
    for label in found.labels:
        plain = unicodedata.normalize("NFKC", label).casefold()
        # Marks stay: in many scripts they are the vowels.
        letters = "".join(c for c in plain if unicodedata.category(c)[0] not in "ZPC")
        alike[letters or plain].append(label)
    twins = [names for names in alike.values() if len(names) > 1]
    if not twins and not found.problems:
        return None
    words = ["; ".join(" and ".join(map(repr, names)) for names in twins)] if twins else []
    exhibits = tuple(Exhibit("", problem) for problem in found.problems)
    if found.problems:
        return Finding(
            "classes",
            "wrong",
            len(found.problems),
            "the class folders cannot be trained on: " + found.problems[0],
            "Retraining refuses until this is mended.",
            exhibits,
        )
    return Finding(
        "classes",
        "look",
        len(twins),
        "class names that look alike: " + words[0],
        "Is it one class? Then put its pictures into one folder.",
    )


def large_families(families: Families) -> Finding | None:
    """Return the families of near duplicates that had to be parted."""
    if not families.cut:
        return None
    largest = max(families.cut)
    return Finding(
        "large_families",
        "wrong",
        len(families.cut),
        f"{counted(largest, 'picture')} are near duplicates of one another, in a chain",
        "That is more than a third of a class, so they are parted where they differ most, and "
        "stand on both sides of the split: the test figure flatters. Record other scenes.",
    )
