"""The `gauntlet` command."""

import json
from pathlib import Path

import click
from rich.console import Console

from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.gauntlet.exhibits import DEFAULT_PICTURES, Source, gather
from converter.gauntlet.gauntlet import run_gauntlet
from converter.gauntlet.of_run import sources_of
from converter.gauntlet.page import write_page
from converter.gauntlet.subject import Subject
from converter.gauntlet.table import show
from converter.options import EDGE_PYTHON
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import RECIPES, find_recipe
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError

FOLDER = click.Path(path_type=Path)


@click.command("gauntlet")
@click.argument("subject", metavar="RUN|BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--test",
    type=FOLDER,
    help="Labelled pictures, one sub-folder a class. Default: the run's own test part; a bundle "
    "has none and needs this or --site-frames.",
)
@click.option(
    "--site-frames", type=FOLDER, help="Frames of the camera's own view with nothing amiss."
)
@click.option(
    "--scenes",
    type=FOLDER,
    help="Pictures that `emberwatch scenes` drew, with another --seed than any trained on.",
)
@click.option(
    "--pictures",
    type=click.IntRange(1),
    default=DEFAULT_PICTURES,
    show_default=True,
    help="At most so many of each class from each of these folders.",
)
@click.option(
    "--recipe",
    type=click.Choice(list(RECIPES)),
    default="int8",
    show_default=True,
    help="Which model of a run.",
)
@click.option("--negative", metavar="CLASS", help="The class of normal pictures. Default: misc.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of what the conditions draw by chance.",
)
@click.option(
    "--out", type=FOLDER, help="Where gauntlet.json and gauntlet.html go. Default: the run."
)
@click.option("--json", "as_json", is_flag=True, help="Print the certificate as JSON.")
@EDGE_PYTHON
def gauntlet_command(
    subject: Path,
    test: Path | None,
    site_frames: Path | None,
    scenes: Path | None,
    pictures: int,
    recipe: str,
    negative: str | None,
    seed: int,
    out: Path | None,
    as_json: bool,
    edge_python: Path | None,
) -> None:
    """Show a model what fools fire detectors, and count its false alarms and its misses.

    Eleven conditions are drawn onto your own pictures: sunset, headlights, candle, hearth, fog,
    grey wall, steam, night infra-red, a wrong white balance, rain on the lens and rolling
    flicker, each in two strengths. Normal pictures must stay quiet, hazards must still be
    found. The quantised model runs in the Pi's own runtime; it takes some minutes.

    Writes gauntlet.json, the certificate, which `emberwatch package` puts into the bundle and
    holds against its limits, and gauntlet.html with examples of each condition.

    \b
    emberwatch gauntlet runs/fire
    emberwatch gauntlet runs/fire --site-frames frames/hall
    emberwatch gauntlet fire.ember --test labelled/ --out checks/
    """
    environment = PiEnvironment.find(edge_python)
    progress = Progress.on_stderr()
    if subject.is_dir():
        trained = TrainedModel.read(subject)
        conversion = Conversion(trained, environment, CalibrationSet.draw(trained), progress)
        tried = Subject.of_run(trained, conversion.model(find_recipe(recipe)), negative)
        own, out = Source.test_part(trained), out or subject
    else:
        tried, own = Subject.of_bundle(subject, negative), None
    sources = sources_of(tried, own, test, site_frames, scenes)
    if not sources:
        raise InputError(
            "a bundle brings no test pictures",
            expected="--test FOLDER with a sub-folder for each class, or --site-frames FOLDER",
        )
    exhibits = gather(sources, tried, pictures, seed)
    done = run_gauntlet(tried, exhibits, environment, progress, seed)
    written = []
    if out is not None:
        with progress.step("draw the page"):
            written = [done.certificate.write(out), write_page(done, out)]
    if as_json:
        click.echo(json.dumps(done.certificate.to_json(), ensure_ascii=False))
        return
    show(done.certificate, Console(), exhibits.left_out)
    for path in written:
        click.echo(path)
