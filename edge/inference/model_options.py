"""The options by which a command is told which model to load and how."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edge.contract.preprocess import Fit
from edge.inference.model_file import ModelFile
from edge.inference.pixel_range import PixelRange

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--labels",
        type=click.Path(path_type=Path),
        help="Class names, one a line; for a bare .tflite file.",
    ),
    click.option(
        "--fit",
        type=click.Choice(["squash", "crop"]),
        default="squash",
        show_default=True,
        help="How a bare model wants pictures of another shape: squashed whole, or their middle.",
    ),
    click.option(
        "--input-mean",
        type=float,
        help="A bare model's input is (pixel - mean) / std; default: by its input tensor.",
    ),
    click.option("--input-std", type=float, help="See --input-mean."),
    click.option(
        "--threads",
        type=click.IntRange(1, 64),
        default=1,
        show_default=True,
        help="Threads for the interpreter.",
    ),
    click.option(
        "--runtime",
        type=click.Choice(["ai-edge-litert", "tflite-runtime"]),
        help="Default: the fastest one installed.",
    ),
)


def model_options(command: Command) -> Command:
    """Add the options to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def model_file(
    path: Path,
    labels: Path | None,
    fit: Fit,
    input_mean: float | None,
    input_std: float | None,
) -> ModelFile:
    """Return the model file that the options name."""
    pixel_range = None
    if input_mean is not None or input_std is not None:
        mean = 0.0 if input_mean is None else input_mean
        std = 1.0 if input_std is None else input_std
        pixel_range = PixelRange(mean, std)
    return ModelFile(path, labels, fit, pixel_range)
