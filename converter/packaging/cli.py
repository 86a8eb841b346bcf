"""The `package` command."""

from pathlib import Path

import click

from converter.convert import Conversion
from converter.options import LIKE, calibration_set, conversion_options
from converter.packaging.gate import DEFAULT_MAX_DROP_POINTS, AccuracyGate
from converter.packaging.package import Packager
from converter.packaging.update_size import UpdateSize
from converter.pi_environment import PiEnvironment
from converter.predecessor import Predecessor
from converter.progress import Progress
from converter.recipes import RECIPES, find_recipe
from converter.trained_model import TrainedModel


@click.command("package")
@conversion_options
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The bundle to write (.ember)."
)
@click.option(
    "--recipe",
    type=click.Choice(list(RECIPES)),
    default="int8",
    show_default=True,
    help="Which converted model to pack.",
)
@LIKE
@click.option(
    "--max-drop",
    type=click.FloatRange(0),
    default=DEFAULT_MAX_DROP_POINTS,
    show_default=True,
    help="Percentage points of test accuracy that quantising may cost.",
)
def package_command(
    run: Path,
    edge_python: Path | None,
    calibration: int,
    seed: int,
    out: Path,
    recipe: str,
    like: Path | None,
    max_drop: float,
) -> None:
    """Pack a run's model as one bundle that proves itself on every camera.

    The bundle holds the model, its labels, a manifest with hashes and measured figures, a
    model card, and golden pictures with the input tensor and scores that each must give. A
    model not converted or not measured yet is first. One that lost more than --max-drop
    points of accuracy is not packed (exit code 4).

    \b
    emberwatch package runs/fire --out fire.ember
    emberwatch inspect fire.ember
    emberwatch package runs/fire-2 --out fire-2.ember --like fire.ember
    """
    trained = TrainedModel.read(run)
    older = Predecessor.read(like) if like else None
    conversion = Conversion(
        trained,
        PiEnvironment.find(edge_python),
        calibration_set(trained, calibration, seed, older),
        Progress.on_stderr(),
    )
    bundle = Packager(conversion, AccuracyGate(max_drop), older).package(find_recipe(recipe), out)
    accuracy = bundle.manifest.accuracy["accuracy"]
    click.echo(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB, {recipe}, "
        f"{', '.join(trained.labels)}, accuracy {100 * accuracy:.1f}%, "
        f"{len(bundle.manifest.golden)} golden pictures, digest {bundle.digest[:16]}"
    )
    if older and older.bundle:
        click.echo(UpdateSize.measure(older.bundle, bundle).line(older.path))
