"""Votes: those of the whole frame, of each zone and of each tile, by their places."""

from collections.abc import Collection, Sequence

from edge.alarm.rules import AlarmRules
from edge.alarm.scene import FRAME
from edge.alarm.sweep_rules import SweepRules
from edge.alarm.vote import Vote
from edge.alarm.zones import Zone


class Votes:
    """One vote for each place, made when it is first looked at; the frame's is always there.

    `raised` are places that were in alarm before a restart. What is not looked at any more is
    left out: it could never be seen to have gone.
    """

    def __init__(
        self,
        rules: AlarmRules,
        sweep: SweepRules,
        zones: Sequence[Zone] = (),
        raised: Collection[str] = (),
    ) -> None:
        self._rules = rules
        self._sweep = sweep
        known = {FRAME, *(f"zone {zone.name}" for zone in zones)}
        if sweep.on:
            known |= {f"tile {number}" for number in range(sweep.tiles)}
        self._votes = {FRAME: self._new(FRAME, FRAME in raised)}
        for place in raised:
            if place in known and place != FRAME:
                self._votes[place] = self._new(place, True)

    @property
    def raised(self) -> tuple[str, ...]:
        """Return the places that are in alarm."""
        return tuple(place for place, vote in self._votes.items() if vote.raised)

    @property
    def burning(self) -> tuple[str, ...]:
        """Return the places that are in alarm, or of which some look was over the threshold."""
        return tuple(place for place, vote in self._votes.items() if vote.raised or vote.over)

    @property
    def over(self) -> bool:
        """Say whether any look that still counts was over the threshold."""
        return any(vote.over for vote in self._votes.values())

    @property
    def looked(self) -> bool:
        """Say whether there was any look."""
        return any(vote.looked for vote in self._votes.values())

    @property
    def frame(self) -> Vote:
        """Return the whole frame's vote."""
        return self._votes[FRAME]

    def at(self, place: str) -> Vote:
        """Return a place's vote."""
        if place not in self._votes:
            self._votes[place] = self._new(place, False)
        return self._votes[place]

    def drop(self, place: str) -> None:
        """Leave a place out that is not looked at any more."""
        self._votes.pop(place, None)

    def keep(self, there: Collection[str]) -> None:
        """Leave out the zones that are not among the places of a frame; nor the frame itself."""
        for place in [one for one in self._votes if one.startswith("zone ") and one not in there]:
            del self._votes[place]
        if FRAME not in there:
            self.frame.forget()

    def miss(self) -> None:
        """Note a look that could not be had."""
        for vote in self._votes.values():
            vote.miss()

    def forget(self) -> None:
        """Start anew."""
        for vote in self._votes.values():
            vote.forget()

    def _new(self, place: str, raised: bool) -> Vote:
        if place.startswith("tile "):
            return Vote(self._sweep.k, self._sweep.n, raised=raised)
        rules = self._rules
        return Vote(rules.k, rules.n, rules.smoothing, raised=raised)
