"""The `compare` command."""

import json
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from edge.contract import atomic
from training.compare.comparison import Comparison
from training.compare.table import rows_of


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write a page with plots to this file."
)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Write the figures to this file."
)
def compare_command(runs: tuple[Path, ...], out: Path | None, json_file: Path | None) -> None:
    """Put training runs side by side: accuracy, size, time.

    Whether the runs were tested on the same pictures is checked by their content. Where they
    were not, accuracy is counted on the pictures that all have, and said so.

    \b
    emberwatch compare runs/inception runs/mobilenet
    emberwatch compare runs/* --out compare.html --json compare.json

    Sizes and times of quantised models appear once `emberwatch convert` and `emberwatch
    benchmark` have run.
    """
    comparison = Comparison.read(runs)
    show(comparison, Console())
    if json_file:
        text = json.dumps(comparison.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        atomic.write_text(json_file, text + "\n")
        click.echo(json_file)
    if out:
        from training.compare.page import write_page

        write_page(comparison, out)
        click.echo(out)


def show(comparison: Comparison, console: Console) -> None:
    """Print a comparison as a table, a column for each run."""
    table = Table(box=box.SIMPLE)
    table.add_column("", no_wrap=True)
    for one in comparison.candidates:
        table.add_column(one.name, justify="right", overflow="fold")
    for row in rows_of(comparison):
        table.add_row(row.name, *row.cells)
    console.print(table)
    for pair in comparison.pairs:
        agreed = pair.agreement
        same = f"same answer for {agreed.percent()} of {agreed.of} pictures; " if agreed.of else ""
        _say(console, f"{pair.first}, {pair.second}: {same}{pair.words}")
    for note in comparison.notes:
        _say(console, f"note: {note}")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
