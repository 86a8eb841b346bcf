"""offspring: what a process owes the one that started it."""

import ctypes
import os
import signal
from contextlib import suppress
from pathlib import Path

# prctl(2): the signal that this process gets when the thread that started it ends.
PR_SET_PDEATHSIG = 1


def die_first(points: int) -> None:
    """Have the kernel take this process, not its parent, when memory is short.

    `points` go up to 1000; systemd gives all processes of a unit the same, which may be low.
    """
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(points), encoding="ascii")


def die_with_parent(parent: int) -> bool:
    """Have the kernel kill this process when its parent ends; say whether it is there still."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent
