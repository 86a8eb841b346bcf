"""BoardState: how hot the machine is, and whether its firmware slows the processor down."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Bits of the Raspberry Pi's `get_throttled`, as its documentation numbers them. The same bits
# 16 places higher say that it happened at some time since the start.
FLAGS = {
    0: "under-voltage",
    1: "frequency capped",
    2: "throttled",
    3: "soft temperature limit",
}
SINCE_START = 16
NOW_MASK = 0b1111
FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
# The processor's own zones: Raspberry Pi, other Arm boards, Intel and AMD.
PROCESSOR_ZONES = ("cpu-thermal", "cpu_thermal", "x86_pkg_temp", "k10temp")


@dataclass(frozen=True)
class BoardState:
    """What a board said of itself at one moment; None where it does not tell.

    `celsius` is the processor's temperature, `flags` the firmware's throttle bits.
    """

    celsius: float | None = None
    flags: int | None = None

    @property
    def slowed_by(self) -> tuple[str, ...]:
        """Return what slows the processor at this moment."""
        return _names((self.flags or 0) & NOW_MASK)


@dataclass(frozen=True)
class Board:
    """Reads the state of the machine under `root` (`/`, or a folder like it in tests).

    The firmware's file is asked first; `vcgencmd`, a command, where there is none.
    """

    root: Path = Path("/")
    vcgencmd: Sequence[str] = ("vcgencmd",)

    def state(self) -> BoardState:
        """Return what the board says now."""
        return BoardState(self._celsius(), self._flags())

    def _celsius(self) -> float | None:
        zones = {}
        for zone in sorted(self.root.glob("sys/class/thermal/thermal_zone*")):
            milli = _read(zone / "temp")
            if milli.lstrip("-").isdigit():
                zones[_read(zone / "type")] = int(milli) / 1000
        for name in PROCESSOR_ZONES:
            if name in zones:
                return zones[name]
        return max(zones.values(), default=None)

    def _flags(self) -> int | None:
        text = _read(self.root / FIRMWARE)
        if not text:
            # It answers `throttled=0x50000`.
            text = ask([*self.vcgencmd, "get_throttled"]).rpartition("=")[2]
        try:
            return int(text, 16)
        except ValueError:
            return None


def throttled_between(states: Sequence[BoardState]) -> tuple[str, ...]:
    """Return what slowed the processor in a stretch of states, in time order.

    A flag that is up in any of them counts, and one of the bits since the start that came up
    after the first: then it happened between two looks.
    """
    flags = [state.flags for state in states if state.flags is not None]
    bits = 0
    for value in flags:
        bits |= value & NOW_MASK | (value & ~flags[0]) >> SINCE_START & NOW_MASK
    return _names(bits)


def ask(command: Sequence[str]) -> str:
    """Return what a command prints; nothing where it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _names(bits: int) -> tuple[str, ...]:
    return tuple(name for bit, name in FLAGS.items() if bits >> bit & 1)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
