"""The `evaluate` command."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from converter.evaluation import Evaluation, evaluate
from converter.options import EDGE_PYTHON
from converter.pi_environment import PiEnvironment
from converter.progress import Progress


@click.command("evaluate")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@EDGE_PYTHON
def evaluate_command(bundle: Path, folder: Path, as_json: bool, edge_python: Path | None) -> None:
    """Score a bundle on your own labelled pictures, in the Pi's runtime.

    FOLDER has one sub-folder for each class, named as in the bundle. Use pictures from the
    place where the camera will hang: the figures of the training's own test part flatter.

    \b
    emberwatch evaluate fire.ember pictures/
    emberwatch evaluate fire.ember pictures/ --json > figures.json

    Pictures that cannot be read are listed and left out.
    """
    found = evaluate(bundle, folder, PiEnvironment.find(edge_python), Progress.on_stderr())
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        show(found, Console())


def show(found: Evaluation, console: Console) -> None:
    """Print an evaluation as tables."""
    accuracy = found.figures.accuracy
    console.print(
        f"[bold]accuracy {accuracy.percent()}[/bold] of {accuracy.of} pictures "
        f"(95% interval {accuracy.percent_interval()}), "
        f"balanced {100 * (found.figures.balanced_accuracy or 0):.1f}%",
        highlight=False,
    )
    table = Table("class", "pictures", "recall", "95% interval", "precision")
    for label in found.labels:
        recall = found.figures.recall[label]
        precision = found.figures.precision[label].percent()
        table.add_row(label, str(recall.of), recall.percent(), recall.percent_interval(), precision)
    console.print(table)
    confusion = Table("is \\ said", *found.labels, title="confusion")
    for label, row in zip(found.labels, found.figures.confusion, strict=True):
        confusion.add_row(label, *map(str, row))
    console.print(confusion)
    console.print(
        f"{found.pictures_per_second:.1f} pictures a second with reading and decoding, "
        f"{found.median_ms:.1f} ms each in the model, {found.runtime}",
        highlight=False,
    )
    for path, why in found.unreadable:
        console.print(f"not read: {path}: {why}", highlight=False, markup=False)
