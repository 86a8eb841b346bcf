"""The `emberwatch` command on the workstation: each folder's subcommands in one group."""

import sys

import click

import edge
from converter.commands import COMMANDS as CONVERTER
from deploy.commands import COMMANDS as DEPLOY
from edge.command_line import LazyGroup, run
from training.commands import COMMANDS as TRAINING


def make_group() -> click.Group:
    """Return the command group."""
    group = LazyGroup(
        {**TRAINING, **CONVERTER, **DEPLOY},
        name="emberwatch",
        help="From folders of pictures to an alarm on a Raspberry Pi camera.\n\n"
        "The usual way: retrain, convert, benchmark, package, then flash the bundle.\n\n"
        "Not a certified fire-detection or life-safety device; it never replaces approved "
        "detectors.\n\nAdd --debug to any command for a traceback.",
    )
    return click.version_option(edge.__version__, prog_name="emberwatch")(group)


def main() -> None:
    """Run `emberwatch`."""
    sys.exit(run(make_group()))


if __name__ == "__main__":
    main()
