"""Device: who we are to the house, the same after every restart."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import ConfigError

MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True)
class Device:
    """The camera's id in topics and messages, and its name for people."""

    id: str
    name: str


def device_id(given: str | None, state_folder: Path, machine_id: Path = MACHINE_ID) -> str:
    """Return the id given, or one made from the machine's and the folder of the watch's state.

    The machine's id itself is not to leave it (machine-id(5)), so a hash of it does. Two
    watches on one machine have folders of their own, and so ids of their own.

    Raises:
        ConfigError: the machine has no id.
    """
    if given is not None:
        return given
    try:
        machine = machine_id.read_text().strip()
    except OSError:
        machine = ""
    if not machine:
        raise ConfigError(
            "this machine has no id that stays the same",
            found=f"nothing in {machine_id}",
            next_step='give one in [mqtt] id = "..."',
        )
    text = f"emberwatch\n{machine}\n{state_folder.absolute()}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]
