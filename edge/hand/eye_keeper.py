"""EyeKeeper: has an eye running, and notices by its own deadlines when it has none."""

import selectors
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.contract.condition import Condition
from edge.hand.eye_child import EyeChild
from edge.hand.retries import Retries
from edge.link.report import EyeEnd, EyeHello, FrameReport, Told
from edge.link.wire import WireError

# Python, the runtime, the model and the camera: some seconds on a Pi with a slow card.
START_SECONDS = 60.0
# A process that SIGKILL has not ended by then sits in a driver.
DEATH_SECONDS = 5.0
# Between an eye's hanging up and the kernel's word of how it ended.
BURIAL_SECONDS = 0.3
# Eyes that cannot be ended hold camera and memory: more of them would help nobody.
MOST_DYING = 3
# What an eye's end is called by the stage that it failed in.
SOURCES = {"camera": "camera-lost", "model": "model-failed"}


class EyeKeeper:
    """Starts the eye, hears it, kills it when it is silent, and starts it again.

    `start` starts an eye with a bundle, and is told why; `silent_seconds` is how long it may
    say nothing; `hear` gets what it says; `lost` is told that there is none now, and why.
    `clock` returns the monotonic clock's seconds. No call ever waits for the eye.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        retries: Retries,
        start: Callable[[Path, str], EyeChild],
        silent_seconds: float,
        hear: Callable[[Told], None],
        lost: Callable[[Condition], None],
        clock: Callable[[], float],
    ) -> None:
        self.retries = retries
        self.restarts = 0
        self._selector = selector
        self._start = start
        self._silent_seconds = silent_seconds
        self._hear = hear
        self._lost = lost
        self._clock = clock
        self._eye: EyeChild | None = None
        self._stage = "start"
        self._live = False
        self._heard_s = self._saw_s = 0.0
        self._hung_up_s: float | None = None
        self._dying: dict[EyeChild, float] = {}
        self._fault: Condition | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return what a person should know of the eye."""
        found = () if self._fault is None else (self._fault,)
        return (*found, *self.retries.conditions, *self._stuck())

    def begin(self, why: str = "start") -> None:
        """Start the eye."""
        now = self._clock()
        self.retries.started()
        self._stage, self._live, self._hung_up_s = "start", False, None
        self._heard_s = now
        try:
            self._eye = self._start(self.retries.bundle, why)
        except OSError as error:
            self._fail("eye-crashed", f"the eye cannot be started: {error.strerror}")
            return
        self._selector.register(self._eye.socket, selectors.EVENT_READ, self)

    def ready(self, key: selectors.SelectorKey, _events: int) -> None:
        """Hear what the eye said."""
        if self._eye is None or key.fileobj is not self._eye.socket:
            return
        try:
            messages = self._eye.receive()
        except WireError as error:
            self._fail("eye-crashed", error.line())
            return
        if messages is None:
            # How it ended is known a moment later, when the kernel has buried it.
            self._selector.unregister(self._eye.socket)
            self._hung_up_s = self._clock()
            return
        for told in messages:
            if self._eye is not None:
                self._take(told)

    def tick(self) -> None:
        """Notice silence; bury the dead; start the eye again when that is due."""
        now = self._clock()
        self._dying = {eye: since for eye, since in self._dying.items() if not eye.gone()}
        if self._eye is not None and self._hung_up_s is not None:
            if self._eye.gone() or now - self._hung_up_s >= BURIAL_SECONDS:
                self._fail("eye-crashed", f"the eye is gone: {self._eye.how()}")
        elif self._eye is not None:
            allowed = START_SECONDS if self._stage == "start" else self._silent_seconds
            if now - self._heard_s >= allowed:
                words = f"nothing came from the eye for {now - self._heard_s:.1f} s"
                self._fail("eye-silent", words)
            elif self._live and now - self._saw_s >= self.retries.lost_seconds:
                words = f"no picture for {now - self._saw_s:.0f} s, so another process tries"
                self._fail("camera-lost", words, blames_model=False)
        due = self.retries.due_s
        if self._eye is None and due is not None and now >= due and len(self._dying) < MOST_DYING:
            self.restarts += 1
            self.begin("crash" if self._fault is None else self._fault.problem)

    def tell(self, header: dict[str, Any]) -> None:
        """Say something to the eye; if it does not listen, that shows elsewhere."""
        if self._eye is not None:
            self._eye.tell(header)

    def refuse(self, problem: str) -> None:
        """Let the eye go, because its model is of no use."""
        self._fail("model-failed", problem)

    def stop(self) -> None:
        """End the eye for good."""
        self._let_go()
        self.retries.due_s = None

    def _take(self, told: Told) -> None:
        self._heard_s = self._clock()
        if isinstance(told, EyeHello):
            self._stage, self._live = "hello", told.live
        if isinstance(told, EyeHello) or (isinstance(told, FrameReport) and not told.problem):
            self._saw_s = self._heard_s
        if isinstance(told, FrameReport) and (told.scores is not None or told.tile is not None):
            self._fault = None
            self.retries.saw(self._heard_s)
        self._hear(told)
        if isinstance(told, EyeEnd) and self._eye is not None:
            source = SOURCES.get(told.stage, "eye-crashed")
            blames = told.stage != "camera"
            self._fail(source, told.problem or "the eye ended", blames_model=blames)

    def _fail(self, source: str, problem: str, *, blames_model: bool = True) -> None:
        now = self._clock()
        self._let_go()
        self.retries.failed(now, blames_model=blames_model)
        self._fault = Condition("trouble", source, problem, now)
        self._lost(self._fault)

    def _let_go(self) -> None:
        if self._eye is not None:
            if self._hung_up_s is None:
                self._selector.unregister(self._eye.socket)
            self._eye.kill()
            self._dying[self._eye] = self._clock()
            self._eye = None

    def _stuck(self) -> tuple[Condition, ...]:
        now = self._clock()
        stuck = [eye for eye, since in self._dying.items() if now - since > DEATH_SECONDS]
        if not stuck:
            return ()
        pids = ", ".join(str(eye.pid) for eye in stuck)
        problem = f"process {pids} cannot be ended: it sits in a driver, a power cycle helps"
        return (Condition("supervisory", "eye-unkillable", problem),)
