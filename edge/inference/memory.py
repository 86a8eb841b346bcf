"""Memory: this process's resident memory and its peak."""

import re
import resource
from dataclasses import dataclass
from pathlib import Path

# Written to /proc/self/clear_refs, 5 sets the peak back to what is resident now (proc(5)).
RESET_PEAK = "5"


@dataclass(frozen=True)
class Memory:
    """Reads this process's memory under `root` (`/`, or a folder like it in tests).

    The kernel's own accounts, as getrusage's maximum is inherited from the parent process.
    """

    root: Path = Path("/")

    def restart_peak(self) -> int:
        """Forget the peak so far where the kernel lets us; return what is resident, bytes."""
        try:
            (self.root / "proc/self/clear_refs").write_text(RESET_PEAK)
        except OSError:
            return self.peak()
        return self._field("VmRSS") or self.peak()

    def peak(self) -> int:
        """Return the peak of resident memory, bytes."""
        return self._field("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def _field(self, name: str) -> int:
        try:
            text = (self.root / "proc/self/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            return 0
        found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
        return int(found[1]) * 1024 if found else 0
