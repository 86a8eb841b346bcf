"""The `rescue` command."""

from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.options import conversion_options
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import find_recipe
from converter.rescue.judge import Judge
from converter.rescue.report import write_report
from converter.rescue.rescue import Rescue
from converter.rescue.search import Limits, Search
from converter.rescue.workshop import Workshop
from converter.trained_model import TrainedModel
from edge.contract.errors import GateRefused, InputError


@click.command("rescue")
@conversion_options
@click.option(
    "--max-drop",
    type=click.FloatRange(0, 100),
    default=0.5,
    show_default=True,
    help="Points of accuracy that may be lost to the float model.",
)
@click.option(
    "--max-ms",
    type=click.FloatRange(0, min_open=True),
    help="Milliseconds that a picture may take, one thread. Default: as fast as the fastest.",
)
@click.option("--recipe", default="int8", show_default=True, help="The recipe to be rescued.")
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=Limits.trials,
    show_default=True,
    help="How many recipes are carried out at most.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where rescue.json and rescue.html go. Default: the run's folder.",
)
def rescue_command(
    run: Path,
    edge_python: Path | None,
    calibration: int,
    seed: int,
    max_drop: float,
    max_ms: float | None,
    recipe: str,
    trials: int,
    out: Path | None,
) -> None:
    """Search for a recipe that brings a quantised model's accuracy back.

    Tries the head in float, how the ranges are ended, biases corrected or not, other
    calibration pictures, and then the layers that cost most in float: each as a real model in
    the Pi's own runtime, on the validation pictures. The test pictures choose nothing.

    Writes RUN/rescue.json and RUN/rescue.html, one page with all in it, and for each recipe
    that no other beats RUN/rescue/NAME.json. A trial that was made is not made again: stop it
    and run it again as you like.

    \b
    emberwatch rescue runs/fire
    emberwatch rescue runs/fire --max-drop 0.3 --max-ms 20 \\
        --edge-python .venv/edge-litert/bin/python
    emberwatch convert runs/fire --recipe runs/fire/rescue/NAME.json

    The exit code is 4 where no recipe is within the limits.
    """
    base = find_recipe(recipe)
    if not base.calibrated:
        raise InputError(
            f"{base.name} has no calibration to search",
            expected="a recipe with activations in integers, such as int8",
        )
    trained = TrainedModel.read(run)
    progress = Progress.on_stderr()
    environment = PiEnvironment.find(edge_python)
    drawn = CalibrationSet.draw(trained, calibration, seed)
    conversion = Conversion(trained, environment, drawn, progress)
    judge = Judge.of_run(trained, conversion.keras_model.scores)
    workshop = Workshop(conversion, judge, progress)
    limits = Limits(max_drop, max_ms, trials)
    found = Search(workshop, base, limits, progress.say).run()
    rescue = Rescue.of(run, environment.runtime, limits, found)
    written = rescue.write(out or run)
    page = write_report(rescue, out or run)
    show(rescue, Console())
    click.echo(f"{written}\n{page}")
    if rescue.chosen is None:
        raise GateRefused(
            "no recipe that was tried is within the limits",
            expected=f"--max-drop {max_drop:g}" + (f", --max-ms {max_ms:g}" if max_ms else ""),
            next_step="allow more --trials, --max-drop or --max-ms, or train with more pictures",
        )


def show(rescue: Rescue, console: Console) -> None:
    """Print the front as a table, and what to take."""
    table = Table(box=box.SIMPLE_HEAD, title="What no other recipe beats", title_justify="left")
    table.add_column("recipe", overflow="fold")
    for column in ("accuracy", "lost", "drift", "agrees", "ms", "MB"):
        table.add_column(column, justify="right", no_wrap=True)
    for one in (*rescue.front, *rescue.yardsticks):
        mark = " *" if one == rescue.chosen else ""
        table.add_row(
            f"{one.recipe.name}{mark}\n[dim]{one.recipe.summary}[/dim]",
            f"{one.accuracy:.1%}",
            f"{one.drop:.1f}",
            f"{one.drift:.4f}",
            f"{one.agreement:.1%}",
            f"{one.ms:.1f}",
            f"{one.size_bytes / 1e6:.1f}",
        )
    console.print(table)
    said = "\n".join(filter(None, (rescue.verdict, rescue.warning, rescue.coarse)))
    console.print(said, highlight=False, markup=False)
    chosen = rescue.chosen
    if chosen is not None and chosen != rescue.base:
        console.print(rescue.command(chosen), highlight=False, markup=False, soft_wrap=True)
