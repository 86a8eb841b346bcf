"""Suspect: a picture whose own class is hard to believe, going by all the other pictures.

A classifier of cached bottlenecks is trained on all folds but one and asked about that one.
The rule is that of confident learning (Northcutt, Jiang and Chuang, 2021): the answer counts
where it is given at least as surely as to a picture of that class on average.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.audit.cross_validation import Bools, Doubles, Ints, out_of_fold, principal_components
from training.dataset import is_scene
from training.head import Floats

# The first components hold what matters: as good as all 1,280 of Inception v3's mixed8 and
# ten times as quick. Strength was chosen with them, by labels changed on purpose
# (docs/audit.md).
COMPONENTS = 100
STRENGTH = 1.0
# A label is doubted if its class gets less than this, 0 to 1.
UNLIKELY = 0.1
# A scene most of whose pictures of a class are doubted is unlike the others as a whole: that
# says nothing against its labels.
WHOLE_SCENE = 0.5
FEW = 3


@dataclass(frozen=True)
class Suspect:
    """A doubted label: the class that the picture looks like, and both probabilities."""

    file: str
    label: str
    looks_like: str
    own: float
    other: float


@dataclass(frozen=True)
class OddScene:
    """A scene whose pictures of a class look like another one."""

    group: str
    label: str
    looks_like: str
    doubted: int
    of: int


@dataclass(frozen=True)
class Suspicion:
    """The doubted labels, the least likely first; `judged` counts the pictures looked at."""

    suspects: tuple[Suspect, ...]
    scenes: tuple[OddScene, ...]
    judged: int

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Suspicion":
        """Read what `to_json` wrote."""
        return cls(
            tuple(Suspect(**one) for one in data["suspects"]),
            tuple(OddScene(**one) for one in data["scenes"]),
            data["judged"],
        )


def find(
    features: Floats,
    classes: Ints,
    groups: Sequence[str],
    labels: Sequence[str],
    files: Sequence[str],
    seed: int = 0,
) -> Suspicion:
    """Find pictures whose label all others speak against.

    `features` are bottlenecks float32 [pictures, channels], `classes` int64 [pictures], the
    rest in the same order. Folds keep groups whole, so that copies of a picture with the same
    wrong label do not vouch for it.
    """
    if len(features) == 0:
        return Suspicion((), (), 0)
    components = principal_components(features, COMPONENTS)
    said = out_of_fold(components, classes, groups, len(labels), STRENGTH, seed)
    doubted = _doubted(said.probability, classes, said.judged)
    best = said.probability.argmax(axis=1)
    scenes, whole = _odd_scenes(doubted, best, classes, groups, labels)
    suspects = [
        Suspect(
            files[i],
            labels[int(classes[i])],
            labels[int(best[i])],
            round(float(said.probability[i, classes[i]]), 4),
            round(float(said.probability[i, best[i]]), 4),
        )
        for i in map(int, np.flatnonzero(doubted))
        if (groups[i], int(classes[i])) not in whole
    ]
    suspects.sort(key=lambda one: (one.own, one.file))
    return Suspicion(tuple(suspects), scenes, int(said.judged.sum()))


def _doubted(probability: Doubles, classes: Ints, judged: Bools) -> Bools:
    own = probability[np.arange(len(classes)), classes]
    usual = np.array(
        [
            own[judged & (classes == one)].mean() if (judged & (classes == one)).any() else 1.0
            for one in range(probability.shape[1])
        ]
    )
    best = probability.argmax(axis=1)
    sure = probability.max(axis=1) >= usual[best]
    return np.asarray(judged & (own < UNLIKELY) & sure & (best != classes))


def _odd_scenes(
    doubted: Bools,
    best: Ints,
    classes: Ints,
    groups: Sequence[str],
    labels: Sequence[str],
) -> tuple[tuple[OddScene, ...], set[tuple[str, int]]]:
    sizes = Counter(zip(groups, classes.tolist(), strict=True))
    answers: dict[tuple[str, int], Counter[int]] = {}
    for i in map(int, np.flatnonzero(doubted)):
        answers.setdefault((groups[i], int(classes[i])), Counter())[int(best[i])] += 1
    odd = {
        key: said
        for key, said in answers.items()
        if is_scene(key[0]) and said.total() >= FEW and said.total() > WHOLE_SCENE * sizes[key]
    }
    scenes = tuple(
        OddScene(
            group,
            labels[label],
            labels[said.most_common(1)[0][0]],
            said.total(),
            sizes[group, label],
        )
        for (group, label), said in sorted(odd.items())
    )
    return scenes, set(odd)
