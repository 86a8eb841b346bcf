"""Session: one `emberwatch-edge run`, from its configuration to its exit code."""

import selectors
import signal
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click

import edge
from edge.alarm.outputs import AlarmOutputs
from edge.alarm.pins import Pins, real_pins, simulated_pins
from edge.config.config import Config
from edge.hand.eye_child import EyeChild
from edge.hand.hand import Hand
from edge.hand.journal import Journal
from edge.hand.judge import Judge
from edge.hand.retries import Retries
from edge.hand.stop import StopRequest
from edge.link.orders import Orders
from edge.service.display import Display
from edge.store.backlog import Backlog
from edge.store.events import EventLog

SIMULATED = "*** SIMULATED GPIO: no pin is driven and NO SIREN WILL SOUND (--simulate-gpio) ***"
# As a shell reports them; a service that is told to stop (SIGTERM) has done well.
EXIT_CODES = {signal.SIGINT.name: 130, signal.SIGHUP.name: 129}


@dataclass(frozen=True)
class Session:
    """Opens what a watch needs, in the order of what is cheap to refuse, and runs it."""

    config_file: Path
    simulate_gpio: bool = False
    timeline_file: Path | None = None
    max_frames: int | None = None
    quiet: bool = False

    def run(self) -> int:
        """Watch until it ends, and return the exit code.

        Raises:
            EmberwatchError: something is missing, or failed on the way.
        """
        config, text = Config.read(self.config_file), self.config_file.read_text(encoding="utf-8")
        with ExitStack() as stack:
            selector = stack.enter_context(selectors.DefaultSelector())
            stop = stack.enter_context(StopRequest(selector))
            pins = stack.enter_context(closing(self._pins()))
            with suppress(OSError):  # what is wrong with the folder, the event log says
                config.store.folder.mkdir(parents=True, exist_ok=True)
            events = Backlog(EventLog(config.store.events), monotonic)
            stack.enter_context(closing(events))
            outputs = stack.enter_context(closing(AlarmOutputs(config.outputs, pins)))
            display = stack.enter_context(closing(Display.open(self.quiet, self.timeline_file)))
            folder = self.config_file.absolute().parent
            hand = Hand(
                selector,
                Retries([config.model.bundle]),
                lambda bundle: EyeChild(Orders(text, folder, bundle)),
                lambda labels: Judge(config, labels, live=False),
                outputs,
                Journal(events.add, lambda: datetime.now(UTC)),
                events,
                endless=False,
                silent_seconds=5.0,
                detail=self._detail(config),
                on_moment=display.show,
            )
            summary = hand.run(stop, self.max_frames)
            display.end(summary, events)
        return EXIT_CODES.get(summary.ended_by, 0)

    def _pins(self) -> Pins:
        if not self.simulate_gpio:
            return real_pins()
        click.secho(SIMULATED, err=True, fg="yellow", bold=True)
        return simulated_pins()

    def _detail(self, config: Config) -> dict[str, Any]:
        return {
            "version": edge.__version__,
            "gpio": "simulated" if self.simulate_gpio else "real",
            "pace": config.camera.pace,
            "rules": vars(config.alarm),
        }
