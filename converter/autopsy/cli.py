"""The `autopsy` command."""

import json
from pathlib import Path
from typing import Any, cast

import click
from rich import box
from rich.console import Console
from rich.table import Table

from converter.autopsy.autopsy import Autopsy, run_autopsy
from converter.autopsy.camera_tensors import TensorSource, file_tensors
from converter.autopsy.layer_noise import LayerNoise
from converter.autopsy.report import write_report
from converter.autopsy.sections import Sections
from converter.autopsy.specimen import Specimen, of_files, of_run
from converter.autopsy.wording import COLUMNS, layer_words, notes_of, stage_words
from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.options import CALIBRATION, EDGE_PYTHON, SEED
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import find_recipe
from converter.trained_model import Part, TrainedModel
from edge.contract.errors import InputError, MissingPackage
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.pixel_range import PixelRange

SHOWN_LAYERS, WORST_INSIDE = 10, 4
# How long a layer's name and its operator's may be, and how narrow a column.
LABEL, OPERATOR = 20, 17
NARROWEST = {
    "by\nweights": 7,
    "range\nunused": 6,
    "layer": 14,
    "operator": 9,
    "clipped": 7,
    "accuracy": 8,
    "stage": 17,
}
FILE = click.Path(path_type=Path)


@click.command("autopsy")
@click.argument("run", type=FILE, required=False)
@click.option(
    "--recipe", default="int8", show_default=True, help="Which of the run's models, by recipe."
)
@click.option(
    "--part",
    type=click.Choice(["validation", "testing", "training"]),
    default="validation",
    show_default=True,
    help="Which pictures. A model that is mended by what the test part shows is no longer "
    "tested by it.",
)
@click.option(
    "--pictures",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="At most so many, evenly over the classes.",
)
@click.option(
    "--layer-pictures",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    help="How many calibration pictures the layers are measured with.",
)
@click.option(
    "--tensors",
    type=FILE,
    help="A .npz of `files` and `tensors` that a camera's program wrote: what it was about to "
    "feed to its model. Default: what the camera's environment makes of the pictures.",
)
@click.option("--model", type=FILE, help="Another quantised .tflite file than the run's.")
@click.option("--reference", type=FILE, help="Another float .tflite file than the run's.")
@click.option("--labels", type=FILE, help="Class names, one a line; without a run.")
@click.option("--test", "folder", type=FILE, help="Pictures in sub-folders; without a run.")
@click.option(
    "--fit", type=click.Choice(["squash", "crop"]), default="squash", help="Without a run."
)
@click.option("--input-mean", type=float, help="Both files' input is (pixel - mean) / std.")
@click.option("--input-std", type=float, help="See --input-mean; without a run.")
@click.option(
    "--out", type=FILE, help="Where autopsy.json and autopsy.html go. Default: the run's folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print what is in autopsy.json alone.")
@EDGE_PYTHON
@CALIBRATION
@SEED
def autopsy_command(run: Path | None, **options: Any) -> None:
    """Say where a quantised model's loss comes from, and what to do about it.

    The stages between the float model and the camera are run apart on the same pictures, each
    adding one change: decode and resize, input, weights, activations, output, kernels. Then
    each layer is measured: its signal-to-noise ratio in all, and what noise it adds by itself.

    Writes RUN/autopsy.json and RUN/autopsy.html.

    \b
    emberwatch autopsy runs/fire
    emberwatch autopsy runs/fire --tensors camera.npz
    emberwatch autopsy --model int8.tflite --reference float.tflite \\
        --labels labels.txt --test pictures/
    """
    progress = Progress.on_stderr()
    environment = _environment(options["edge_python"])
    if run is None:
        specimen = _of_files(options)
        folder = options["out"] or Path()
    else:
        specimen = _of_run(run, environment, progress, options)
        folder = options["out"] or run
    camera: TensorSource | None = None
    if options["tensors"] is not None:
        camera = file_tensors(options["tensors"], specimen.preprocess)
    found = run_autopsy(specimen, environment, progress, camera)
    written = found.write(folder)
    page = write_report(found, folder)
    if options["as_json"]:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
        return
    show(found, Console())
    click.echo(f"{written}\n{page}")


def _environment(edge_python: Path | None) -> PiEnvironment | None:
    """Return the camera's environment; None where there is none and none was asked for."""
    try:
        return PiEnvironment.find(edge_python)
    except MissingPackage:
        if edge_python is not None:
            raise
        return None


