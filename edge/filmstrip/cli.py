"""The `filmstrip` command."""

from pathlib import Path

import click


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
    from edge.filmstrip.filmstrip import Filmstrip

    film = Filmstrip.of(bundle, clip, timeline, config)
    moments = film.write(out, count, title or clip.name)
    times = ", ".join(f"{time_s:.2f}" for time_s in moments)
    click.echo(f"{out}: {len(moments)} moments at {times} s")
