"""Memory: what the hand knows from before a restart."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from edge.alarm.latch import Latch
from edge.alarm.zones import Zone, zones_from_json
from edge.config.config import Config
from edge.contract.condition import Condition
from edge.contract.errors import EmberwatchError, InputError
from edge.hand.people import ZONES_FILE
from edge.store.latch import LatchFile
from edge.store.restarts import Restarts

REFERENCE_FILE = "reference.bin"
LARGEST_REFERENCE_BYTES = 1 << 17


@dataclass(frozen=True)
class Memory:
    """The latched alarm, the zones drawn on the page, and the scene as it was learnt.

    What cannot be read is never taken for "no alarm": `troubles` say so until a person has
    looked.
    """

    latch: Latch | None = None
    zones: tuple[Zone, ...] | None = None
    reference: bytes = b""
    troubles: tuple[Condition, ...] = ()

    @classmethod
    def load(cls, config: Config) -> "Memory":
        """Read it from the state folder, and count this start there."""
        folder, troubles = config.store.folder, []
        tally = Restarts(config.store.restarts("hand"))
        known = tally.tally().total > 0
        with suppress(EmberwatchError):  # the scribe will find the same disk, and say so
            tally.begin("start", monotonic(), datetime.now(UTC))
        latch, problem = _latch(LatchFile(config.store.latch), expected=False)
        if problem is not None and known:
            troubles.append(Condition("trouble", "latch-lost", problem))
        try:
            zones = zones_from_json(json.loads((folder / ZONES_FILE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            zones = None
        except (OSError, ValueError, EmberwatchError) as error:
            zones = None
            problem = f"the zones drawn on the page cannot be read, so none of them holds: {error}"
            troubles.append(Condition("trouble", "zones-lost", problem))
        try:
            recorded = config.camera.used_kind in ("clip", "folder")
            data = (folder / REFERENCE_FILE).read_bytes()
            reference = b"" if recorded else data[:LARGEST_REFERENCE_BYTES]
        except OSError:
            reference = b""
        return cls(latch, zones, reference, tuple(troubles))


def _latch(file: LatchFile, *, expected: bool) -> tuple[Latch | None, str | None]:
    read = file.load(expected=expected)
    if read.data is None:
        return None, read.problem
    try:
        data = read.data["latch"]
        return (None if data is None else Latch.from_json(data)), None
    except (InputError, KeyError) as error:
        return None, f"the latched alarm cannot be read: {error}"
