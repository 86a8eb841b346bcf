"""Trial: what one set of rules makes of labelled footage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from edge.alarm.rules import AlarmRules
from edge.alarm.state import Level
from edge.config.config import Config
from edge.contract.labels import Labels
from edge.hand.judge import Judge
from edge.replay.clip_labels import Stretch
from edge.replay.intervals import Rate
from edge.replay.play import Played, play
from edge.replay.recording import Recording

DAY_S = 86400.0


@dataclass(frozen=True)
class Footage:
    """A recording and its stretches with and without a hazard.

    It is not `whole` where quiet frames were left out; the stretches are as they were.
    """

    recording: Recording
    stretches: tuple[Stretch, ...]
    whole: bool = True

    @property
    def normal_s(self) -> float:
        """Return the seconds without a hazard."""
        return sum(one.seconds for one in self.stretches if not one.hazard)

    @property
    def fires(self) -> tuple[Stretch, ...]:
        """Return the stretches with a hazard."""
        return tuple(one for one in self.stretches if one.hazard)


@dataclass(frozen=True)
class Trial:
    """How rules did: alarms while nothing burned, and for each fire the seconds to its alarm.

    A delay of None is a fire that raised no alarm while it burned.
    """

    rules: AlarmRules
    false_alarms: Rate
    delays: tuple[float | None, ...]

    @property
    def raised(self) -> int:
        """Return how many fires raised an alarm."""
        return sum(delay is not None for delay in self.delays)

    @property
    def delay_s(self) -> float:
        """Return the median delay; a fire that was missed counts as never; NaN for no fire."""
        if not self.delays:
            return math.nan
        return median(math.inf if delay is None else delay for delay in self.delays)


def try_rules(
    rules: AlarmRules, footage: Sequence[Footage], config: Config, labels: Labels
) -> Trial:
    """Play all footage by `rules` and count."""
    tried = replace(config, alarm=rules)
    count, delays = 0, []
    for one in footage:
        played = play(one.recording, Judge(tried, labels, False), resets=True, gaps=one.whole)
        count += false_alarms(played, one.stretches)
        delays += [delay(played, fire) for fire in one.fires]
    days = sum(one.normal_s for one in footage) / DAY_S
    return Trial(rules, Rate(count, days), tuple(delays))


def false_alarms(played: Played, stretches: Sequence[Stretch]) -> int:
    """Count the alarms that began while nothing burned."""
    normal = [one for one in stretches if not one.hazard]
    return sum(any(one.has(point.time_s) for one in normal) for point in played.alarms)


def delay(played: Played, fire: Stretch) -> float | None:
    """Return the seconds from the start of a fire to the first moment of alarm in it."""
    for point in played.points:
        if fire.has(point.time_s) and point.level is Level.ALARM:
            return point.time_s - fire.start_s
    return None
