"""EnergyMeter: the joules that a piece of work takes, where the machine tells."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

from edge.inference.board_state import ask

# A package, not its parts (`intel-rapl:0:0`); AMD's counters have Intel's name too.
PACKAGE = re.compile(r"intel-rapl:\d+")
# `vcgencmd pmic_read_adc` on a Raspberry Pi 5: `VDD_CORE_A current(7)=0.86900000A`.
RAIL = re.compile(r"(\S+)_([AV])\s+(?:current|volt)\(\d+\)=([0-9.]+)[AV]")
SAMPLE_SECONDS = 0.2


@dataclass(frozen=True)
class EnergyMeter:
    """Measures the energy of the whole processor or board, what it idles included.

    `root` is `/`, or a folder like it in tests. The RAPL counters of x86 processors come
    first (readable by root alone on most systems), then the rails of a Raspberry Pi 5's
    power chip, by `vcgencmd`. No other Pi tells.
    """

    root: Path = Path("/")
    vcgencmd: Sequence[str] = ("vcgencmd",)
    clock: Callable[[], float] = field(default=perf_counter)

    def available(self) -> bool:
        """Say whether this machine tells."""
        return bool(self._counters()) or self._watts() is not None

    def joules(self, work: Callable[[], None]) -> float | None:
        """Run `work` and return its energy in joules; None where the machine does not tell."""
        before = self._counters()
        if not before:
            return self._sampled(work)
        work()
        after = self._counters()
        if after.keys() != before.keys():
            return None
        micro = 0
        for path, (start, limit) in before.items():
            # The counter begins anew at its limit.
            micro += after[path][0] - start + (limit if after[path][0] < start else 0)
        return micro / 1e6

    def _counters(self) -> dict[Path, tuple[int, int]]:
        """Return each package's counter and its limit, in microjoules."""
        found = {}
        for folder in sorted(self.root.glob("sys/class/powercap/intel-rapl:*")):
            try:
                if PACKAGE.fullmatch(folder.name) and _text(folder / "name").startswith("package"):
                    limit = int(_text(folder / "max_energy_range_uj"))
                    found[folder] = (int(_text(folder / "energy_uj")), limit)
            except (OSError, ValueError):
                continue
        return found

    def _watts(self) -> float | None:
        """Return the power of all rails that have both a current and a voltage."""
        rails: dict[str, dict[str, float]] = {}
        for name, unit, value in RAIL.findall(ask([*self.vcgencmd, "pmic_read_adc"])):
            rails.setdefault(name, {})[unit] = float(value)
        whole = [rail["A"] * rail["V"] for rail in rails.values() if len(rail) == 2]
        return sum(whole) if whole else None

    def _sampled(self, work: Callable[[], None]) -> float | None:
        """Run `work` while the power is read again and again; mean power times time."""
        samples = [self._watts()]
        if samples[0] is None:
            work()
            return None
        done = Event()

        def read() -> None:
            while not done.wait(SAMPLE_SECONDS):
                samples.append(self._watts())

        reader = Thread(target=read, daemon=True)
        started = self.clock()
        reader.start()
        try:
            work()
        finally:
            seconds = self.clock() - started
            done.set()
            reader.join()
        # The first was read before the work began.
        known = [watts for watts in samples[1:] if watts is not None] or [samples[0]]
        return sum(known) / len(known) * seconds


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()
