"""The gate's table: every check with its figures, for a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from converter.gauntlet.certificate import CHECK_PREFIX
from converter.packaging.gate import Gate
from converter.packaging.package import Judged
from edge.contract.approval import Check

UNITS = {"_percent": "%", "_points": "", "_ms": " ms"}
STYLES = {"passed": "green", "warning": "yellow", "FAILED": "bold red"}


def show(judged: Judged, gate: Gate, negative: str | None, console: Console) -> None:
    """Print every check; of the gauntlet's many, those that did not pass and how many did."""
    checks = judged.approval.checks
    gauntlet = [check for check in checks if check.name.startswith(CHECK_PREFIX)]
    failed = [check for check in gauntlet if not check.passed]
    listed = [check for check in checks if check not in gauntlet or not check.passed]
    console.print(_table(listed, f"The gate on {judged.recipe.name}"))
    notes = [
        f"{in_words(check.name)[0]}: {check.note}"
        for check in listed
        if check.note and not check.passed
    ]
    if gauntlet:
        passed = len(gauntlet) - len(failed)
        notes.append(f"gauntlet: {passed} of {len(gauntlet)} checks passed")
        if failed and gate.gauntlet == "warn":
            notes.append("the gauntlet only warns; --gauntlet strict refuses by it")
    elif gate.gauntlet == "warn":
        notes.append("gauntlet: not run for this model; `emberwatch gauntlet RUN` certifies it")
    if negative is None:
        notes.append("false alarms: not measured, the labels have no class of normal pictures")
    if gate.max_ms is None:
        notes.append("latency: no limit set (--max-ms); a workstation's time is not a Pi's")
    for note in notes:
        console.print(note, highlight=False, markup=False, soft_wrap=True)


def _table(checks: Sequence[Check], title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    table.add_column("check")
    for name in ("measured", "counted", "95% interval", "limit"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for check in checks:
        name, unit = in_words(check.name)
        cells = (f"{check.measured:.3g}{unit}", check.counted, check.interval, check.bound)
        style = STYLES[check.verdict]
        table.add_row(escape(name), *cells, f"[{style}]{check.verdict}[/{style}]")
    return table


def in_words(name: str) -> tuple[str, str]:
    """Return a check's name as people say it, and the sign of its unit.

    `recall_percent[fire]` is `recall, fire` in `%`; points have no sign.
    """
    figure, _, subject = name.rstrip("]").partition("[")
    for ending, sign in UNITS.items():
        if figure.endswith(ending):
            figure, unit = figure.removesuffix(ending), sign
            break
    else:
        unit = ""
    words = figure.replace("_", " ")
    return (f"{words}, {subject}" if subject else words), unit
