"""offspring: what a process owes the one that started it."""

import ctypes
import os
import signal

# prctl(2): the signal that this process gets when the thread that started it ends.
PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> bool:
    """Have the kernel kill this process when its parent ends; say whether it is there still."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent
