"""The `package` command."""

from pathlib import Path

import click
from rich.console import Console

from converter.convert import Conversion
from converter.options import LIKE, calibration_set, conversion_options
from converter.packaging.gate import Gate, Strictness, check_reason
from converter.packaging.gate_options import gate_options, parse_recalls
from converter.packaging.gate_table import show
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
@gate_options
def package_command(
    run: Path,
    edge_python: Path | None,
    calibration: int,
    seed: int,
    out: Path,
    recipe: str,
    like: Path | None,
    max_drop: float,
    min_recall: tuple[str, ...],
    max_recall_drop: float | None,
    max_false_alarms: float,
    max_ms: float | None,
    gauntlet: Strictness,
    max_nuisance: float,
    negative: str | None,
    override: str | None,
) -> None:
    """Pack a run's model as one bundle that proves itself on every camera.

    The bundle holds the model, its labels, a manifest with hashes and measured figures, a
    model card, and golden pictures with the input tensor and scores that each must give. A
    model not converted or not measured yet is first.

    The gate holds it against named limits and prints them all, with what was measured. If one
    fails, nothing is packed (exit code 4), unless you give an --override with its reason.

    \b
    emberwatch package runs/fire --out fire.ember
    emberwatch package runs/fire --out fire.ember --min-recall fire=0.9 --max-drop 0.5
    emberwatch inspect fire.ember
    emberwatch package runs/fire-2 --out fire-2.ember --like fire.ember
    """
    if override is not None:
        check_reason(override)
    trained = TrainedModel.read(run)
    older = Predecessor.read(like) if like else None
    gate = Gate(
        max_drop_points=max_drop,
        min_recall=parse_recalls(min_recall),
        max_recall_drop_points=max_recall_drop,
        max_false_alarms=max_false_alarms,
        max_ms=max_ms,
        gauntlet=gauntlet,
        max_nuisance_points=max_nuisance,
    )
    conversion = Conversion(
        trained,
        PiEnvironment.find(edge_python),
        calibration_set(trained, calibration, seed, older),
        Progress.on_stderr(),
    )
    packager = Packager(conversion, gate, older, negative)
    judged = packager.judge(find_recipe(recipe))
    show(judged, gate, packager.negative, Console())
    bundle = packager.pack(judged, out, override)
    if bundle.manifest.approval.warning:
        click.echo(bundle.manifest.approval.warning)
    accuracy = bundle.manifest.accuracy["accuracy"]
    click.echo(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB, {recipe}, "
        f"{', '.join(trained.labels)}, accuracy {100 * accuracy:.1f}%, "
        f"{len(bundle.manifest.golden)} golden pictures, digest {bundle.digest[:16]}"
    )
    if older and older.bundle:
        click.echo(UpdateSize.measure(older.bundle, bundle).line(older.path))
