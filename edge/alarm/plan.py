"""Plan: which thresholds, classes and zones are in force at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from edge.alarm.hours import believable
from edge.alarm.rules import AlarmRules
from edge.alarm.schedule import Schedule, in_force
from edge.alarm.zones import Zone
from edge.contract.condition import Condition
from edge.contract.labels import Labels

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Plan:
    """What holds now; `hazard_at` are the hazard's classes' places in the scores.

    `left_out` are the places of those that do not count at this time.

    `note` is what somebody should know of it, if anything.
    """

    raise_at: float
    clear_at: float
    hazard_at: tuple[int, ...]
    zones: tuple[Zone, ...]
    armed: bool = True
    left_out: frozenset[int] = frozenset()
    note: Condition | None = None

    def hazard(self, scores: Floats, at: Sequence[int] | None = None) -> float:
        """Return the hazard, in [0, 1], of scores, float32 [classes].

        It is the sum of the hazard's classes', or of those that stand `at` some other places.
        """
        places = self.hazard_at if at is None else [i for i in at if i not in self.left_out]
        total = float(scores.astype(np.float64)[list(places)].sum())
        return min(1.0, max(0.0, total))

    @classmethod
    def at(
        cls,
        rules: AlarmRules,
        labels: Labels,
        schedules: Sequence[Schedule],
        zones: Sequence[Zone],
        local: datetime | None,
    ) -> "Plan":
        """Look up what holds at a local time; at an unknown time, no schedule does."""
        known = believable(local)
        timed = bool(schedules) or any(not zone.hours.always for zone in zones)
        note = None
        if timed and known is None:
            words = "the time of the day is not known: no schedule is in force"
            note = Condition("supervisory", "clock", words)
        schedule = in_force(schedules, known)
        there = tuple(zone for zone in zones if zone.hours.hold(known))
        hazard_at = rules.indexes(labels)
        if schedule is None:
            return cls(rules.raise_at, rules.clear_at, hazard_at, there, note=note)
        raise_at = rules.raise_at if schedule.raise_at is None else schedule.raise_at
        clear_at = rules.clear_at if schedule.clear_at is None else schedule.clear_at
        out = frozenset(
            at for at, name in zip(hazard_at, rules.hazard, strict=True) if name in schedule.without
        )
        left = tuple(at for at in hazard_at if at not in out)
        armed = schedule.armed and bool(left)
        if not armed:
            words = f"disarmed by the schedule {schedule.name!r}: no alarm would be raised"
            note = Condition("supervisory", "disarmed", words)
        elif schedule.without:
            classes = " and ".join(schedule.without)
            words = f"{classes} would raise no alarm, by the schedule {schedule.name!r}"
            note = Condition("supervisory", "disarmed", words)
        # Disarmed, the hazard is still shown.
        return cls(raise_at, min(clear_at, raise_at), left or hazard_at, there, armed, out, note)
