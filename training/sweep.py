"""Sweep: what a classifier's scores do while one distortion grows. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.head import Floats, Ints

# A move of a mean score or of a share below this is not worth a line: with forty pictures of
# a class, two pictures are as much.
WORTH_SAYING = 0.05
MOST_LINES = 6

Shares = dict[str, list[float | None]]


@dataclass(frozen=True)
class Plan:
    """A distortion and its amounts, mild to strong; a sweep begins with the picture as it is.

    `done` says in a word or two what happens to a picture; `amount` says how much of it.
    """

    name: str
    unit: str
    amounts: tuple[float, ...]
    done: str
    amount: str


PLANS = (
    Plan("whitening", "share of white", (0.25, 0.5, 0.75), "whitened", "{:.0%} white"),
    Plan("greying", "share of grey", (0.5, 1.0), "turned grey", "{:.0%} grey"),
    Plan("fog", "share of airlight at the top", (0.25, 0.5, 0.75), "in fog", "{:.0%} at the top"),
    Plan("darkening", "stops less light", (1.0, 2.0, 3.0), "darkened", "{:g} stops"),
    Plan("brightening", "stops more light", (0.5, 1.0, 1.5), "brightened", "{:g} stops"),
    Plan("warm light", "turn to orange", (0.5, 1.0), "in warm light", "turned by {:g}"),
    Plan("cold light", "turn to blue", (0.5, 1.0), "in cold light", "turned by {:g}"),
    Plan("blur", "pixels of 299", (1.0, 2.0, 3.0), "blurred", "{:g} pixels of 299"),
    Plan("night", "darkness", (0.3, 0.6, 1.0), "seen by infra-red at night", "{:.0%} darkness"),
)


@dataclass(frozen=True)
class Sweep:
    """What one distortion does; each list has a value for each amount, the first being 0.

    `recall` is the share of a class's pictures that are called so, `false_alarm` the share of
    the other classes' pictures that are called so, `normal_score` the mean score that normal
    pictures get for a class. A share of no pictures is None; without a normal class
    `normal_score` is empty.
    """

    name: str
    unit: str
    amounts: tuple[float, ...]
    recall: Shares
    false_alarm: Shares
    normal_score: Shares


@dataclass(frozen=True)
class Probe:
    """All the sweeps, over how many pictures of each class, and the worst of it in words."""

    labels: tuple[str, ...]
    pictures: dict[str, int]
    sweeps: tuple[Sweep, ...]
    lines: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields for a run file."""
        sweeps = [asdict(sweep) | {"amounts": list(sweep.amounts)} for sweep in self.sweeps]
        return {
            "labels": list(self.labels),
            "pictures": self.pictures,
            "sweeps": sweeps,
            "lines": list(self.lines),
        }


def measure(
    plan: Plan,
    scores: Sequence[Floats],
    classes: Ints,
    labels: Sequence[str],
    negative: str | None,
) -> Sweep:
    """Return the sweep of one plan.

    `scores` holds float32 [pictures, classes] for the pictures as they are and then for each
    amount; `classes` int64 [pictures] the truth; `negative` names the normal class.
    """
    recall: Shares = {}
    false_alarm: Shares = {}
    normal_score: Shares = {}
    for at, label in enumerate(labels):
        own = classes == at
        called = [some.argmax(axis=1) == at for some in scores]
        recall[label] = [_mean(answer[own]) for answer in called]
        false_alarm[label] = [_mean(answer[~own]) for answer in called]
        if negative is not None:
            normal = classes == list(labels).index(negative)
            normal_score[label] = [_mean(some[normal, at]) for some in scores]
    amounts = (0.0, *plan.amounts)
    return Sweep(plan.name, plan.unit, amounts, recall, false_alarm, normal_score)


# White and light grey pictures taken for smoke: said whenever it is worth saying.
OLD_FAULT = "whitening"


def lines(sweeps: Sequence[Sweep], plans: Sequence[Plan], negative: str | None) -> tuple[str, ...]:
    """Return the moves for the worse in plain words, the largest first, whitening last.

    For each sweep and class: a hazard's mean score over normal pictures that rises, and a
    recall that falls, each at the amount where it is worst. Without a normal class the false
    alarms stand in for the scores.
    """
    moves: list[tuple[float, str]] = []
    for sweep, plan in zip(sweeps, plans, strict=True):
        for label in sweep.recall:
            if label != negative:
                moves.append(_rise(sweep, plan, label, negative))
                moves.append(_fall(sweep, plan, label))
    worst = sorted(moves, key=lambda move: -move[0])
    said = tuple(text for by, text in worst if by > WORTH_SAYING)[:MOST_LINES]
    for sweep, plan in zip(sweeps, plans, strict=True):
        if sweep.name == OLD_FAULT and negative is not None:
            hazards = [label for label in sweep.recall if label != negative]
            by, text = max(_rise(sweep, plan, label, negative) for label in hazards)
            said += (text,) if by > WORTH_SAYING and text not in said else ()
    return said or (f"nothing moves by more than {WORTH_SAYING}",)


def _rise(sweep: Sweep, plan: Plan, label: str, negative: str | None) -> tuple[float, str]:
    if negative is not None:
        by, amount = _worst(sweep, sweep.normal_score[label], 1)
        text = f"{label} rises by {by:.2f} when a normal picture is {plan.done}"
    else:
        by, amount = _worst(sweep, sweep.false_alarm[label], 1)
        text = (
            f"pictures of other classes are called {label} {100 * by:.0f} points more often "
            f"when {plan.done}"
        )
    return by, f"{text} ({plan.amount.format(amount)})"


def _fall(sweep: Sweep, plan: Plan, label: str) -> tuple[float, str]:
    by, amount = _worst(sweep, sweep.recall[label], -1)
    at = sweep.recall[label][sweep.amounts.index(amount)]
    return by, (
        f"recall of {label} falls from {sweep.recall[label][0] or 0:.0%} to {at or 0:.0%} when its "
        f"pictures are {plan.done} ({plan.amount.format(amount)})"
    )


def _worst(sweep: Sweep, values: Sequence[float | None], sign: int) -> tuple[float, float]:
    """Return the largest move from the first value in a direction, and its amount."""
    first = values[0]
    if first is None:
        return 0.0, sweep.amounts[0]
    moves = [
        (sign * (value - first), -amount)
        for amount, value in zip(sweep.amounts, values, strict=True)
        if value is not None
    ]
    by, amount = max(moves)
    return by, -amount


def _mean(values: Any) -> float | None:
    return round(float(np.mean(values)), 4) if len(values) else None
