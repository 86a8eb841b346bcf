"""The `report` command."""

from pathlib import Path

import click

from converter.trained_model import TrainedModel
from training.report.operating_point import WANTED


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--false-alarms",
    type=click.FloatRange(0, 0.5, min_open=True),
    default=WANTED,
    show_default=True,
    help="The share of normal pictures that may alarm: the threshold is chosen for it, on "
    "pictures that take no part in the test.",
)
def report_command(run: Path, false_alarms: float) -> None:
    """Write RUN/report.html, one page that says what a training run is worth.

    `emberwatch retrain` writes it too. Do it again after `emberwatch benchmark`, and the
    quantised model's accuracy stands beside the others; or with another wish:

    \b
    emberwatch report runs/yard
    emberwatch report runs/yard --false-alarms 0.02

    The page loads nothing from anywhere: send it, or read it on a phone.
    """
    from training.report.page import Findings, write_report

    trained = TrainedModel.read(run)
    page = write_report(trained, wanted=false_alarms)
    click.echo(" ".join(Findings.of(trained, false_alarms).verdict.sentences))
    click.echo(page)
