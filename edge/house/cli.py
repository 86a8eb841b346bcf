"""The `house` command."""

import signal
from pathlib import Path
from types import FrameType

import click


@click.command("house")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="The watch's configuration, in TOML.",
)
def house_command(config: Path) -> None:
    """Tell MQTT, a webhook and Prometheus how the watch is.

    It follows the watch that runs with the same configuration, which starts it by itself
    where [mqtt] broker, [webhook] url or [metrics] port is set. By hand, beside a watch:

    \b
    emberwatch-edge house --config emberwatch.toml

    The watch waits for nothing that happens here. SIGTERM and Ctrl-C end it with exit code 0.
    """
    from edge.config.config import Config
    from edge.house.house import House

    house = House(Config.read(config), lambda line: click.echo(line, err=True))

    def stop(_number: int, _frame: FrameType | None) -> None:
        house.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    house.run()
