"""Tuning: many sets of rules over the same footage, and which of them to choose."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from edge.alarm.rules import AlarmRules
from edge.config.config import Config
from edge.contract.labels import Labels
from edge.replay.intervals import days_to_show
from edge.replay.trial import DAY_S, Footage, Trial, try_rules

RAISE_AT = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
K_OF_N = ((1, 1), (2, 3), (3, 5), (4, 6), (5, 8), (8, 12), (12, 18))
SMOOTHING = (0.0, 0.5, 0.8)
# Of raise_at: the share that the defaults of both have, 0.4 of 0.6.
CLEAR_SHARE = 2 / 3

Footing = Literal["shown", "seen", "not reached"]


@dataclass(frozen=True)
class Choice:
    """The rules to take, and how well the footage bears them out.

    `shown`: with 95% confidence, there are no more false alarms than wanted. `seen`: there were
    no more in this footage, which is too short to show it. `not reached`: there were more with
    any of the rules; these had the fewest.
    """

    trial: Trial
    footing: Footing
    wanted_per_day: float

    @property
    def days_needed(self) -> float:
        """Return how many days without a false alarm would show the wanted rate."""
        return days_to_show(self.wanted_per_day)


def grid(present: AlarmRules) -> tuple[AlarmRules, ...]:
    """Return the rules to try, the present ones first."""
    tried = [present]
    for raise_at, (k, n), smoothing in itertools.product(RAISE_AT, K_OF_N, SMOOTHING):
        clear_at = round(raise_at * CLEAR_SHARE, 3)
        rules = replace(
            present, raise_at=raise_at, clear_at=clear_at, k=k, n=n, smoothing=smoothing
        )
        if rules != present:
            tried.append(rules)
    return tuple(tried)


def tune(
    rules: Sequence[AlarmRules],
    footage: Sequence[Footage],
    config: Config,
    labels: Labels,
    each: Callable[[Trial], object] = lambda _trial: None,
) -> tuple[Trial, ...]:
    """Try all rules over all footage; `each` is told of every trial."""
    trials = []
    for one in rules:
        trials.append(try_rules(one, footage, config, labels))
        each(trials[-1])
    return tuple(trials)


def choose(trials: Sequence[Trial], per_day: float) -> Choice:
    """Choose the rules for a wanted rate of false alarms; the first trial is of the present ones.

    Of those within the rate, the ones that raise an alarm for most fires win, then the
    quickest, then those with fewest false alarms, then those nearest to the present ones.
    Where the footage is too short to show the rate, rules that need less for an alarm than the
    present ones are left out: that they raised no false alarm here says little.
    """
    present = trials[0].rules
    shown = [one for one in trials if one.false_alarms.at_most <= per_day]
    if shown:
        return Choice(min(shown, key=lambda one: _order(one, present)), "shown", per_day)
    careful = [one for one in trials if _no_laxer(one.rules, present)]
    seen = [one for one in careful if one.false_alarms.per_day <= per_day]
    if seen:
        return Choice(min(seen, key=lambda one: _order(one, present)), "seen", per_day)
    fewest = min(one.false_alarms.count for one in careful)
    least = [one for one in careful if one.false_alarms.count == fewest]
    return Choice(min(least, key=lambda one: _order(one, present)), "not reached", per_day)


def front(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that no other beats both in fires, delay and false alarms.

    They are in the order of their delay; of several with the same figures, the first one.
    """
    found: dict[tuple[int, float, int], Trial] = {}
    for one in trials:
        found.setdefault(_figures(one), one)
    best = [
        one
        for mine, one in found.items()
        if not any(
            other != mine and all(a <= b for a, b in zip(other, mine, strict=True))
            for other in found
        )
    ]
    return sorted(best, key=_figures)


def normal_days(footage: Sequence[Footage]) -> float:
    """Return the days of footage without a hazard."""
    return sum(one.normal_s for one in footage) / DAY_S


def _figures(trial: Trial) -> tuple[int, float, int]:
    delay_s = 0.0 if math.isnan(trial.delay_s) else round(trial.delay_s, 3)
    return -trial.raised, delay_s, trial.false_alarms.count


def _order(trial: Trial, present: AlarmRules) -> tuple[float, ...]:
    rules = trial.rules
    distance = (
        abs(rules.raise_at - present.raise_at)
        + abs(rules.smoothing - present.smoothing)
        + abs(math.log(rules.k / present.k))
        + abs(math.log(rules.n / present.n))
    )
    return (*_figures(trial), distance)


def _no_laxer(rules: AlarmRules, present: AlarmRules) -> bool:
    return rules.raise_at >= present.raise_at and rules.k >= present.k
