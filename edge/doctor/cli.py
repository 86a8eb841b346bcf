"""The `doctor` command."""

import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edge.doctor.finding import Finding

COLOURS = {"ok": "green", "note": "yellow", "bad": "red"}
WIDTH, INDENT = 96, 16
# What kind of thing is wrong, by what was looked at; the machine's otherwise.
EXIT_CODES = {"config": 2, "model": 3}
MACHINE = 5


@click.command("doctor")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="The configuration that the watch runs with.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--simulate-gpio", is_flag=True, help="For a machine without pins; no siren would sound."
)
@click.pass_context
def doctor_command(ctx: click.Context, config: Path, as_json: bool, simulate_gpio: bool) -> None:
    """Examine this machine: would the watch work here?

    It runs the model, takes frames from the camera, opens the pins (nothing sounds), writes to
    the disk, and looks at clock, heat, power, memory, watchdog and network. Beside a watch that
    runs it leaves camera and pins alone, and asks the watch.

    \b
    emberwatch-edge doctor --config emberwatch.toml

    The exit code is 0 only if nothing is bad: else 2 for the configuration, 3 for the model,
    5 for the machine. A note is something to see to; the watch works all the same.
    """
    from edge.doctor.doctor import Doctor

    quiet = as_json or not sys.stderr.isatty()
    found: list[Finding] = []
    for finding in Doctor(config, simulate_gpio, begins=_no_sign if quiet else _sign).examine():
        found.append(finding)
        if not as_json:
            _clear(quiet)
            click.echo(_line(finding))
    code = _exit_code(found)
    if as_json:
        record = {"works": code == 0, "findings": [finding.to_json() for finding in found]}
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        _clear(quiet)
        click.echo(_sum(found, simulate_gpio))
    ctx.exit(code)


def _line(finding: "Finding") -> str:
    first, *rest = textwrap.wrap(finding.found, WIDTH - INDENT) or [""]
    level = click.style(f"{finding.level:<4}", fg=COLOURS[finding.level], bold=True)
    lines = [f"{level}  {finding.check:<8}  {first}"]
    lines += [f"{'':{INDENT}}{line}" for line in rest]
    if finding.todo:
        todo = textwrap.wrap(finding.todo, WIDTH - INDENT - 2)
        lines += [
            f"{'':{INDENT}}{'> ' if number == 0 else '  '}{line}"
            for number, line in enumerate(todo)
        ]
    return "\n".join(lines)


def _sum(found: "list[Finding]", simulated: bool) -> str:
    bad = sum(finding.level == "bad" for finding in found)
    notes = sum(finding.level == "note" for finding in found)
    noted = {0: "", 1: "; 1 note"}.get(notes, f"; {notes} notes")
    if bad:
        return "\n" + click.style(f"The watch would not work here: {bad} bad{noted}.", fg="red")
    pins = ", but for its simulated pins: no siren would sound" if simulated else ""
    return "\n" + click.style(f"The watch would work here{pins}{noted}.", fg="green")


def _exit_code(found: "list[Finding]") -> int:
    bad = [finding.check for finding in found if finding.level == "bad"]
    return EXIT_CODES.get(bad[0], MACHINE) if bad else 0


def _sign(name: str) -> None:
    click.echo(f"\r\x1b[K...   {name}", nl=False, err=True)


def _no_sign(name: str) -> None:
    """Show nothing: nobody looks."""


def _clear(quiet: bool) -> None:
    if not quiet:
        click.echo("\r\x1b[K", nl=False, err=True)
