"""The gate's limits as options of a command."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from converter.packaging.gate import (
    DEFAULT_MAX_DROP_POINTS,
    DEFAULT_MAX_FALSE_ALARMS,
    DEFAULT_MAX_NUISANCE_POINTS,
    DEFAULT_MIN_RECALL,
)
from edge.contract.errors import InputError

Command = TypeVar("Command", bound=Callable[..., Any])


def gate_options(command: Command) -> Command:
    """Add the gate's limits to a command."""
    options = (
        click.option(
            "--max-drop",
            type=click.FloatRange(0),
            default=DEFAULT_MAX_DROP_POINTS,
            show_default=True,
            help="Percentage points of test accuracy that quantising may cost.",
        ),
        click.option(
            "--min-recall",
            multiple=True,
            metavar="CLASS=SHARE",
            help="Least recall of a class, such as fire=0.9; repeat it for others. Default: "
            f"{DEFAULT_MIN_RECALL} for every class but the negative one.",
        ),
        click.option(
            "--max-recall-drop",
            type=click.FloatRange(0),
            help="Percentage points of recall that a hazard class may lose. Default: 5, or one "
            "picture of the class where that is more.",
        ),
        click.option(
            "--max-false-alarms",
            type=click.FloatRange(0, 1),
            default=DEFAULT_MAX_FALSE_ALARMS,
            show_default=True,
            help="Share of the normal test pictures that may be called a hazard.",
        ),
        click.option(
            "--max-ms",
            type=click.FloatRange(0, min_open=True),
            help="Median milliseconds a picture in the Pi environment on this machine. A "
            "workstation's are not a Pi's, so there is no limit unless you set one.",
        ),
        click.option(
            "--gauntlet",
            type=click.Choice(["off", "warn", "strict"]),
            default="warn",
            show_default=True,
            help="What the gauntlet's findings do. warn takes the certificate that `emberwatch "
            "gauntlet RUN` left, if it did; strict runs it if need be, and refuses by it.",
        ),
        click.option(
            "--max-nuisance",
            type=click.FloatRange(0, 100),
            default=DEFAULT_MAX_NUISANCE_POINTS,
            show_default=True,
            help="Percentage points by which a condition of the gauntlet may raise false alarms "
            "or lower recall.",
        ),
        click.option(
            "--negative",
            metavar="CLASS",
            help="The class of normal pictures. Default: the one the run was trained with, misc.",
        ),
        click.option(
            "--override",
            metavar="REASON",
            help="Pack it though a check failed. The reason goes into the manifest and the card, "
            "and is shown wherever the bundle is inspected or installed.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def parse_recalls(texts: Sequence[str]) -> dict[str, float]:
    """Read limits such as `fire=0.9`, shares in [0, 1].

    Raises:
        InputError: one has no class, or no such share.
    """
    found: dict[str, float] = {}
    for text in texts:
        label, _, share = text.rpartition("=")
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if not label or not 0 <= value <= 1:
            raise InputError(
                "--min-recall cannot be read", found=text, expected="CLASS=SHARE, such as fire=0.9"
            )
        found[label] = value
    return found
