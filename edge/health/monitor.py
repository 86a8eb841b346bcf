"""HealthMonitor: tells from the frames' figures, over time, when the camera is blind."""

from collections import deque

from edge.contract.condition import Condition
from edge.health.facts import FrameFacts
from edge.health.freeze import Freeze
from edge.health.onset import Onset
from edge.health.settings import HealthSettings
from edge.health.spell import Spell
from edge.health.verdict import PROBLEMS, verdict

# A fault is told after this share of `blind_after_seconds`: the rest is for the gap to the
# next frame, the judging and the pins.
HOLD_SHARE = 0.8
# What fire and smoke do to a picture by themselves: told at other times, but not newly in the
# midst of the alarm that they raised.
EXPLAINED = ("camera-moved", "camera-defocused", "camera-colours")


class HealthMonitor:
    """Takes in each frame's figures, and the passing of time; knows no clock and no camera.

    `live` is false for a recording, which cannot stall. `fps` is the rate that the camera was
    asked for, 0 where that is not known.
    """

    def __init__(self, settings: HealthSettings, live: bool, fps: float = 0.0) -> None:
        self._settings = settings
        self._live = live
        self._fps = fps
        self._picture, self._stall, self._loss, self._rate = (
            Spell(HOLD_SHARE * settings.blind_after_seconds, settings) for _ in range(4)
        )
        # These look at a stretch of time themselves, or at its end.
        self._stall.hold_seconds = self._loss.hold_seconds = self._rate.hold_seconds = 0.0
        self._window = HOLD_SHARE * settings.blind_after_seconds
        self._shots: deque[tuple[float, bool]] = deque()
        self._counts: deque[tuple[float, int]] = deque()
        self._freeze = Freeze(settings)
        self._onset = Onset(settings.moved_below)
        self._last_frame_s: float | None = None
        self._now: float | None = None

    def update(
        self,
        facts: FrameFacts | None,
        now: float,
        captured: int | None = None,
        *,
        alarm: bool = False,
    ) -> tuple[Condition, ...]:
        """Take in a frame's figures at `now`, in seconds; None for a frame that was lost.

        `captured` is how many frames the camera has taken so far, those left out counted in.
        `alarm` says that an alarm stands: smoke that hides the scene is no news then.
        Returns what is wrong with the camera at this moment.
        """
        self._pass_time(now)
        self._note_shot(now, facts is None)
        if facts is not None:
            self._last_frame_s = now
            self._stall.good(now)
            self._look(facts, now, alarm)
        if captured is not None:
            self._note_rate(now, captured)
        return self.tick(now)

    def tick(self, now: float) -> tuple[Condition, ...]:
        """Take in that it is `now`, though no frame came; return what is wrong."""
        self._pass_time(now)
        if self._last_frame_s is None:
            self._last_frame_s = now
        if self._live and now - self._last_frame_s >= self._window:
            self._stall.bad("camera-stalled", now, self._last_frame_s)
        # Frames that do not come are lost as well: that is told once.
        lost = () if self._stall.told else (self._loss, self._rate)
        spells = (self._stall, self._picture, *lost)
        return tuple(
            Condition("trouble", spell.told, PROBLEMS[spell.told], spell.since_s)
            for spell in spells
            if spell.told is not None
        )

    def _look(self, facts: FrameFacts, now: float, alarm: bool) -> None:
        self._freeze.take(facts, now)
        self._onset.take(facts.likeness, now)
        sudden = self._onset.sudden
        told = self._picture.told
        fault = verdict(facts, self._settings, told, sudden=sudden)
        explained = fault in EXPLAINED or (fault == "camera-covered" and not sudden)
        if alarm and explained and told is None:
            return
        if fault is not None:
            self._picture.bad(fault, now)
        elif self._freeze.since_s is not None and "camera-frozen" not in self._settings.ignore:
            self._picture.bad("camera-frozen", now, self._freeze.since_s)
        else:
            self._picture.good(now)

    def _pass_time(self, now: float) -> None:
        if self._now is not None and now < self._now:
            # Another recording, or the same one again: its times count from its own start.
            self._shots.clear()
            self._counts.clear()
            self._last_frame_s = now
            self._freeze.restart()
            self._onset.restart()
            for spell in (self._stall, self._loss, self._picture, self._rate):
                spell.restart(now)
        self._now = now

    def _note_shot(self, now: float, lost: bool) -> None:
        self._shots.append((now, lost))
        while self._shots[-1][0] - self._shots[0][0] > self._window:
            self._shots.popleft()
        missed = sum(lost for _, lost in self._shots) / len(self._shots)
        if self._live and missed == 1:
            return  # that is a stall, and told as one
        first_s = next((at for at, lost in self._shots if lost), now)
        if len(self._shots) > 1 and missed > self._settings.most_lost:
            if now - first_s >= self._window / 2:
                self._loss.bad("camera-lost", now, first_s)
        elif not lost:
            self._loss.good(now)

    def _note_rate(self, now: float, captured: int) -> None:
        if not self._live or not self._fps or "camera-rate" in self._settings.ignore:
            return
        if self._counts and captured < self._counts[-1][1]:
            self._counts.clear()  # the camera was opened anew
        self._counts.append((now, captured))
        while len(self._counts) > 2 and now - self._counts[1][0] >= self._window:
            self._counts.popleft()
        began_s, first = self._counts[0]
        if now - began_s < self._window:
            return
        share = (captured - first) / (now - began_s) / self._fps
        if share < self._settings.least_rate or share * self._settings.least_rate > 1:
            self._rate.bad("camera-rate", now, began_s)
        else:
            self._rate.good(now)
