"""The `run` command."""

from contextlib import closing
from pathlib import Path

import click


@click.command("run")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration, in TOML.")
@click.option("--simulate-gpio", is_flag=True, help="Drive simulated pins: NO SIREN WILL SOUND.")
@click.option(
    "--timeline",
    type=click.Path(path_type=Path),
    help="Write one JSON object a line for each frame to this file.",
)
@click.option("--max-frames", type=click.IntRange(1), help="Stop after so many frames.")
@click.option("--quiet", is_flag=True, help="Print no rows, only problems and the summary.")
@click.option(
    "--example-config", is_flag=True, help="Print a commented configuration, and do no more."
)
@click.pass_context
def run_command(
    ctx: click.Context,
    config: Path | None,
    simulate_gpio: bool,
    timeline: Path | None,
    max_frames: int | None,
    quiet: bool,
    example_config: bool,
) -> None:
    """Watch a camera and drive the alarm lines.

    \b
    emberwatch-edge run --example-config > emberwatch.toml
    emberwatch-edge run --config emberwatch.toml
    emberwatch-edge run --config emberwatch.toml --simulate-gpio --timeline frames.jsonl

    The end of a recording and SIGTERM end it with exit code 0, Ctrl-C with 130. A camera, a
    model or pins that fail end it with another one, and the trouble line drops.
    """
    if example_config:
        from edge.config import example

        click.echo(example.example_config(), nl=False)
        return
    if config is None:
        raise click.UsageError(
            "Missing option '--config'. (`emberwatch-edge run --example-config` prints one.)"
        )
    from edge.hand.eye_process import EyeProcess

    with closing(EyeProcess()) as eye:
        from edge.service.session import Session

        session = Session(config, simulate_gpio, timeline, max_frames, quiet)
        ctx.exit(session.run(eye))
