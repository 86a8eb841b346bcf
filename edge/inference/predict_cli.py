"""The `predict` command: the scores of a list of pictures, into a file."""

from pathlib import Path

import click

from edge.contract.errors import InputError
from edge.contract.preprocess import Fit
from edge.inference.model_options import model_file, model_options
from edge.inference.predictions import predict


@click.command("predict")
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--pictures",
    type=click.Path(path_type=Path),
    required=True,
    help="A text file with the path of one picture a line.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .npz to write.")
@click.option("--progress", is_flag=True, help="Print a dot on stderr after each picture.")
@model_options
def predict_command(
    model: Path,
    pictures: Path,
    out: Path,
    progress: bool,
    labels: Path | None,
    fit: Fit,
    input_mean: float | None,
    input_std: float | None,
    threads: int,
    runtime: str | None,
) -> None:
    """Score the pictures listed in a file, one at a time, and time each.

    MODEL is a bundle (.ember) or a .tflite file. The workstation's benchmark runs this
    command in the camera's environment; you may run it on a camera just the same.
    """
    try:
        paths = [Path(line) for line in pictures.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the list {pictures}", found=error) from error
    named = model_file(model, labels, fit, input_mean, input_std)
    classifier = named.classifier(threads, runtime)
    tick = (lambda: click.echo(".", nl=False, err=True)) if progress else (lambda: None)
    predictions = predict(classifier, paths, tick)
    predictions.write(out)
    readable = sum(not problem for problem in predictions.problems)
    click.echo(f"{readable} of {len(paths)} pictures scored by {predictions.runtime}")
