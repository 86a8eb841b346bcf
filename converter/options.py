"""The options that the converter's commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from converter.calibration import DEFAULT_PICTURES

Command = TypeVar("Command", bound=Callable[..., Any])

RUN = click.argument("run", type=click.Path(path_type=Path))
EDGE_PYTHON = click.option(
    "--edge-python",
    type=click.Path(path_type=Path),
    help="The Python of the Pi's environment. Default: EMBERWATCH_EDGE_PYTHON, else "
    "../edge/bin/python beside this environment (make test makes it), else this Python.",
)
CALIBRATION = click.option(
    "--calibration",
    type=click.IntRange(1),
    default=DEFAULT_PICTURES,
    show_default=True,
    help="How many training pictures show the quantiser each tensor's range.",
)
SEED = click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Which ones they are."
)


def conversion_options(command: Command) -> Command:
    """Add the run, and the options of a command that may have to convert."""
    for option in (SEED, CALIBRATION, EDGE_PYTHON, RUN):
        command = option(command)
    return command
