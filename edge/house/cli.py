"""The `house` command."""

import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edge.config.config import Config


@click.command("house")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="The watch's configuration, in TOML.",
)
@click.option("--try", "try_out", is_flag=True, help="Send one test message each way, and end.")
@click.pass_context
def house_command(ctx: click.Context, config: Path, try_out: bool) -> None:
    """Tell MQTT, a webhook and Prometheus how the watch is.

    It follows the watch that runs with the same configuration, which starts it by itself
    where [mqtt] broker, [webhook] url or [metrics] port is set. By hand, beside a watch:

    \b
    emberwatch-edge house --config emberwatch.toml --try
    emberwatch-edge house --config emberwatch.toml

    With --try nothing but a test message is sent, and the exit code is 5 if one did not
    arrive. The watch waits for nothing that happens here. SIGTERM and Ctrl-C end it with
    exit code 0.
    """
    from edge.config.config import Config
    from edge.house.house import House

    if try_out:
        ctx.exit(_try(Config.read(config)))
    house = House(Config.read(config), lambda line: click.echo(line, err=True))

    def stop(_number: int, _frame: FrameType | None) -> None:
        house.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    house.run()


def _try(config: "Config") -> int:
    from edge.house.trial import trial

    failed = tried = 0
    for one in trial(config):
        tried += 1
        failed += one.problem is not None
        words = one.problem or f"{one.where} took a test message"
        click.secho(f"{one.name}: {words}", fg="red" if one.problem else "green")
    if not tried:
        click.echo("neither [mqtt] broker nor [webhook] url is set: there is nothing to try")
    return 5 if failed else 0
