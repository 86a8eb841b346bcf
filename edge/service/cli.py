"""The `run` and `filmstrip` commands."""

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
        from edge.service.example import EXAMPLE

        click.echo(EXAMPLE, nl=False)
        return
    if config is None:
        raise click.UsageError(
            "Missing option '--config'. (`emberwatch-edge run --example-config` prints one.)"
        )
    from edge.service.session import Session

    session = Session(config, simulate_gpio, timeline, max_frames, quiet)
    ctx.exit(session.run())


@click.command("filmstrip")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("clip", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The PNG to write.")
@click.option(
    "--timeline",
    type=click.Path(path_type=Path),
    help="What `run --timeline` wrote for this clip; else the clip is watched by the rules.",
)
@click.option(
    "--config", type=click.Path(path_type=Path), help="Take [alarm] from this configuration."
)
@click.option("--count", type=click.IntRange(2, 60), default=8, show_default=True)
@click.option("--title", help="The sheet's title; default: the clip's name.")
def filmstrip_command(
    bundle: Path,
    clip: Path,
    out: Path,
    timeline: Path | None,
    config: Path | None,
    count: int,
    title: str | None,
) -> None:
    """Picture the moments of a clip that matter, with heat maps, on one contact sheet.

    \b
    emberwatch-edge filmstrip fire.ember yard.mp4 --out sheet.png
    emberwatch-edge filmstrip fire.ember yard.mp4 --timeline frames.jsonl --out sheet.png
    """
    from edge.service.filmstrip import Filmstrip

    film = Filmstrip.of(bundle, clip, timeline, config)
    moments = film.write(out, count, title or clip.name)
    times = ", ".join(f"{time_s:.2f}" for time_s in moments)
    click.echo(f"{out}: {len(moments)} moments at {times} s")
