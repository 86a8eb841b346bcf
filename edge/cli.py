"""The `emberwatch-edge` command."""

import sys

import click

import edge
from edge.command_line import LazyGroup, run
from edge.commands import COMMANDS


def make_group() -> click.Group:
    """Return the command group."""
    group = LazyGroup(
        COMMANDS,
        name="emberwatch-edge",
        help="Emberwatch on the camera: classify frames, decide, drive the alarm lines.\n\n"
        "Not a certified fire-detection or life-safety device; it never replaces approved "
        "detectors.\n\nAdd --debug to any command for a traceback.",
    )
    return click.version_option(edge.__version__, prog_name="emberwatch-edge")(group)


def main() -> None:
    """Run `emberwatch-edge`."""
    sys.exit(run(make_group()))


if __name__ == "__main__":
    main()
