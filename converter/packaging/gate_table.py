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
    """Print every check; of the gauntlet's many, how many passed and those that did not."""
    checks = judged.approval.checks
    gauntlet = [check for check in checks if check.name.startswith(CHECK_PREFIX)]
    others = [check for check in checks if check not in gauntlet]
    console.print(_table(others, gauntlet, f"The gate on {judged.recipe.name}"))
    notes = [
        f"{in_words(check.name)[0]}: {check.note}"
        for check in others
        if check.note and not check.passed
    ]
    notes += [_fooled(check) for check in gauntlet if not check.passed]
    if any(check.advisory and not check.passed for check in gauntlet):
        notes.append("the gauntlet only warns; --gauntlet strict refuses by it")
    if not gauntlet and gate.gauntlet == "warn":
        notes.append("gauntlet: not run for this model; `emberwatch gauntlet RUN` certifies it")
    if negative is None:
        notes.append("false alarms: not measured, the labels have no class of normal pictures")
    elif not any(check.name == "false_alarm_percent" for check in checks):
        notes.append(f"false alarms: not measured, there are no test pictures of {negative}")
    if gate.max_ms is None:
        notes.append("latency: no limit set (--max-ms); a workstation's time is not a Pi's")
    for note in notes:
        console.print(note, highlight=False, markup=False, soft_wrap=True)


def _table(checks: Sequence[Check], gauntlet: Sequence[Check], title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    table.add_column("check")
    for name in ("measured", "counted", "95% interval", "limit"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for check in checks:
        name, unit = in_words(check.name)
        limit = f"{'min' if check.at_least else 'max'} {check.limit:g}"
        cells = (f"{check.measured:.3g}{unit}", check.counted, check.interval, limit)
        table.add_row(escape(name), *cells, _styled(check.verdict))
    if gauntlet:
        passed = sum(check.passed for check in gauntlet)
        verdict = next((check.verdict for check in gauntlet if not check.passed), "passed")
        share = f"{passed} of {len(gauntlet)}"
        table.add_row("gauntlet, passed", "", share, "", "all", _styled(verdict))
    return table


def _styled(verdict: str) -> str:
    return f"[{STYLES[verdict]}]{verdict}[/{STYLES[verdict]}]"


def _fooled(check: Check) -> str:
    """Return a failed check of the gauntlet in words."""
    name, _ = in_words(check.name)
    return f"{name}: {check.measured:.3g} points, {check.bound} ({check.note})"


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
