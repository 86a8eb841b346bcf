"""The `replay` and `tune` commands."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click

from edge.contract.errors import CameraError
from edge.replay.progress import Progress

FILE = click.Path(path_type=Path)
ABOVE_0 = click.FloatRange(0, min_open=True)
CLIPS = click.argument("clips", nargs=-1, required=True, type=FILE, metavar="CLIP...")
LABELS = click.option(
    "--labels",
    multiple=True,
    type=FILE,
    metavar="FILE",
    help="A clip's labels (columns frame and label); default: CLIP.labels.tsv beside it.",
)
BUNDLE = click.option(
    "--bundle", type=FILE, metavar="FILE", help="The model; default: the configuration's."
)
CONFIG = click.option(
    "--config", type=FILE, metavar="FILE", help="The configuration; default: all defaults."
)
FPS = click.option(
    "--fps",
    type=ABOVE_0,
    metavar="NUMBER",
    help="Look at so many frames a second, as the camera will; default: [camera] max_fps.",
)
CACHE = click.option(
    "--cache", type=FILE, metavar="FOLDER", help="Keep what was seen in this folder, for next time."
)


@click.command("replay")
@CLIPS
@BUNDLE
@CONFIG
@LABELS
@FPS
@CACHE
@click.option(
    "--starts-at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]),
    metavar="TIME",
    help="The local time of each clip's first frame, for schedules.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for each clip.")
@click.option("--out", type=FILE, metavar="FILE", help="Also write those lines to this file.")
@click.pass_context
def replay_command(
    ctx: click.Context,
    clips: tuple[Path, ...],
    bundle: Path | None,
    config: Path | None,
    labels: tuple[Path, ...],
    fps: float | None,
    cache: Path | None,
    starts_at: datetime | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Play recorded footage through the watch's own decisions, as fast as it goes.

    \b
    emberwatch-edge replay --bundle fire.ember yard.mp4
    emberwatch-edge replay --config emberwatch.toml --json yard.mp4 hall.mp4
    emberwatch-edge replay --config emberwatch.toml --starts-at 2026-03-01T18:00 hearth.mp4

    For each clip it says when a pre-alarm, an alarm and a trouble would have come, in seconds
    from its first frame. A folder of pictures is a clip too. A clip that cannot be read, or not
    to its end, makes the exit code 5; the others are still played.
    """
    from edge.contract.atomic import write_text
    from edge.replay.clip_labels import find_labels
    from edge.replay.replay import Replay
    from edge.replay.session import ReplaySession
    from edge.replay.verdicts import HEAD

    session = ReplaySession.open(clips[0], bundle, config, fps, cache)
    replay = Replay(session, find_labels(clips, labels), starts_at)
    lines, broken = [], False
    if not as_json:
        click.secho(HEAD, bold=sys.stdout.isatty())
    for clip in clips:
        with _progress(clip.name) as bar:
            verdict = replay.clip(clip, bar.step)
        broken |= verdict.error is not None
        lines.append(verdict.line())
        click.echo(verdict.line() if as_json else verdict.row())
    if out is not None:
        write_text(out, "".join(f"{line}\n" for line in lines))
    if broken:
        ctx.exit(CameraError.exit_code)


@click.command("tune")
@CLIPS
@BUNDLE
@CONFIG
@LABELS
@click.option(
    "--normal",
    is_flag=True,
    help="Nothing burns in the clips that have no labels; else each clip needs some.",
)
@click.option(
    "--false-alarms-per-day",
    "per_day",
    type=ABOVE_0,
    metavar="NUMBER",
    default=1.0,
    show_default=True,
    help="How many would be borne.",
)
@FPS
@CACHE
@click.option(
    "--out", type=FILE, metavar="FILE", help="Write a configuration with the chosen rules."
)
@click.option(
    "--plot", type=FILE, metavar="FILE", help="Draw false alarms a day against delay, as a PNG."
)
@click.option("--json", "as_json", is_flag=True, help="Print every trial and the choice as JSON.")
def tune_command(
    clips: tuple[Path, ...],
    bundle: Path | None,
    config: Path | None,
    labels: tuple[Path, ...],
    normal: bool,
    per_day: float,
    fps: float | None,
    cache: Path | None,
    out: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Try many alarm rules on labelled footage, and choose by a wanted rate of false alarms.

    \b
    emberwatch-edge tune --bundle fire.ember yard.mp4 --out emberwatch.toml --plot tune.png
    emberwatch-edge tune --config emberwatch.toml --normal --false-alarms-per-day 0.1 week*.mp4

    Every rule is tried with the watch's own decision code. Delay is from the first frame with
    a hazard to the alarm. Film what the camera will see on quiet days: only days of footage
    show that false alarms are rare, and it says how many are needed.
    """
    from edge.contract.atomic import write_text
    from edge.replay.choice_text import choice_json, choice_lines, explain
    from edge.replay.clip_labels import find_labels
    from edge.replay.config_text import tuned_config
    from edge.replay.session import ReplaySession
    from edge.replay.tuner import Tuner

    session = ReplaySession.open(clips[0], bundle, config, fps, cache, lean=True)
    tuner = Tuner(session, find_labels(clips, labels), normal)
    for clip in clips:
        with _progress(clip.name) as bar:
            tuner.add(clip, bar.step)
    with _progress("rules", len(tuner.rules)) as bar:
        tuner.run(bar.step)
    choice = tuner.choose(per_day)
    if as_json:
        click.echo(json.dumps(choice_json(tuner.trials, choice, tuner.footage), indent=1))
    else:
        click.echo("\n".join(choice_lines(tuner.trials, choice, tuner.footage)))
    if plot is not None:
        from edge.replay.plot import draw_plot

        draw_plot(plot, tuner.trials, choice)
        click.echo(f"{plot}: false alarms a day against delay", err=as_json)
    if out is not None:
        write_text(out, tuned_config(config, session.config, choice.trial.rules, explain(choice)))
        click.echo(f"{out}: [alarm] holds the chosen rules", err=as_json)


def _progress(what: str, total: int | None = None) -> Progress:
    return Progress(what, sys.stderr, total)
