"""Watch: the loop from camera to alarm lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from edge.alarm.outputs import AlarmOutputs, Moved
from edge.alarm.policy import AlarmPolicy
from edge.alarm.state import AlarmState
from edge.camera.camera import Camera, LostFrame, Shot
from edge.contract.errors import EmberwatchError, GpioError
from edge.inference.classifier import Classifier
from edge.inference.prediction import Frame, Prediction
from edge.service.moment import Moment
from edge.service.stop import StopRequest
from edge.store.backlog import Backlog
from edge.store.event import Event, Kind


@dataclass(frozen=True)
class Summary:
    """How a watch went: why it ended, what it saw, and when the first alarm was raised."""

    ended_by: str
    frames: int
    dropped: int
    lost: int
    last_s: float | None
    alarm_at_s: float | None


class Watch:
    """Classifies each frame, decides, drives the lines and logs what changed.

    Whatever goes wrong, the lines come first and the log after them; the trouble line drops
    on every fault. `on_frame` is told of every frame. `now` returns the wall clock's time.
    """

    def __init__(
        self,
        camera: Camera,
        classifier: Classifier,
        policy: AlarmPolicy,
        outputs: AlarmOutputs,
        events: Backlog,
        on_frame: Callable[[Moment], object] = lambda _moment: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._camera = camera
        self._classifier = classifier
        self._policy = policy
        self._outputs = outputs
        self._events = events
        self._on_frame = on_frame
        self._now = now
        self._name = "starting"
        self._troubles: dict[str, str] = {}
        self._frames = self._lost = 0
        self._last_s: float | None = None
        self._alarm_at_s: float | None = None

    def run(
        self,
        stop: StopRequest,
        max_frames: int | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> Summary:
        """Watch until the camera ends, a stop is requested or `max_frames` were looked at.

        `detail` goes into the event that says that the watch started.

        Raises:
            EmberwatchError: the camera, the model or the pins failed; all lines are dropped.
        """
        self._log("started", detail or {})
        self._events.flush()
        self._set_trouble("event log", self._events.problem)
        ended_by = "a fault"
        try:
            ended_by = self._loop(stop, max_frames)
        except EmberwatchError as error:
            self._fail(error)
            raise
        except Exception as error:
            fault = EmberwatchError(
                f"the watch stopped on an unforeseen fault: {type(error).__name__}: {error}",
                next_step="run it with --debug for the traceback, and report it",
            )
            self._fail(fault)
            raise fault from error
        finally:
            self._stop(ended_by)
        return self._summary(ended_by)

    def _loop(self, stop: StopRequest, max_frames: int | None) -> str:
        for shot in self._camera.frames():
            if stop.signal is not None:
                return stop.signal.name
            self._look(shot)
            self._frames += 1
            if self._frames == max_frames:
                return f"--max-frames {max_frames}"
        return stop.signal.name if stop.signal is not None else "the end of the recording"

    def _look(self, shot: Shot) -> None:
        self._last_s = shot.time_s
        prediction, invoke_ms = None, 0.0
        if isinstance(shot, LostFrame):
            self._lost += 1
            state = self._policy.miss(shot.problem)
        else:
            prediction, invoke_ms = self._classify(shot)
            state = self._policy.update(prediction, shot.time_s)
        self._set_trouble("frame", state.trouble)
        shown, moved = self._settle(state, prediction)
        self._on_frame(Moment(shot, prediction, shown, tuple(moved), invoke_ms))

    def _classify(self, frame: Frame) -> tuple[Prediction, float]:
        pixels = self._classifier.tensor(frame.rgb)
        started = perf_counter()
        prediction = self._classifier.classify_tensor(pixels, frame.time_s)
        return prediction, (perf_counter() - started) * 1e3

    def _settle(
        self, state: AlarmState, prediction: Prediction | None
    ) -> tuple[AlarmState, list[Moved]]:
        """Set the lines, then log; a log that fails in doing so is a trouble to show too."""
        moved: list[Moved] = []
        while True:
            shown = replace(state, trouble=self._trouble())
            fresh = self._outputs.show(shown)
            self._change(shown, prediction)
            self._log_moves(fresh, shown.hazard)
            moved += fresh
            self._events.flush()
            self._set_trouble("event log", self._events.problem)
            if self._trouble() == shown.trouble:
                return shown, moved

    def _change(self, state: AlarmState, prediction: Prediction | None) -> None:
        if state.name == self._name:
            return
        scores = {} if prediction is None else dict(prediction.ranked())
        detail = {"from": self._name, "to": state.name, "scores": scores}
        self._name = state.name
        if state.name == "alarm" and self._alarm_at_s is None:
            self._alarm_at_s = self._last_s
        self._log("state_changed", detail, state.hazard)

    def _trouble(self) -> str | None:
        return "; ".join(self._troubles.values()) or None

    def _set_trouble(self, source: str, problem: str | None) -> None:
        if problem == self._troubles.get(source):
            return
        if problem is None:
            del self._troubles[source]
            self._log("trouble_cleared", {"source": source})
        else:
            self._troubles[source] = problem
            self._log("trouble", {"source": source, "problem": problem})

    def _fail(self, error: EmberwatchError) -> None:
        self._drop()
        self._set_trouble("watch", error.line())

    def _stop(self, ended_by: str) -> None:
        self._drop()
        dropped = self._camera.dropped
        self._log("stopped", {"by": ended_by, "frames": self._frames, "dropped": dropped})
        self._events.flush()

    def _drop(self) -> None:
        try:
            self._log_moves(self._outputs.drop(), None)
        except GpioError as error:
            self._set_trouble("pins", error.line())

    def _log_moves(self, moved: Sequence[Moved], hazard: float | None) -> None:
        for line, on in moved:
            self._log("line_moved", {"line": line, "on": on}, hazard)

    def _log(self, kind: Kind, detail: Mapping[str, Any], hazard: float | None = None) -> None:
        at_s = self._last_s
        self._events.add(Event(self._now(), kind, self._name, at_s, hazard, detail))

    def _summary(self, ended_by: str) -> Summary:
        return Summary(
            ended_by=ended_by,
            frames=self._frames,
            dropped=self._camera.dropped,
            lost=self._lost,
            last_s=self._last_s,
            alarm_at_s=self._alarm_at_s,
        )
