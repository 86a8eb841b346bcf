"""The `pins` commands."""

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import click

from edge.alarm.button_settings import ButtonSettings
from edge.alarm.header import PHYSICAL, pulled_up_at_reset
from edge.alarm.output_lines import RELAYS, SMALL, OutputLines
from edge.alarm.pins import Pins, real_pins, simulated_pins
from edge.config.part import read_part
from edge.contract.errors import GpioError, InputError, MachineError

if TYPE_CHECKING:
    from edge.link.snapshot import Snapshot

HEAD = f"{'line':<16} {'GPIO':>4} {'pin':>4}  {'on by':<7} {'at reset':<9} {'now':<11} held by"


@dataclass(frozen=True)
class _Asked:
    config: Path
    simulated: bool

    def outputs(self) -> OutputLines:
        return read_part(self.config, "outputs", OutputLines)

    def buttons(self) -> ButtonSettings:
        return read_part(self.config, "buttons", ButtonSettings)

    def pins(self) -> Pins:
        if not self.simulated:
            return real_pins()
        click.echo("SIMULATED pins: nothing is driven", err=True)
        return simulated_pins()


@click.group("pins")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="The watch's configuration: its [outputs] and [buttons] are used.",
)
@click.option("--simulate-gpio", is_flag=True, help="Pretend: no pin is driven.")
@click.pass_context
def pins_command(ctx: click.Context, config: Path, simulate_gpio: bool) -> None:
    """Try the wiring, and leave the lines safe.

    \b
    emberwatch-edge pins --config emberwatch.toml show
    emberwatch-edge pins --config emberwatch.toml test siren --seconds 1
    emberwatch-edge pins --config emberwatch.toml buttons
    emberwatch-edge pins --config emberwatch.toml safe

    Only one process can drive a line: `test`, `buttons` and `safe` are for while the watch is
    stopped. Exit code 5 says that a line is in use, missing or does not follow.
    """
    ctx.obj = _Asked(config, simulate_gpio)


@pins_command.command("safe")
@click.pass_obj
def safe_command(asked: _Asked) -> None:
    """Drop every line: siren and beacon off, trouble told.

    The service does so after each end of the watch, whatever ended it, because the kernel
    keeps a line as it was when its process dies.
    """
    from edge.alarm.safe_pins import leave_safe

    lines = asked.outputs()
    with closing(asked.pins()) as pins:
        found = leave_safe(lines, pins)
    for name, error in found.items():
        at = f"GPIO {lines.numbers()[name]}"
        click.echo(f"{name:<12} {at:<8} {'off' if error is None else error.line()}")
    faults = [name for name, error in found.items() if error is not None]
    if faults:
        raise GpioError(f"not known to be off: {', '.join(faults)}")


@pins_command.command("show")
@click.pass_obj
def show_command(asked: _Asked) -> None:
    """List the lines: where they are on the header, their state, and who holds them."""
    lines, buttons = asked.outputs(), asked.buttons()
    watch = _watch(asked.config)
    energised = {} if watch is None else watch.lines
    with closing(asked.pins()) as pins:
        click.echo(HEAD)
        for name, bcm in lines.numbers().items():
            level = "high" if lines.is_active_high(name) else "low"
            state = {True: "energised", False: "off", None: "-"}[energised.get(name)]
            _row(name, bcm, level, state, pins)
        for name, bcm in buttons.numbers().items():
            _row(f"{name} button", bcm, "ground" if buttons.to_ground else "3.3 V", "-", pins)
    if watch is None:
        click.echo("No watch answers here; what the lines are at now is not known.")
    elif watch.simulated_gpio:
        click.echo("The watch drives SIMULATED pins: no siren will sound.")


@pins_command.command("test")
@click.argument("line", type=click.Choice([*RELAYS, *SMALL]))
@click.option(
    "--seconds",
    type=click.FloatRange(0.05, 60),
    default=2.0,
    show_default=True,
    help="How long it is energised.",
)
@click.pass_obj
def test_command(asked: _Asked, line: str, seconds: float) -> None:
    """Energise one line for a moment. A SIREN WILL SOUND.

    \b
    emberwatch-edge pins --config emberwatch.toml test trouble --seconds 5
    """
    lines = asked.outputs()
    if line not in lines.numbers():
        raise InputError(
            f"there is no {line} line", next_step=f"give it a number: [outputs] {line} = ..."
        )
    bcm = lines.numbers()[line]
    with _unwound_by_signals(), closing(asked.pins()) as pins:
        with closing(pins.line(bcm, active_high=lines.is_active_high(line))) as opened:
            opened.switch(True)
            click.echo(f"{line}: GPIO {bcm}, pin {PHYSICAL[bcm]}, energised for {seconds:g} s")
            sleep(seconds)
        click.echo(f"{line}: off again")


@pins_command.command("buttons")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    default=30.0,
    show_default=True,
    help="How long to wait for presses.",
)
@click.pass_obj
def buttons_command(asked: _Asked, seconds: float) -> None:
    """Print what is pressed, as the watch would take it."""
    from edge.alarm.buttons import Buttons

    settings = asked.buttons()
    if not settings.numbers():
        raise InputError(
            "there are no buttons", next_step="give them numbers: [buttons] reset = ..."
        )
    with (
        _unwound_by_signals(),
        closing(asked.pins()) as pins,
        closing(Buttons(settings, pins)) as buttons,
    ):
        click.echo(f"press {', '.join(settings.numbers())}; Ctrl-C ends")
        end, problem = monotonic() + seconds, None
        while monotonic() < end:
            for press in buttons.presses():
                click.echo(press)
            if buttons.problem not in (problem, None):
                click.echo(buttons.problem)
            problem = buttons.problem
            sleep(0.05)


@contextmanager
def _unwound_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end it as Ctrl-C does: the lines drop on the way out."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _row(name: str, bcm: int, level: str, state: str, pins: Pins) -> None:
    reset = "high" if pulled_up_at_reset(bcm) else "low"
    user = pins.user(bcm)
    held = "not known" if user is None else user or "nobody"
    click.echo(f"{name:<16} {bcm:>4} {PHYSICAL[bcm]:>4}  {level:<7} {reset:<9} {state:<11} {held}")


def _watch(config: Path) -> "Snapshot | None":
    """Return what a running watch says of itself, None where none answers."""
    from edge.link.address import control_path
    from edge.link.control_client import ControlClient
    from edge.store.settings import StoreSettings

    try:
        folder = read_part(config, "store", StoreSettings).folder
        with ControlClient(control_path(folder), timeout_seconds=2.0) as client:
            return client.state()
    except MachineError:
        return None
