"""The gauntlet's table: each condition's false alarms and misses, for a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from converter.gauntlet.certificate import DEFAULT_MAX_NUISANCE_POINTS, Certificate, Rate, Tried
from converter.gauntlet.conditions import find_condition

MOST_LEFT_OUT = 5


def show(certificate: Certificate, console: Console, left_out: Sequence[str] = ()) -> None:
    """Print a certificate as a table, a row for each step, worst figures marked."""
    table = Table(
        title=f"The gauntlet in {certificate.runtime}", title_justify="left", box=box.SIMPLE
    )
    table.add_column("condition", no_wrap=True)
    for name in ("false alarms", "95%", "rise", "recall", "95%", "loss"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row("plain pictures", *_cells(certificate.plain))
    before = ""
    for one in certificate.tried:
        if one.condition != before:
            table.add_row(escape(before := one.condition), style="bold")
        table.add_row(escape(f"  {one.step}"), *_cells(one))
    console.print(table)
    for note in _notes(certificate):
        console.print(note, highlight=False, soft_wrap=True)
    for line in left_out[:MOST_LEFT_OUT]:
        console.print(f"left out: {line}", highlight=False, markup=False, soft_wrap=True)
    if len(left_out) > MOST_LEFT_OUT:
        console.print(f"and {len(left_out) - MOST_LEFT_OUT} more were left out")


def _cells(one: Tried) -> list[str]:
    cells = _rate(one.false_alarms, one.false_alarms.rise.value)
    recall = one.recall_of_all
    return cells + (_rate(recall, recall.loss.value) if recall else ["", "", ""])


def _rate(rate: Rate, change: float | None) -> list[str]:
    points = 100 * (change or 0.0)
    text = f"{points:+.0f}"
    if points > DEFAULT_MAX_NUISANCE_POINTS:
        text = f"[bold red]{text}[/bold red]"
    share = rate.share
    interval = f"{100 * (share.low or 0):.0f}-{100 * (share.high or 0):.0f}" if share.of else "-"
    return [f"{share.count}/{share.of}", interval, text]


def _notes(certificate: Certificate) -> list[str]:
    judged = list(certificate.checks(advisory=False))
    kept = sum(check.passed for check in judged)
    notes = [
        f"False alarms: {certificate.negative} called a hazard. Recall: hazards called any hazard. "
        "Rise and loss in points, against the same pictures plain.",
        f"{kept} of {len(judged)} checks within {DEFAULT_MAX_NUISANCE_POINTS:g} points "
        "(each condition by its worse step).",
    ]
    unjudged = {one.condition for one in certificate.tried}
    unjudged = {name for name in unjudged if not find_condition(name).judged}
    if unjudged:
        names = ", ".join(sorted(unjudged))
        notes.append(f"Not judged: {names}. That it may burn is for a zone of the alarm to say.")
    return notes
