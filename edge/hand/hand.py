"""Hand: the process that decides and drives the lines; one loop that waits for nobody."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from edge.contract.condition import Condition
from edge.contract.errors import EmberwatchError
from edge.contract.labels import Labels
from edge.hand.album import Album
from edge.hand.camera_care import CameraCare
from edge.hand.eye_failed import EyeFailed
from edge.hand.eye_keeper import EyeKeeper
from edge.hand.gear import Gear
from edge.hand.journal import Journal
from edge.hand.judge import Judge, Verdict
from edge.hand.keepsake import Keepsake
from edge.hand.lines import Lines
from edge.hand.moment import Moment
from edge.hand.patience import silence_seconds
from edge.hand.stop import StopRequest
from edge.hand.summary import Summary, Tallies
from edge.link.report import EyeEnd, EyeHello, EyeReference, FrameReport, Told
from edge.store.ticket import Ticket

TICK_SECONDS = 0.1
REFERENCE_FILE = "reference.bin"
# Before it, the clock was never set: times of the day mean nothing.
FIRST_YEAR = 2025


class Hand:
    """Hears the eye, decides, drives the lines and logs what changed.

    Whatever goes wrong, the lines come first and the log after them; the trouble line drops
    on every fault. Of a live camera every failure is a trouble; of a recording, the end.
    """

    def __init__(self, gear: Gear, detail: Mapping[str, Any] | None = None) -> None:
        self.gear = gear
        self.tallies = Tallies()
        self.hello: EyeHello | None = None
        self.last: FrameReport | None = None
        self.journal = Journal(gear.scribe.event, gear.wall)
        self.album = Album(gear.scribe)
        self._lines = Lines(gear.outputs)
        self._keepsake = Keepsake(gear.scribe, self.album.recorder, gear.latch)
        self.keeper = EyeKeeper(
            gear.selector,
            gear.retries,
            lambda bundle, why: gear.start(bundle, why, self._reference),
            silence_seconds(gear.config, gear.fast),
            self._hear,
            self._lost,
            gear.clock,
        )
        # Until the model has said its labels, a judge that knows of the rules' classes alone.
        self.judge = self._judge_of(Labels(gear.config.alarm.hazard), not gear.recorded, 0.0)
        self.judge.tick(self.now())
        self._detail = dict(detail or {})
        self._care = CameraCare()
        self._reference = gear.reference
        self._own = {one.source: one for one in gear.troubles}
        self._around: tuple[Condition, ...] = ()
        self.began_s = gear.clock()
        self._known = gear.latch is not None
        self.every_tick: list[Callable[[float], None]] = []
        self._ended: str | None = None
        self._error: EmberwatchError | None = None
        self._max_frames: int | None = None

    def now(self) -> float:
        """Return the time on the judge's clock: the monotonic one, or the recording's."""
        return (self.tallies.last_s or 0.0) if self.gear.recorded else self.gear.clock()

    def run(self, stop: StopRequest, max_frames: int | None = None) -> Summary:
        """Watch until a recording ends, a stop is requested or `max_frames` were looked at.

        Raises:
            EmberwatchError: a recording cannot be looked at, or the rules do not fit the model.
        """
        self._max_frames = max_frames
        ended_by = "a fault"
        try:
            ended_by = self._loop(stop)
        finally:
            self._stop(ended_by)
        return self.tallies.summary(ended_by)

    def add(self, condition: Condition) -> None:
        """Hold a condition for as long as the hand lives."""
        self._own[condition.source] = condition

    def hold(self, source: str, condition: Condition | None) -> None:
        """Hold a condition, or let it go."""
        if condition is not None:
            self._own[source] = condition
        else:
            self._own.pop(source, None)

    def looked_after(self) -> list[Ticket]:
        """Note that a person has looked: an alarm that may have been lost is no matter now."""
        if self._own.pop("latch-lost", None) is None:
            return []
        return [self._keepsake.write(self.judge.policy.latch)]

    def settle(self) -> list[Ticket]:
        """Set the lines for the verdict that holds now; return what is being written of it."""
        return self._settle(self.judge.verdict, {}, None)

    def tick(self, now: float) -> None:
        """Let time pass: notice silence, play the buzzer, look after everything around."""
        gear = self.gear
        self.keeper.tick()
        gear.sides.tick()
        before, self._around = self._around, self._surroundings(now)
        if not gear.recorded and (self._known or now - self.began_s >= self._patience()):
            self._settle(self.judge.tick(now, self._local()), {}, None)
        elif self._known and before != self._around:
            self.settle()
        self._lines.tick(now)
        state = self.judge.verdict.state
        if self._known:
            self.album.history.add(now, gear.wall().timestamp(), state.hazard, self.journal.name)
        for each in self.every_tick:
            each(now)
        reason = self._care.due(self.judge.verdict.conditions, now)
        if reason is not None and not gear.recorded:
            self.keeper.tell({"kind": "restart-camera", "reason": reason})

    def _loop(self, stop: StopRequest) -> str:
        gear = self.gear
        self.keeper.begin()
        if self._known:
            self._around = self._surroundings(gear.clock())
            self.settle()
        gear.notifier.ready()
        next_tick = gear.clock()
        while self._ended is None:
            if stop.signal is not None:
                return stop.signal.name
            for key, events in gear.selector.select(max(0.0, next_tick - gear.clock())):
                key.data.ready(key, events)
            now = gear.clock()
            if now >= next_tick:
                next_tick = now + min(TICK_SECONDS, gear.outputs.wait_seconds(now) or TICK_SECONDS)
                self.tick(now)
            if self._error is not None:
                raise self._error
        return self._ended

    def _hear(self, told: Told) -> None:
        if self._ended is not None or self._error is not None:
            return
        if isinstance(told, EyeHello):
            self._greet(told)
        elif isinstance(told, FrameReport):
            self._take(told)
        elif isinstance(told, EyeReference):
            self._reference = told.data
            self.gear.scribe.file(REFERENCE_FILE, told.data)
        elif isinstance(told, EyeEnd):
            self._end(told)

    def _greet(self, hello: EyeHello) -> None:
        if self.hello is None or self.judge.labels.names != hello.labels:
            try:
                self.judge = self._judge_of(Labels(hello.labels), hello.live, hello.fps)
            except EmberwatchError as error:
                if self.hello is None:
                    self._fail(error)
                else:
                    self.keeper.refuse(error.line())
                return
        model = {"bundle": hello.model, "digest": hello.digest, "runtime": hello.runtime}
        if self.hello is None:
            self.journal.note("started", {**self._detail, **model, "camera": hello.camera})
        elif hello.digest != self.hello.digest:
            self.journal.note("model_changed", {**model, "from": self.hello.model})
        self.hello = hello

    def _take(self, report: FrameReport) -> None:
        gear, tallies, judge = self.gear, self.tallies, self.judge
        self._known = True
        self.last = report
        tallies.count(report, gear.clock())
        self.journal.at_frame(report.time_s)
        now = self.now()
        verdict = judge.take(report, now, self._local())
        scores: dict[str, float] = {}
        if report.scores is not None:
            scores = dict(zip(judge.labels.names, report.scores, strict=True))
        rules = judge.policy.rules
        self.album.see(report, rules, scores, now, gear.wall(), self.journal.name)
        self._settle(verdict, scores, report)
        if judge.fresh and not self._lines.conditions:
            self._lines.beat()
            gear.notifier.progress(gear.clock())
        if tallies.frames == self._max_frames:
            self._ended = f"--max-frames {self._max_frames}"

    def _end(self, end: EyeEnd) -> None:
        if end.problem is None and self.gear.recorded:
            self._ended = "the end of the recording"
        elif end.problem is not None and (
            self.gear.recorded or (end.exit_code == 2 and self.hello is None)
        ):
            self._fail(EyeFailed(end.problem, end.exit_code))

    def _lost(self, fault: Condition) -> None:
        if self._ended is not None or self._error is not None:
            return
        if self.gear.fast:
            self._fail(EyeFailed(fault.problem, 1))
            return
        if self.hello is None and self.keeper.restarts == 0:
            self.journal.note("started", self._detail)
        self.journal.note("restarted", {"what": "the eye", "why": fault.problem})
        self._known = True
        self._settle(self.judge.miss(fault.problem, self.now()), {}, None)

    def _fail(self, error: EmberwatchError) -> None:
        self._error = error
        self._drop()
        source = "start" if self.hello is None else "watch"
        self._own[source] = Condition("trouble", source, error.line())
        self.journal.conditions((*self._own.values(), *self._lines.conditions))

    def _settle(
        self, verdict: Verdict, scores: Mapping[str, float], report: FrameReport | None
    ) -> list[Ticket]:
        """Set the lines, then log; return the tickets of what must not be lost."""
        gear = self.gear
        shown = verdict.joined((*self._mine(), *self._around))
        moved = self._lines.show(shown.state)
        changed = self.journal.conditions(shown.conditions)
        ticket = self.journal.state(shown.state, scores)
        if ticket is not None and shown.state.name == "alarm":
            self.album.recorder.alarm(ticket, self.now())
            if self.tallies.alarm_at_s is None:
                self.tallies.alarm_at_s = self.tallies.last_s
        self.journal.moved(moved, shown.state.hazard)
        latch = None if gear.fast else self._keepsake.latch(self.judge.policy.latch)
        strange = any(one.source == "out-of-depth" for one in shown.conditions)
        self._keepsake.strange(strange, self.now(), self.hello.digest if self.hello else "")
        if changed or ticket is not None:
            gear.notifier.status(_words(shown))
            if shown.state.trouble is not None:
                gear.notifier.blind()
        if report is not None:
            moment = (report.number, report.time_s, shown.state, scores, tuple(moved))
            gear.on_moment(Moment(*moment, report.invoke_ms))
        elif changed or ticket is not None:
            gear.on_news(shown.state, moved)
        return [one for one in (ticket, latch) if one is not None]

    def _mine(self) -> tuple[Condition, ...]:
        return (*self._own.values(), *self._lines.conditions, *self.keeper.conditions)

    def _surroundings(self, now: float) -> tuple[Condition, ...]:
        found = [*self.gear.scribe.conditions(now), *self.gear.sides.conditions]
        if self.gear.wall().year < FIRST_YEAR:
            problem = "the clock is not set, so the times of events are wrong, and schedules too"
            found.append(Condition("supervisory", "clock", problem))
        return tuple(found)

    def _judge_of(self, labels: Labels, live: bool, fps: float) -> Judge:
        gear = self.gear
        before = getattr(self, "judge", None)
        latch = gear.latch if before is None else before.policy.latch
        zones = gear.zones if before is None else before.policy.zones
        return Judge(gear.config, labels, live, latch, zones=zones, fps=fps)

    def _patience(self) -> float:
        return self.gear.config.health.blind_after_seconds

    def _local(self) -> datetime:
        return self.gear.wall().astimezone()

    def _stop(self, ended_by: str) -> None:
        self._drop()
        self.gear.notifier.stopping()
        self.keeper.stop()
        counts = {"frames": self.tallies.frames, "dropped": self.tallies.dropped}
        if self.hello is not None:
            self.journal.note("stopped", {"by": ended_by, **counts})

    def _drop(self) -> None:
        self.journal.moved(self._lines.drop(), None)


def _words(verdict: Verdict) -> str:
    state = verdict.state
    parts = [state.name, *filter(None, (state.trouble, state.supervisory))]
    return ": ".join(parts)
