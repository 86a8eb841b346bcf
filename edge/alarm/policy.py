"""AlarmPolicy: scores in, alarm state out; no clock, no pins, no files."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from edge.alarm.latch import Latch
from edge.alarm.plan import Plan
from edge.alarm.refused import Refused
from edge.alarm.rules import AlarmRules, class_indexes
from edge.alarm.scene import Glance, Scene
from edge.alarm.schedule import Schedule
from edge.alarm.siren import Siren
from edge.alarm.state import AlarmState, Level
from edge.alarm.sweep_rules import SweepRules
from edge.alarm.vote import Vote
from edge.alarm.votes import Votes
from edge.alarm.zones import Zone, check_zones
from edge.contract.condition import Condition
from edge.contract.errors import ConfigError
from edge.contract.labels import Labels
from edge.inference.prediction import Prediction
from edge.inference.tile import Tile

Floats = npt.NDArray[np.float32]


class AlarmPolicy:
    """Decides, look by look, by the rules given; every time is in seconds on one clock.

    The whole frame, each zone and each tile has a vote of its own, k of its last n looks; any
    of them raises the alarm. `latch` is an alarm from before a restart: it sounds at once,
    unless it was silenced.

    Raises:
        ConfigError: rules, schedules or zones that do not fit `labels` or one another.
    """

    def __init__(
        self,
        rules: AlarmRules,
        labels: Labels,
        zones: Sequence[Zone] = (),
        sweep: SweepRules | None = None,
        latch: Latch | None = None,
        schedules: Sequence[Schedule] = (),
    ) -> None:
        check_zones(zones, rules.raise_at)
        for schedule in schedules:
            _check_schedule(schedule, rules)
        self.rules = rules
        self._labels = labels
        self._zones = tuple(zones)
        self._schedules = tuple(schedules)
        self._sweep = sweep or SweepRules()
        in_tiles = self._sweep.hazard if self._sweep.on else rules.hazard
        self._tile_at = class_indexes(in_tiles, labels)
        self._scene = Scene()
        self._plan = self._planned(None)
        self._latch = latch if rules.latch else None
        held = self._latch or Latch()
        self._votes = Votes(rules, self._sweep, zones, held.places)
        self._siren = Siren(
            rules, alarm=self._latch is not None, silenced=held.silenced, worn=held.worn_out
        )
        self._level = Level.CLEAR
        self._since_s = 0.0
        self._now = 0.0
        self._hazard = math.nan
        self._problem: str | None = None
        self._test_until_s: float | None = None

    @property
    def latch(self) -> Latch | None:
        """Return what must survive a restart; None while there is no alarm that latches."""
        if self._latch is None or not self.rules.latch:
            return None
        return replace(
            self._latch,
            places=self._votes.raised,
            silenced=self._siren.silenced,
            worn_out=self._siren.worn_out,
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return what somebody should know: disarmed, no time of the day, zones, a test."""
        found = [] if self._plan.note is None else [self._plan.note]
        if self._scene.note is not None:
            found.append(Condition("supervisory", "zones", self._scene.note))
        if self._test_until_s is not None:
            found.append(Condition("supervisory", "test", "a test drives siren and beacon"))
        return tuple(found)

    @property
    def zones(self) -> tuple[Zone, ...]:
        """Return all zones, whether they are there at this time of the day or not."""
        return self._zones

    def set_zones(self, zones: Sequence[Zone]) -> None:
        """Judge by other zones from now on; an alarm stays.

        Raises:
            ConfigError: they do not fit one another or the rules.
        """
        check_zones(zones, self.rules.raise_at)
        gone = [zone for zone in self._zones if zone not in zones]
        for zone in gone:
            self._votes.drop(f"zone {zone.name}")
        self._zones = tuple(zones)

    def update(
        self, prediction: Prediction, now: float, local: datetime | None = None
    ) -> AlarmState:
        """Take in one frame's scores; `local` is the time on the wall, for schedules.

        A score that is no number is a trouble. It counts neither for an alarm nor towards
        clearing one: unknown is never "no fire".
        """
        self._plan = self._planned(local)
        if not (np.isfinite(prediction.scores).all() and _known(prediction.class_map)):
            return self.miss("the scores are not numbers", now)
        self._problem = None
        self._hazard = math.nan
        glances = self._scene.glances(self._plan, prediction)
        self._votes.keep({glance.place for glance in glances})
        for glance in glances:
            vote = self._take(glance, now, local)
            if vote.hot or not glance.quiet:
                self._hazard = max(vote.hazard, 0.0 if math.isnan(self._hazard) else self._hazard)
        return self._settle(now)

    def update_tile(
        self,
        tile: Tile,
        scores: Sequence[float],
        now: float,
        local: datetime | None = None,
        class_map: Floats | None = None,
    ) -> AlarmState:
        """Take in the scores of one tile, and its class map, so that zones hold in it too."""
        self._plan = self._planned(local)
        row = np.asarray(scores, dtype=np.float32)
        if not (np.isfinite(row).all() and _known(class_map)):
            return self.miss("the scores of a tile are not numbers", now)
        place, rules = f"tile {tile.number}", self._sweep
        hazard = self._scene.tile_hazard(self._plan, row, class_map, tile.box, self._tile_at)
        if hazard is None:
            self._votes.drop(place)
        else:
            self._take(Glance(place, hazard, rules.raise_at, rules.clear_at), now, local)
        return self._settle(now)

    def tick(self, now: float, local: datetime | None = None) -> AlarmState:
        """Let time pass without a look."""
        if local is not None:
            self._plan = self._planned(local)
        return self._settle(now)

    def miss(self, problem: str, now: float | None = None) -> AlarmState:
        """Take in that a frame could not be had or judged, and why."""
        self._votes.miss()
        self._hazard = math.nan
        self._problem = problem
        return self._settle(self._now if now is None else now)

    def silence(self, now: float) -> AlarmState:
        """Stop the siren for now; the beacon stays. Without an alarm it does nothing."""
        self._siren.silence(now)
        return self._settle(now)

    def reset(self, now: float) -> AlarmState:
        """End the alarm: a person has looked. Without an alarm it does nothing.

        Raises:
            Refused: the hazard is still there, or nobody can see whether it is.
        """
        if self._siren.alarm:
            self._refuse_reset()
            self._votes.forget()
            self._siren.end()
            self._latch = None
        return self._settle(now)

    def test(self, now: float) -> AlarmState:
        """Drive siren and beacon for `test_seconds`; a real alarm ends the test.

        Raises:
            Refused: there is an alarm.
        """
        if self._siren.alarm:
            raise Refused("no test during an alarm", next_step="reset the alarm first")
        self._test_until_s = now + self.rules.test_seconds
        return self._settle(now)

    def end_test(self, now: float) -> AlarmState:
        """End a test before its time."""
        self._test_until_s = None
        return self._settle(now)

    def _planned(self, local: datetime | None) -> Plan:
        return Plan.at(self.rules, self._labels, self._schedules, self._zones, local)

    def _take(self, glance: Glance, now: float, local: datetime | None) -> Vote:
        vote = self._votes.at(glance.place)
        if vote.take(glance.hazard, glance.raise_at, glance.clear_at, armed=self._plan.armed):
            self._siren.rise(now)
            if self._latch is None:
                at = None if local is None else local.isoformat(timespec="seconds")
                self._latch = Latch(at, glance.place or None)
        if self._latch is not None and vote.hazard > self._latch.hazard:
            self._latch = replace(self._latch, hazard=vote.hazard)
        return vote

    def _refuse_reset(self) -> None:
        if burning := self._votes.burning:
            where = " and ".join(place or "the picture" for place in burning)
            raise Refused(
                f"the hazard is still there: {where}",
                found=f"hazard {self._hazard:.2f}",
                expected=f"{self.rules.n} frames in a row below clear_at",
                next_step="silence the siren, and reset when it is gone",
            )
        if self._problem is not None or not self._votes.looked:
            raise Refused(
                "nobody can see whether the hazard is gone",
                found=self._problem or "no frame so far",
                next_step="silence the siren, see to the camera, then reset",
            )

    def _settle(self, now: float) -> AlarmState:
        """Let time pass up to `now` and return the state."""
        self._now = now
        if not self.rules.latch and not self._votes.raised:
            self._siren.end()
            self._latch = None
        self._siren.tick(now)
        level = Level.CLEAR
        if self._siren.alarm:
            level = Level.ALARM
        elif self._votes.over:
            level = Level.PRE_ALARM
        if level is not self._level:
            self._level, self._since_s = level, now
        testing = self._testing(now)
        return AlarmState(
            level=level,
            hazard=self._hazard,
            frames_over=self._votes.frame.over,
            since_s=self._since_s,
            trouble=self._problem,
            sounding=self._siren.sounding or testing,
            silenced=self._siren.silenced,
            testing=testing,
            where=None if self._latch is None else self._latch.where,
            supervisory="; ".join(one.problem for one in self.conditions) or None,
            notices=self._siren.notices,
        )

    def _testing(self, now: float) -> bool:
        until = self._test_until_s
        if until is not None and (self._siren.alarm or now >= until):
            self._test_until_s = until = None
        return until is not None


def _known(class_map: Floats | None) -> bool:
    return class_map is None or bool(np.isfinite(class_map).all())


def _check_schedule(schedule: Schedule, rules: AlarmRules) -> None:
    for name in schedule.without:
        if name not in rules.hazard:
            raise ConfigError(
                f"the schedule {schedule.name!r} leaves out a class that does not count anyway",
                found=name,
                expected="one of " + ", ".join(rules.hazard),
            )
