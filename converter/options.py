"""The options that the converter's commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from converter.calibration import DEFAULT_PICTURES, CalibrationSet
from converter.predecessor import Predecessor
from converter.trained_model import TrainedModel

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

LIKE = click.option(
    "--like",
    type=click.Path(path_type=Path, exists=True),
    help="An older run or bundle (.ember): calibrate with its pictures, and prove with its "
    "golden ones, where they may still be used, so that an update from it stays small.",
)


def calibration_set(
    trained: TrainedModel, pictures: int, seed: int, older: Predecessor | None
) -> CalibrationSet:
    """Return the calibration set that a command's options ask for.

    With an older model, its pictures come first and their number is its own, unless
    --calibration was given; what was taken over is said on stderr.
    """
    if older is None:
        return CalibrationSet.draw(trained, pictures, seed)
    source = click.get_current_context().get_parameter_source("calibration")
    given = source is not ParameterSource.DEFAULT
    drawn = older.calibration_set(trained, pictures if given else None, seed)
    if account := older.account(drawn):
        click.echo(account, err=True)
    return drawn


def conversion_options(command: Command) -> Command:
    """Add the run, and the options of a command that may have to convert."""
    for option in (SEED, CALIBRATION, EDGE_PYTHON, RUN):
        command = option(command)
    return command
