"""ClassRow: the pictures of a class in figures."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import fmean, median

from training.audit.fact import Fact
from training.dataset import Dataset, Sample, is_scene

# A picture whose pixels are nearly all grey: black and white, or a camera's night view.
GREY_PICTURE = 0.98
# The width and height that Inception v3 looks at, in pixels: below it a picture is blown up.
SMALL_SIDE = 299


@dataclass(frozen=True)
class ClassRow:
    """Counts of a class's pictures; shares and brightness are means, 0 to 1.

    `scenes` are groups that the user named, `largest_scene` the share of the class that one
    of them holds; `width` and `height` are medians, in pixels, as shown; `turned` have an
    EXIF orientation; `small` are under 299 pixels a side.
    """

    label: str
    pictures: int
    scenes: int
    largest_scene: float
    width: int
    height: int
    wide: int
    tall: int
    square: int
    turned: int
    small: int
    grey_share: float
    grey_pictures: int
    brightness: float


def class_rows(
    found: Dataset, facts: Mapping[str, Fact], collections: Collection[str] = ()
) -> tuple[ClassRow, ...]:
    """Return the row of each class, in the order of the labels.

    `collections` are groups that are no scene.
    """
    return tuple(
        _row(label, [s for s in found.samples if s.label == label], facts, collections)
        for label in found.labels
    )


def _row(
    label: str, samples: list[Sample], facts: Mapping[str, Fact], collections: Collection[str]
) -> ClassRow:
    known = [fact for s in samples if not (fact := facts[s.sha256]).problem]
    scenes = Counter(sample.group for sample in samples if is_scene(sample.group))
    for name in collections:
        scenes.pop(name, None)
    shapes = Counter(fact.shape for fact in known)
    return ClassRow(
        label=label,
        pictures=len(samples),
        scenes=len(scenes),
        largest_scene=round(max(scenes.values(), default=0) / max(1, len(samples)), 4),
        width=round(median([fact.shown[0] for fact in known] or [0])),
        height=round(median([fact.shown[1] for fact in known] or [0])),
        wide=shapes["wide"],
        tall=shapes["tall"],
        square=shapes["square"],
        turned=sum(fact.orientation != 1 for fact in known),
        small=sum(min(fact.width, fact.height) < SMALL_SIDE for fact in known),
        grey_share=round(fmean([fact.grey_share for fact in known] or [0.0]), 4),
        grey_pictures=sum(fact.grey_share >= GREY_PICTURE for fact in known),
        brightness=round(fmean([fact.brightness for fact in known] or [0.0]), 4),
    )
