"""`python -m edge.eye FD PID`: the eye, as the hand starts it; for nobody else."""

import signal
import socket
import sys

from edge.eye.eye import Eye
from edge.link.offspring import die_first, die_with_parent

# Before the hand, after the processes that are of no need.
OOM_POINTS = 300


def main(descriptor: int, parent: int) -> int:
    """Look for the hand at the other end of a socket; return the exit code."""
    if not die_with_parent(parent):
        return 0
    die_first(OOM_POINTS)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The hand hears these too, drops its lines first, and then lets the eye go.
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as hand:
        return Eye(hand).run()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
