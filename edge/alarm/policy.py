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
from edge.alarm.scene import FRAME, Glance, Scene
from edge.alarm.schedule import Schedule
from edge.alarm.siren import Siren
from edge.alarm.state import AlarmState, Level
from edge.alarm.sweep_rules import SweepRules
from edge.alarm.vote import Vote
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
        known = [FRAME, *(f"zone {zone.name}" for zone in zones)]
        if self._sweep.on:
            known += [f"tile {number}" for number in range(self._sweep.tiles)]
        # What is not looked at any more could never be seen to have gone.
        places = [FRAME, *(place for place in held.places if place in known[1:])]
        self._votes = {place: self._vote(place, place in held.places) for place in places}
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
            places=tuple(place for place, vote in self._votes.items() if vote.raised),
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
            self._votes.pop(f"zone {zone.name}", None)
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
        self._leave({glance.place for glance in glances})
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
            self._votes.pop(place, None)
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
        for vote in self._votes.values():
            vote.miss()
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
            for vote in self._votes.values():
                vote.forget()
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

    def _vote(self, place: str, raised: bool = False) -> Vote:
        if place.startswith("tile "):
            return Vote(self._sweep.k, self._sweep.n, raised=raised)
        return Vote(self.rules.k, self.rules.n, self.rules.smoothing, raised=raised)

    def _leave(self, there: set[str]) -> None:
        """Forget the votes of zones that are not there now: nothing could ever clear them."""
        for place in [one for one in self._votes if one.startswith("zone ") and one not in there]:
            del self._votes[place]
        if FRAME not in there:
            self._votes[FRAME].forget()

    def _take(self, glance: Glance, now: float, local: datetime | None) -> Vote:
        place = glance.place
        if place not in self._votes:
            self._votes[place] = self._vote(place)
        vote = self._votes[place]
        if vote.take(glance.hazard, glance.raise_at, glance.clear_at, armed=self._plan.armed):
            self._siren.rise(now)
            if self._latch is None:
                at = None if local is None else local.isoformat(timespec="seconds")
                self._latch = Latch(at, place or None)
        if self._latch is not None and vote.hazard > self._latch.hazard:
            self._latch = replace(self._latch, hazard=vote.hazard)
        return vote

    def _refuse_reset(self) -> None:
        burning = [place for place, vote in self._votes.items() if vote.raised or vote.over]
        if burning:
            where = " and ".join(place or "the picture" for place in burning)
            raise Refused(
                f"the hazard is still there: {where}",
                found=f"hazard {self._hazard:.2f}",
                expected=f"{self.rules.n} frames in a row below clear_at",
                next_step="silence the siren, and reset when it is gone",
            )
        if self._problem is not None or not any(vote.looked for vote in self._votes.values()):
            raise Refused(
                "nobody can see whether the hazard is gone",
                found=self._problem or "no frame so far",
                next_step="silence the siren, see to the camera, then reset",
            )

    def _settle(self, now: float) -> AlarmState:
        """Let time pass up to `now` and return the state."""
        self._now = now
        raised = any(vote.raised for vote in self._votes.values())
        if not self.rules.latch and not raised:
            self._siren.end()
            self._latch = None
        self._siren.tick(now)
        level = Level.CLEAR
        if self._siren.alarm:
            level = Level.ALARM
        elif any(vote.over for vote in self._votes.values()):
            level = Level.PRE_ALARM
        if level is not self._level:
            self._level, self._since_s = level, now
        testing = self._testing(now)
        return AlarmState(
            level=level,
            hazard=self._hazard,
            frames_over=self._votes[FRAME].over,
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