def _of_run(
    run: Path, environment: PiEnvironment | None, progress: Progress, options: dict[str, Any]
) -> Specimen:
    if options["labels"] or options["folder"]:
        raise InputError(
            "a run brings its own labels and pictures",
            found="--labels or --test beside a run",
            next_step="leave them out, or leave the run out",
        )
    trained = TrainedModel.read(run)
    conversion = Conversion(
        trained,
        environment or PiEnvironment.find(),
        CalibrationSet.draw(trained, options["calibration"], options["seed"]),
        progress,
    )
    return of_run(
        conversion,
        find_recipe(options["recipe"]),
        cast(Part, options["part"]),
        options["pictures"],
        options["layer_pictures"],
        options["model"],
        options["reference"],
    )


def _of_files(options: dict[str, Any]) -> Specimen:
    names = {"--model": "model", "--reference": "reference", "--labels": "labels"}
    names |= {"--test": "folder"}
    missing = [name for name, key in names.items() if options[key] is None]
    if missing:
        raise InputError(
            "an autopsy needs a run, or two models with labels and pictures",
            found="no " + ", no ".join(missing),
            next_step="emberwatch autopsy RUN, or see emberwatch autopsy --help",
        )
    mean, std = options["input_mean"], options["input_std"]
    if (mean is None) != (std is None):
        raise InputError("--input-mean and --input-std go together")
    return of_files(
        options["model"],
        options["reference"],
        Labels.read(options["labels"]),
        options["folder"],
        options["pictures"],
        options["layer_pictures"],
        cast(Fit, options["fit"]),
        None if mean is None else PixelRange(mean, std),
    )


def show(autopsy: Autopsy, console: Console) -> None:
    """Print the verdict, the stages and the worst layers."""
    verdict = autopsy.verdict
    console.print(f"\n{verdict.sentence}\n{verdict.advice}\n", highlight=False, markup=False)
    console.print(_stage_table(autopsy))
    if autopsy.sections is not None:
        console.print(_section_table(autopsy.sections))
    if autopsy.noise:
        title = f"Layers, over {autopsy.layer_pictures} pictures: the lowest signal-to-noise"
        console.print(_layer_table(title, autopsy.worst_layers[:SHOWN_LAYERS]))
        title = "Layers that add the most noise by themselves"
        console.print(_layer_table(title, autopsy.noisiest_layers[:SHOWN_LAYERS]))
    for note in (COLUMNS, *notes_of(autopsy)):
        console.print(note + "\n", highlight=False, markup=False)


def _stage_table(autopsy: Autopsy) -> Table:
    count = autopsy.stages[0].accuracy.of
    table = _table(
        f"Stages of {autopsy.name}, on {count} pictures of {autopsy.source}",
        ("stage", "accuracy", "as\nfloat", "drift", "KL", "lost,\ngained", "share"),
    )
    for stage in autopsy.stages:
        table.add_row(stage.title, *stage_words(stage))
    return table


def _section_table(sections: Sections) -> Table:
    table = _table(
        f"Parts of the network by themselves, {sections.pictures} pictures",
        ("layer", "drift", "share"),
    )
    for section in sections.sections:
        table.add_row(section.title, f"{section.drift:.4f}", f"{100 * section.share:.0f}%")
    worst = sorted(sections.inside_worst, key=lambda layer: -layer.share)[:WORST_INSIDE]
    for layer in worst:
        table.add_row(f"  {layer.title}", f"{layer.drift:.4f}", f"{100 * layer.share:.0f}%")
    return table


def _layer_table(title: str, layers: list[LayerNoise]) -> Table:
    table = _table(
        title, ("layer", "dB", "own\ndB", "by\nweights", "clipped", "range\nunused", "operator")
    )
    for layer in layers:
        table.add_row(layer.label[:LABEL], *layer_words(layer), layer.operator.lower()[:OPERATOR])
    return table


def _table(title: str, columns: tuple[str, ...]) -> Table:
    """Return a table whose first column gives way where the terminal is narrow."""
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, expand=False
    )
    for name in columns:
        words = name in ("stage", "layer", "operator")
        table.add_column(
            name,
            justify="left" if words else "right",
            no_wrap=True,
            vertical="bottom",
            overflow="ellipsis",
            min_width=NARROWEST.get(name, 5),
        )
    return table
