"""Doctor: looks at everything that a watch needs, by using it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.config.config import Config
from edge.config.mistakes import mistakes
from edge.contract.errors import ConfigError, EmberwatchError
from edge.doctor.board import look_at_heat, look_at_power, look_at_watchdog
from edge.doctor.camera import look_at_camera
from edge.doctor.case import Case, running_watch
from edge.doctor.clock import look_at_clock
from edge.doctor.disk import look_at_disk
from edge.doctor.finding import Finding, bad, bad_line, ok
from edge.doctor.model import look_at_memory, look_at_model
from edge.doctor.network import look_at_network
from edge.doctor.pins import look_at_pins

# In the order of the work; memory after the model, whose process it holds against.
LOOKS: dict[str, Callable[[Case], Iterator[Finding]]] = {
    "model": look_at_model,
    "memory": look_at_memory,
    "camera": look_at_camera,
    "pins": look_at_pins,
    "disk": look_at_disk,
    "clock": look_at_clock,
    "heat": look_at_heat,
    "power": look_at_power,
    "watchdog": look_at_watchdog,
    "network": look_at_network,
}
EXAMPLE = "`emberwatch-edge config example > emberwatch.toml`, and edit it"


@dataclass(frozen=True)
class Doctor:
    """Examines a machine with one configuration.

    `root` is `/`, or a folder like it in tests. `begins` is told the name of each look before
    it is taken: some take seconds.
    """

    config_file: Path
    simulate_gpio: bool = False
    root: Path = Path("/")
    begins: Callable[[str], object] = lambda _name: None

    def examine(self) -> Iterator[Finding]:
        """Give what is found, as it is found; never raises for what is wrong."""
        self.begins("config")
        found, config = self._configuration()
        yield from found
        if config is None:
            return
        case = Case(self.config_file, config, self.simulate_gpio, self.root, running_watch(config))
        for name, look in LOOKS.items():
            self.begins(name)
            try:
                yield from look(case)
            except (EmberwatchError, OSError) as error:
                line = error.line() if isinstance(error, EmberwatchError) else str(error)
                yield bad_line(name, line, "see what the machine's log says: journalctl -b")

    def _configuration(self) -> tuple[list[Finding], Config | None]:
        try:
            text = self.config_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            return [bad("config", f"{self.config_file} cannot be read: {reason}", EXAMPLE)], None
        folder = self.config_file.absolute().parent
        wrong = mistakes(text, folder)
        todo = "mend the line; `emberwatch-edge config explain KEY` says what a key is for"
        if wrong:
            return [bad_line("config", error.line(), todo) for error in wrong], None
        try:
            config = Config.from_toml(text, folder)
        except ConfigError as error:
            return [bad_line("config", error.line(), todo)], None
        return [ok("config", f"{self.config_file} has no mistakes")], config
