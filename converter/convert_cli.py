"""The `convert` command."""

from pathlib import Path

import click

from converter.convert import Conversion
from converter.options import LIKE, calibration_set, conversion_options
from converter.packaging.update_size import describe_patch
from converter.predecessor import Predecessor
from converter.preflight.here import target_environment, target_profile
from converter.preflight.profile import HERE, NAMES
from converter.progress import Progress
from converter.recipes import describe_recipes, parse_recipes
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel

HELP = f"""Make TFLite models of a training run, for the Pi.

RUN is the folder that `emberwatch retrain --out` wrote. Each model goes to
RUN/tflite/RECIPE.tflite with a record of how it was made beside it, and only after the Pi's
own runtime has loaded it and given the float model's scores on a few pictures.

\b
{describe_recipes()}

Every model takes one RGB picture as bytes 0 to 255: normalisation is inside it.

\b
emberwatch convert runs/fire
emberwatch convert runs/fire --recipe int8,float32
emberwatch convert runs/fire --recipe all --edge-python .venv/edge-litert/bin/python
emberwatch convert runs/fire --recipe int8 --target trixie
emberwatch convert runs/fire-2 --like runs/fire

A model that the runtime refuses is not kept, and the exit code is 3.
"""


@click.command("convert", help=HELP)
@conversion_options
@click.option(
    "--recipe",
    "recipes",
    default="int8",
    show_default=True,
    help="Which: one, several with commas between, or all.",
)
@click.option(
    "--target",
    default=HERE,
    show_default=True,
    type=click.Choice([*NAMES, HERE]),
    help="The camera that the models are for: one it cannot run is refused, by `preflight`.",
)
@LIKE
@click.option(
    "--force",
    is_flag=True,
    help="Keep a model that runs in the Pi's runtime but is advised against there.",
)
def convert_command(
    run: Path,
    edge_python: Path | None,
    calibration: int,
    seed: int,
    recipes: str,
    target: str,
    like: Path | None,
    force: bool,
) -> None:
    """Convert a run by each recipe; the first refusal ends the command."""
    wanted = parse_recipes(recipes)
    trained = TrainedModel.read(run)
    older = Predecessor.read(like) if like else None
    # Read before anything is written: a run may be made like itself.
    old_models = {recipe.name: older.model(recipe.name) if older else b"" for recipe in wanted}
    conversion = Conversion(
        trained,
        target_environment(target, edge_python),
        calibration_set(trained, calibration, seed, older),
        Progress.on_stderr(),
        force=force,
        target=target_profile(target),
    )
    for recipe in wanted:
        model = conversion.convert(recipe)
        click.echo(_line(model))
        if older and (old := old_models[recipe.name]):
            click.echo(describe_patch(old, model.path.read_bytes(), older.path))


def _line(model: TfliteModel) -> str:
    trial = model.trial
    return (
        f"{model.path}: {model.size_bytes / 1e6:.1f} MB in {model.seconds:.1f} s; "
        f"{trial.runtime} runs it in {trial.median_ms:.1f} ms a picture, "
        f"scores within {trial.largest_difference:.3f} of the float model's"
    )
