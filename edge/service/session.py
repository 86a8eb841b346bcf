"""Session: one `emberwatch-edge run`, from its configuration to its exit code."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click

import edge
from edge.alarm.outputs import AlarmOutputs
from edge.alarm.pins import Pins, real_pins, simulated_pins
from edge.alarm.policy import AlarmPolicy
from edge.config.config import Config
from edge.contract.bundle import ModelBundle
from edge.contract.errors import EmberwatchError
from edge.inference.classifier import Classifier
from edge.service.display import Display
from edge.service.stop import StopRequest
from edge.service.watch import Watch
from edge.store.backlog import Backlog
from edge.store.event import Event
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
        config = Config.read(self.config_file)
        with ExitStack() as stack:
            stop = stack.enter_context(StopRequest())
            pins = stack.enter_context(closing(self._pins()))
            with suppress(OSError):  # what is wrong with the folder, the event log says
                config.store.folder.mkdir(parents=True, exist_ok=True)
            events = Backlog(EventLog(config.store.events), monotonic)
            stack.enter_context(closing(events))
            with _logged(events):
                bundle = ModelBundle.read(config.model.bundle)
                classifier = Classifier.from_bundle(bundle, config.model.threads)
                policy = AlarmPolicy(config.alarm, classifier.labels)
                camera = stack.enter_context(closing(config.camera.open(stop.wait)))
                outputs = stack.enter_context(closing(AlarmOutputs(config.outputs, pins)))
                display = stack.enter_context(closing(Display.open(self.quiet, self.timeline_file)))
            watch = Watch(camera, classifier, policy, outputs, events, display.show)
            detail = self._detail(config, bundle, classifier)
            summary = watch.run(stop, self.max_frames, detail)
            display.end(summary, events)
        return EXIT_CODES.get(summary.ended_by, 0)

    def _pins(self) -> Pins:
        if not self.simulate_gpio:
            return real_pins()
        click.secho(SIMULATED, err=True, fg="yellow", bold=True)
        return simulated_pins()

    def _detail(
        self, config: Config, bundle: ModelBundle, classifier: Classifier
    ) -> dict[str, Any]:
        return {
            "version": edge.__version__,
            "bundle": bundle.manifest.name,
            "digest": bundle.digest,
            "runtime": classifier.interpreter.runtime_version,
            "gpio": "simulated" if self.simulate_gpio else "real",
            "camera": str(config.camera.path),
            "pace": config.camera.pace,
            "rules": vars(config.alarm),
        }


@contextmanager
def _logged(events: Backlog) -> Iterator[None]:
    """Log what keeps the watch from starting."""
    try:
        yield
    except EmberwatchError as error:
        detail = {"source": "start", "problem": error.line()}
        events.add(Event(datetime.now(UTC), "trouble", "starting", detail=detail))
        raise
