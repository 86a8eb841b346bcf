"""Hand: the process that decides and drives the lines; one loop that waits for nobody."""

import selectors
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from edge.alarm.outputs import AlarmOutputs, Moved
from edge.contract.condition import Condition
from edge.contract.errors import EmberwatchError, GpioError
from edge.contract.labels import Labels
from edge.hand.eye_child import EyeChild
from edge.hand.eye_keeper import EyeKeeper
from edge.hand.journal import Journal
from edge.hand.judge import Judge, Verdict
from edge.hand.moment import Moment
from edge.hand.retries import Retries
from edge.hand.stop import StopRequest
from edge.hand.summary import Summary
from edge.link.report import EyeEnd, EyeHello, FrameReport, Told
from edge.store.backlog import Backlog

TICK_SECONDS = 0.1


class EyeFailed(EmberwatchError):
    """The eye could not look, or no longer."""

    def __init__(self, problem: str, exit_code: int) -> None:
        super().__init__(problem)
        self.exit_code = exit_code


class Hand:
    """Hears the eye, decides, drives the lines and logs what changed.

    Whatever goes wrong, the lines come first and the log after them; the trouble line drops
    on every fault. `judge` makes the judge once the model's labels are known; `endless` says
    that the camera is a live one, whose failures are troubles and not the end. `clock`
    returns seconds that nobody sets.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        retries: Retries,
        start: Callable[[Path], EyeChild],
        judge: Callable[[Labels], Judge],
        outputs: AlarmOutputs,
        journal: Journal,
        backlog: Backlog,
        *,
        endless: bool,
        silent_seconds: float,
        detail: dict[str, Any] | None = None,
        on_moment: Callable[[Moment], object] = lambda _moment: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._selector = selector
        self._make_judge = judge
        self._outputs = outputs
        self._journal = journal
        self._backlog = backlog
        self._endless = endless
        self._detail = detail or {}
        self._on_moment = on_moment
        self._clock = clock
        self.keeper = EyeKeeper(selector, retries, start, silent_seconds, self._hear, self._lost)
        self._judge: Judge | None = None
        self._hello: EyeHello | None = None
        self._own: dict[str, Condition] = {}
        self._ended: str | None = None
        self._error: EmberwatchError | None = None
        self._max_frames: int | None = None
        self._frames = self._lost_frames = self._dropped = 0
        self._last_s: float | None = None
        self._alarm_at_s: float | None = None

    def run(self, stop: StopRequest, max_frames: int | None = None) -> Summary:
        """Watch until a recording ends, a stop is requested or `max_frames` were looked at.

        Raises:
            EmberwatchError: the eye cannot look, and not for a while only.
        """
        self._max_frames = max_frames
        ended_by = "a fault"
        try:
            ended_by = self._loop(stop)
        finally:
            self._stop(ended_by)
        return self._summary(ended_by)

    def _loop(self, stop: StopRequest) -> str:
        self.keeper.begin(self._clock())
        next_tick = self._clock()
        while self._ended is None:
            if stop.signal is not None:
                return stop.signal.name
            for key, _events in self._selector.select(max(0.0, next_tick - self._clock())):
                key.data.ready(self._clock())
            now = self._clock()
            if now >= next_tick:
                next_tick = now + TICK_SECONDS
                self._tick(now)
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
        elif isinstance(told, EyeEnd):
            self._end(told)

    def _greet(self, hello: EyeHello) -> None:
        if self._judge is None or self._judge.labels.names != hello.labels:
            try:
                self._judge = self._make_judge(Labels(hello.labels))
            except EmberwatchError as error:
                self._fail(error)
                return
        if self._hello is None:
            model = {"bundle": hello.model, "digest": hello.digest, "runtime": hello.runtime}
            self._journal.note("started", {**self._detail, **model, "camera": hello.camera})
        self._hello = hello

    def _take(self, report: FrameReport) -> None:
        if self._judge is None:
            return
        self._frames += 1
        self._last_s = report.time_s
        self._dropped = report.dropped
        self._lost_frames += report.problem is not None
        self._journal.at_frame(report.time_s)
        scores = {}
        if report.scores is not None:
            scores = dict(zip(self._judge.labels.names, report.scores, strict=True))
        self._settle(self._judge.take(report, report.time_s), scores, report)
        if self._frames == self._max_frames:
            self._ended = f"--max-frames {self._max_frames}"

    def _end(self, end: EyeEnd) -> None:
        if end.problem is None:
            self._ended = "the end of the recording"
        elif not self._endless:
            self._fail(EyeFailed(end.problem, end.exit_code))

    def _lost(self, source: str, problem: str) -> None:
        if self._ended is not None or self._error is not None:
            return
        if not self._endless:
            self._fail(EyeFailed(problem, 1))
        elif self._judge is not None:
            verdict = self._judge.miss(problem, self._last_s or 0.0)
            self._settle(verdict, {}, None)

    def _fail(self, error: EmberwatchError) -> None:
        self._error = error
        self._drop()
        source = "start" if self._hello is None else "watch"
        self._own[source] = Condition("trouble", source, error.line())
        self._journal.conditions(self._own.values())

    def _tick(self, now: float) -> None:
        self.keeper.tick(now)

    def _settle(
        self, verdict: Verdict, scores: dict[str, float], report: FrameReport | None
    ) -> None:
        """Set the lines, then log."""
        shown = verdict.joined((*self._own.values(), *self.keeper.conditions))
        moved: list[Moved] = []
        try:
            moved = self._outputs.show(shown.state)
            self._own.pop("pins", None)
        except GpioError as error:
            self._own["pins"] = Condition("trouble", "pins", error.line())
        self._journal.conditions(shown.conditions)
        changed = self._journal.state(shown.state, scores)
        if changed and shown.state.name == "alarm" and self._alarm_at_s is None:
            self._alarm_at_s = self._last_s
        self._journal.moved(moved, shown.state.hazard)
        self._backlog.flush()
        if self._backlog.problem is None:
            self._own.pop("event-log", None)
        else:
            self._own["event-log"] = Condition("supervisory", "event-log", self._backlog.problem)
        if report is not None:
            moment = (report.number, report.time_s, shown.state, scores, tuple(moved))
            self._on_moment(Moment(*moment, report.invoke_ms))

    def _stop(self, ended_by: str) -> None:
        self._drop()
        self.keeper.stop()
        counts = {"frames": self._frames, "dropped": self._dropped}
        if self._hello is not None:
            self._journal.note("stopped", {"by": ended_by, **counts})
        self._backlog.flush()

    def _drop(self) -> None:
        try:
            self._journal.moved(self._outputs.drop(), None)
        except GpioError as error:
            self._own["pins"] = Condition("trouble", "pins", error.line())
            self._journal.conditions(self._own.values())

    def _summary(self, ended_by: str) -> Summary:
        return Summary(
            ended_by=ended_by,
            frames=self._frames,
            dropped=self._dropped,
            lost=self._lost_frames,
            last_s=self._last_s,
            alarm_at_s=self._alarm_at_s,
        )
