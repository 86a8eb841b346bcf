"""Session: one `emberwatch-edge run`, from its configuration to its exit code."""

import os
import selectors
import signal
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import click

import edge
from edge.alarm.buttons import Buttons
from edge.alarm.outputs import AlarmOutputs
from edge.alarm.pins import Pins, real_pins, simulated_pins
from edge.config.config import Config
from edge.hand.doors import Doors
from edge.hand.eye_child import EyeChild
from edge.hand.eye_process import EyeProcess
from edge.hand.gear import Gear, is_fast
from edge.hand.hand import Hand
from edge.hand.memory import Memory
from edge.hand.notify import Notifier
from edge.hand.retries import Retries
from edge.hand.sides import Sides
from edge.hand.stop import StopRequest
from edge.link.orders import Orders
from edge.service.display import Display
from edge.store.log_lines import LogLines, is_journald
from edge.store.scribe import Scribe

SIMULATED = "*** SIMULATED GPIO: no pin is driven and NO SIREN WILL SOUND (--simulate-gpio) ***"
# As a shell reports them; a service that is told to stop (SIGTERM) has done well.
FLUSH_SECONDS = 5.0
EXIT_CODES = {signal.SIGINT.name: 130, signal.SIGHUP.name: 129}


@dataclass(frozen=True)
class Session:
    """Opens what a watch needs, in the order of what is cheap to refuse, and runs it."""

    config_file: Path
    simulate_gpio: bool = False
    timeline_file: Path | None = None
    max_frames: int | None = None
    quiet: bool = False

    def run(self, eye: EyeProcess | None = None) -> int:
        """Watch until it ends, and return the exit code.

        `eye` is a process that was started while this one loaded, to be the first eye.

        Raises:
            EmberwatchError: something is missing, or failed on the way.
        """
        config, text = Config.read(self.config_file), self.config_file.read_text(encoding="utf-8")
        spare = [] if eye is None else [eye]
        with ExitStack() as stack:
            selector = stack.enter_context(selectors.DefaultSelector())
            stop = stack.enter_context(StopRequest(selector))
            pins = stack.enter_context(closing(self._pins()))
            with suppress(OSError):  # what is wrong with the folder, the scribe says
                config.store.folder.mkdir(parents=True, exist_ok=True)
            display = stack.enter_context(closing(Display.open(self.quiet, self.timeline_file)))
            scribe = stack.enter_context(Scribe(config.store, lines=_lines()))
            outputs = stack.enter_context(closing(AlarmOutputs(config.outputs, pins)))
            buttons = stack.enter_context(closing(Buttons(config.buttons, pins)))
            notifier = stack.enter_context(closing(Notifier.of_process()))
            sides = stack.enter_context(closing(self._sides(config)))
            memory = Memory() if is_fast(config) else Memory.load(config)
            gear = Gear(
                config,
                selector,
                lambda bundle, why, reference: EyeChild(
                    spare.pop() if spare else EyeProcess(),
                    Orders(text, self._folder, bundle, reference, why),
                ),
                outputs,
                scribe,
                Retries([config.model.bundle, *filter(None, [config.model.previous])]),
                notifier,
                sides,
                display.show,
                display.news,
                latch=memory.latch,
                zones=memory.zones,
                reference=memory.reference,
                troubles=memory.troubles,
            )
            hand = Hand(gear, self._detail(config))
            doors = Doors(hand, buttons, simulated=self.simulate_gpio)
            with closing(doors):
                summary = hand.run(stop, self.max_frames)
            display.end(summary, _unwritten(scribe))
        return EXIT_CODES.get(summary.ended_by, 0)

    @property
    def _folder(self) -> Path:
        return self.config_file.absolute().parent

    def _pins(self) -> Pins:
        if not self.simulate_gpio:
            return real_pins()
        click.secho(SIMULATED, err=True, fg="yellow", bold=True)
        return simulated_pins()

    def _sides(self, config: Config) -> Sides:
        file = ("--config", str(self.config_file.absolute()))
        wanted = {
            "web": config.web.on,
            "house": config.mqtt.wanted or config.webhook.wanted or config.metrics.wanted,
        }
        return Sides([(name, (name, *file)) for name, on in wanted.items() if on])

    def _detail(self, config: Config) -> dict[str, Any]:
        return {
            "version": edge.__version__,
            "gpio": "simulated" if self.simulate_gpio else "real",
            "pace": config.camera.pace,
            "rules": vars(config.alarm),
        }


def _lines() -> LogLines | None:
    """Return where events are told as lines: journald, if it listens; a person reads rows."""
    return LogLines.of_process() if is_journald(os.environ, 2) else None


def _unwritten(scribe: Scribe) -> str | None:
    """Have everything written; return why that could not be."""
    if scribe.flush(FLUSH_SECONDS):
        return None
    found = scribe.conditions(monotonic())
    return "; ".join(one.problem for one in found) or "the disk does not answer"
