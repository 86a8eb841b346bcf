"""`python -m edge.eye FD`: the eye, as the hand starts it; for nobody else."""

import ctypes
import os
import signal
import socket
import sys

from edge.eye.eye import Eye

# prctl(2): the signal that this process gets when the thread that started it ends.
PR_SET_PDEATHSIG = 1


def main(descriptor: int, parent: int) -> int:
    """Look for the hand at the other end of a socket; return the exit code."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The hand hears these too, drops its lines first, and then lets the eye go.
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as hand:
        return Eye(hand).run()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
