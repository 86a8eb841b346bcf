"""`python -m edge.hand.side PID COMMAND...`: a command beside the hand, which ends with it."""

import os
import sys

from edge.command_line import run
from edge.link.offspring import die_first, die_with_parent

# The watch comes first wherever the processor is short.
NICENESS = 10
OOM_POINTS = 700


def main() -> int:
    """Run a command of emberwatch-edge and return its exit code."""
    from edge.cli import make_group

    if not die_with_parent(int(sys.argv[1])):
        return 0
    die_first(OOM_POINTS)
    os.nice(NICENESS)
    return run(make_group(), sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
