"""The `verify` command: is a bundle whole, and does this machine reproduce it?"""

import json
from pathlib import Path

import click

from edge.contract.bundle import ModelBundle
from edge.inference.classifier import Classifier
from edge.update.golden import GoldenReport, check_golden


@click.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Threads for the interpreter.",
)
@click.option(
    "--runtime",
    type=click.Choice(["ai-edge-litert", "tflite-runtime"]),
    help="Default: the fastest one installed.",
)
def verify_command(bundle: Path, as_json: bool, threads: int, runtime: str | None) -> None:
    """Check every byte of a bundle, then run its golden pictures on this machine.

    Each golden picture must become the very input tensor that it became when the bundle was
    packaged, and get the same scores within the bundle's tolerance.

    \b
    emberwatch-edge verify fire.ember

    The exit code is 3 when the bundle is damaged or this machine gives other scores.
    """
    read = ModelBundle.read(bundle)
    report = check_golden(Classifier.from_bundle(read, threads, runtime), read)
    if as_json:
        click.echo(json.dumps(_as_json(read, report), ensure_ascii=False))
    elif not report.failures:
        click.echo(_as_text(bundle, report))
        # Whoever installs it must know that a check failed and who let it pass.
        if read.manifest.approval.warning:
            click.echo(f"{bundle}: {read.manifest.approval.warning}")
    report.require()


def _as_json(bundle: ModelBundle, report: GoldenReport) -> dict[str, object]:
    return {
        "name": bundle.manifest.name,
        "digest": bundle.digest,
        "overridden": bundle.manifest.approval.warning,
        "largest_quanta": report.largest_quanta,
        **vars(report),
    }


def _as_text(path: Path, report: GoldenReport) -> str:
    if report.largest_quanta is None:
        difference = f"{report.largest_difference:.2g} in score"
    else:
        difference = f"{report.largest_quanta:g} quanta of the score"
    return (
        f"{path}: whole; {report.vectors} golden pictures come out in {report.runtime}, "
        f"largest difference {difference}"
    )
