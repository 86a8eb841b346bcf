"""Case: what the doctor looks at."""

from dataclasses import dataclass
from pathlib import Path

from edge.config.config import Config
from edge.contract.errors import MachineError
from edge.inference.board_state import Board
from edge.link.address import control_path
from edge.link.snapshot import Snapshot


@dataclass(frozen=True)
class Case:
    """A configuration on a machine.

    `root` is `/`, or a folder like it in tests; `running` is the state of a watch that runs
    with this configuration, None if none does.
    """

    config_file: Path
    config: Config
    simulate_gpio: bool = False
    root: Path = Path("/")
    running: Snapshot | None = None

    @property
    def board(self) -> Board:
        """Return the machine's thermometer and throttle flags."""
        return Board(self.root)


def running_watch(config: Config) -> Snapshot | None:
    """Return the state of the watch that runs with a configuration, None if none answers."""
    from edge.link.control_client import ControlClient

    try:
        with ControlClient(control_path(config.store.folder), timeout_seconds=2.0) as client:
            return client.state()
    except (MachineError, OSError, ValueError, TypeError, KeyError):
        return None
