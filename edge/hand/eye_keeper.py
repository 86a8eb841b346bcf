"""EyeKeeper: has an eye running, and notices by its own deadlines when it has none."""

import selectors
from collections.abc import Callable
from pathlib import Path

from edge.contract.condition import Condition
from edge.hand.eye_child import EyeChild
from edge.hand.retries import Retries
from edge.link.report import EyeEnd, EyeHello, FrameReport, Told
from edge.link.wire import WireError

# Python, the runtime, the model and the camera: some seconds on a Pi with a slow card.
START_SECONDS = 60.0
# A process that SIGKILL has not ended by then sits in a driver.
DEATH_SECONDS = 5.0
# Eyes that cannot be ended hold camera and memory: more of them would help nobody.
MOST_DYING = 3
# What an eye's end is called by the stage that it failed in.
SOURCES = {"camera": "camera-lost", "model": "model-failed"}


class EyeKeeper:
    """Starts the eye, hears it, kills it when it is silent, and starts it again.

    `start` starts an eye with a bundle; `silent_seconds` is how long it may say nothing;
    `hear` gets what it says; `lost` is told in words that, and why, there is none now.
    No call ever waits for the eye.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        retries: Retries,
        start: Callable[[Path], EyeChild],
        silent_seconds: float,
        hear: Callable[[Told], None],
        lost: Callable[[str, str], None],
    ) -> None:
        self.retries = retries
        self.restarts = 0
        self._selector = selector
        self._start = start
        self._silent_seconds = silent_seconds
        self._hear = hear
        self._lost = lost
        self._eye: EyeChild | None = None
        self._stage = "start"
        self._heard_s = 0.0
        self._dying: dict[EyeChild, float] = {}
        self._now = 0.0
        self._fault: Condition | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id of the eye, if there is one."""
        return None if self._eye is None else self._eye.pid

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return what a person should know of the eye."""
        found = () if self._fault is None else (self._fault,)
        return (*found, *self.retries.conditions, *self._stuck)

    @property
    def _stuck(self) -> tuple[Condition, ...]:
        stuck = [eye for eye, since in self._dying.items() if self._now - since > DEATH_SECONDS]
        if not stuck:
            return ()
        pids = ", ".join(str(eye.pid) for eye in stuck)
        problem = f"process {pids} cannot be ended: it sits in a driver, a power cycle helps"
        return (Condition("supervisory", "eye-unkillable", problem),)

    def begin(self, now: float) -> None:
        """Start the eye."""
        self.retries.started()
        self._stage, self._heard_s = "start", now
        try:
            self._eye = self._start(self.retries.bundle)
        except OSError as error:
            self._fail("eye-crashed", f"the eye cannot be started: {error.strerror}", now)
            return
        self._selector.register(self._eye.socket, selectors.EVENT_READ, self)

    def ready(self, now: float) -> None:
        """Hear what the eye said."""
        if self._eye is None:
            return
        try:
            messages = self._eye.receive()
        except WireError as error:
            self._fail("eye-crashed", error.line(), now)
            return
        if messages is None:
            self._fail("eye-crashed", f"the eye is gone: {self._eye.how()}", now)
            return
        for told in messages:
            self._take(told, now)

    def tick(self, now: float) -> None:
        """Notice silence; bury the dead; start the eye again when that is due."""
        self._now = now
        self._dying = {eye: since for eye, since in self._dying.items() if not eye.gone()}
        if self._eye is not None:
            allowed = START_SECONDS if self._stage == "start" else self._silent_seconds
            if now - self._heard_s >= allowed:
                words = f"nothing came from the eye for {now - self._heard_s:.1f} s"
                self._fail("eye-silent", words, now)
        due = self.retries.due_s
        if self._eye is None and due is not None and now >= due and len(self._dying) < MOST_DYING:
            self.restarts += 1
            self.begin(now)

    def stop(self) -> None:
        """End the eye for good."""
        self._let_go(self._now)
        self.retries.due_s = None

    def _take(self, told: Told, now: float) -> None:
        if self._eye is None:
            return
        self._heard_s = now
        if isinstance(told, EyeHello):
            self._stage = "hello"
        elif isinstance(told, FrameReport):
            self._stage = "watch"
            if told.scores is not None:
                self._fault = None
                self.retries.saw(now)
        self._hear(told)
        if isinstance(told, EyeEnd) and self._eye is not None:
            source = SOURCES.get(told.stage, "eye-crashed")
            blames = told.stage != "camera"
            self._fail(source, told.problem or "the eye ended", now, blames_model=blames)

    def _fail(self, source: str, problem: str, now: float, *, blames_model: bool = True) -> None:
        self._let_go(now)
        self.retries.failed(now, blames_model=blames_model)
        self._fault = Condition("trouble", source, problem, now)
        self._lost(source, problem)

    def _let_go(self, now: float) -> None:
        if self._eye is not None:
            if self._eye.socket.fileno() >= 0:
                self._selector.unregister(self._eye.socket)
            self._eye.kill()
            self._dying[self._eye] = now
            self._eye = None
