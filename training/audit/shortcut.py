"""Shortcut: a class that can be told by its pictures' colours and brightness alone.

A network finds such a way out too, and then calls every grey wall smoke.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.audit import colour
from training.audit.cross_validation import (
    Bools,
    Doubles,
    Ints,
    area_under_curve,
    out_of_fold,
    unit_spread,
)

# Weighs the squared weights of a classifier of some twenty figures: next to nothing.
STRENGTH = 1e-3
# A class is at risk from this area on, and only if chance would not reach it: the low end of
# the interval lies above 0.5. By common use 0.7 is where telling apart becomes fair.
RISKY = 0.7
RESAMPLES = 200
LEADING = 3
LOOKALIKES = 6


@dataclass(frozen=True)
class Leading:
    """A figure by which alone a class can be told: `more` or `less` of it, and how well."""

    name: str
    more: bool
    auc: float

    @property
    def words(self) -> str:
        """Return such as `high share of red (0.78)`."""
        return f"{'high' if self.more else 'low'} {self.name} ({self.auc:.2f})"


@dataclass(frozen=True)
class Lookalike:
    """A picture of another class that colour alone takes for this one, by its score 0 to 1."""

    file: str
    label: str
    score: float


@dataclass(frozen=True)
class Shortcut:
    """How far one class can be told from the others by colour and brightness alone.

    `auc` is the area under the ROC curve on pictures of scenes that were held out, `low` and
    `high` its 95% interval from resampling the scenes; 0.5 is chance. `lookalikes` are where a
    network that took the shortcut would raise a false alarm.
    """

    label: str
    auc: float
    low: float
    high: float
    leading: tuple[Leading, ...]
    lookalikes: tuple[Lookalike, ...] = ()

    @property
    def at_risk(self) -> bool:
        """Say whether colour alone tells the class well enough to lean on."""
        return self.auc >= RISKY and self.low > 0.5

    @property
    def words(self) -> str:
        """Return the finding as a sentence without its end."""
        best = self.leading[0]
        return (
            f"{self.label} can be told by colour and brightness alone: AUC {self.auc:.2f} "
            f"(chance 0.50), above all by {'high' if best.more else 'low'} {best.name}"
        )


@dataclass(frozen=True)
class Shortcuts:
    """What colour and brightness alone say of the classes.

    `balanced_accuracy` is the mean recall of a classifier of the colour statistics on scenes
    held out; `chance` is one of the number of classes. None where nothing could be held out.
    """

    balanced_accuracy: float | None
    chance: float
    classes: tuple[Shortcut, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        plain = asdict(self)
        for one, shortcut in zip(plain["classes"], self.classes, strict=True):
            one["at_risk"] = shortcut.at_risk
        return plain

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Shortcuts":
        """Read what `to_json` wrote."""
        classes = []
        for one in data["classes"]:
            fields = {k: v for k, v in one.items() if k != "at_risk"}
            fields["leading"] = tuple(Leading(**figure) for figure in one["leading"])
            fields["lookalikes"] = tuple(Lookalike(**each) for each in one["lookalikes"])
            classes.append(Shortcut(**fields))
        return cls(data["balanced_accuracy"], data["chance"], tuple(classes))


def measure(
    statistics: npt.NDArray[np.float32],
    classes: Ints,
    groups: Sequence[str],
    labels: Sequence[str],
    files: Sequence[str],
    seed: int = 0,
) -> Shortcuts:
    """Try to tell classes by colour statistics float32 [pictures, len(colour.NAMES)] alone.

    Folds keep groups whole: else the colours of one scene would vouch for themselves.
    """
    scaled = unit_spread(statistics)
    said = out_of_fold(scaled, classes, groups, len(labels), STRENGTH, seed)
    chance = 1 / len(labels)
    if not said.judged.any():
        return Shortcuts(None, chance, ())
    judged = said.judged
    truth, probability = classes[judged], said.probability[judged]
    answers = probability.argmax(axis=1)
    recalls = [float((answers[truth == one] == one).mean()) for one in np.unique(truth)]
    draws = _draws(np.array(groups)[judged], seed)
    found = []
    for index, label in enumerate(labels):
        if not (truth == index).any():
            continue
        scores, positive = probability[:, index], truth == index
        low, high = _interval(scores, positive, draws)
        auc = area_under_curve(scores, positive)
        others = np.flatnonzero(judged)[~positive]
        falsely = others[np.argsort(-scores[~positive], kind="stable")[:LOOKALIKES]]
        lookalikes = tuple(
            Lookalike(
                files[i], labels[int(classes[i])], round(float(said.probability[i, index]), 4)
            )
            for i in map(int, falsely)
            if said.probability[i].argmax() == index
        )
        leading = _leading(statistics, classes == index)
        found.append(Shortcut(label, round(auc, 4), low, high, leading, lookalikes))
    return Shortcuts(round(float(np.mean(recalls)), 4), chance, tuple(found))


def _draws(groups: npt.NDArray[np.str_], seed: int) -> list[Ints]:
    """Return pictures by index, drawn anew with repetition by whole groups, RESAMPLES times."""
    codes = np.unique(groups, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    rng = np.random.default_rng(seed)
    return [
        np.concatenate([members[at] for at in rng.integers(0, len(members), len(members))])
        for _ in range(RESAMPLES)
    ]


def _interval(scores: Doubles, positive: Bools, draws: list[Ints]) -> tuple[float, float]:
    areas = [area_under_curve(scores[drawn], positive[drawn]) for drawn in draws]
    low, high = np.percentile(areas, [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)


def _leading(statistics: npt.NDArray[np.float32], positive: Bools) -> tuple[Leading, ...]:
    found = []
    for at, name in enumerate(colour.NAMES):
        auc = area_under_curve(statistics[:, at].astype(np.float64), positive)
        found.append(Leading(name, auc >= 0.5, round(max(auc, 1 - auc), 4)))
    return tuple(sorted(found, key=lambda one: -one.auc)[:LEADING])
