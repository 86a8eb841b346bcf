"""Gear: what the hand works with."""

import selectors
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from edge.alarm.latch import Latch
from edge.alarm.outputs import AlarmOutputs, Moved
from edge.alarm.state import AlarmState
from edge.alarm.zones import Zone
from edge.config.config import Config
from edge.contract.condition import Condition
from edge.hand.eye_child import EyeChild
from edge.hand.moment import Moment
from edge.hand.notify import Notifier
from edge.hand.retries import Retries
from edge.hand.sides import Sides
from edge.store.scribe import Scribe


@dataclass(frozen=True)
class Gear:
    """Everything that a hand is given: what it drives, asks, and remembers from before.

    `start` starts an eye with a bundle and says why; `clock` returns seconds that nobody
    sets, `wall` the time that people go by. `on_moment` is told of each frame, `on_news` of
    what changed without one. `latch` and `zones` are those from before a
    restart, `troubles` what was found wrong before it began.
    """

    config: Config
    selector: selectors.BaseSelector
    start: Callable[[Path, str, bytes], EyeChild]
    outputs: AlarmOutputs
    scribe: Scribe
    retries: Retries
    notifier: Notifier = field(default_factory=Notifier)
    sides: Sides = field(default_factory=Sides)
    on_moment: Callable[[Moment], object] = lambda _moment: None
    on_news: Callable[[AlarmState, Sequence[Moved]], object] = lambda _state, _moved: None
    clock: Callable[[], float] = monotonic
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    latch: Latch | None = None
    zones: tuple[Zone, ...] | None = None
    reference: bytes = b""
    troubles: tuple[Condition, ...] = ()

    @property
    def recorded(self) -> bool:
        """Say whether the camera is a recording, which ends."""
        return self.config.camera.used_kind in ("clip", "folder")

    @property
    def fast(self) -> bool:
        """Say whether a recording is played as fast as it goes, each frame of it."""
        return is_fast(self.config)


def is_fast(config: Config) -> bool:
    """Say whether a configuration's camera is a recording that is played as fast as it goes.

    Such a one has no past: it neither takes on an alarm from before nor leaves one.
    """
    return config.camera.used_kind in ("clip", "folder") and config.camera.pace == "fast"
