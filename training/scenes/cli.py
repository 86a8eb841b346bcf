"""The `scenes` command."""

from __future__ import annotations

import re
from pathlib import Path

import click

from edge.contract.errors import InputError
from training.scenes.arrays import Size


def parse_size(text: str) -> Size:
    """Read a size such as "400x300", width first, in pixels.

    Raises:
        InputError: if it is not two whole numbers of 64 or more.
    """
    found = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text.strip())
    if found is None or min(int(found[1]), int(found[2])) < 64:
        raise InputError(
            "no such size",
            found=repr(text),
            expected="WIDTHxHEIGHT in pixels, 64 or more each, such as 400x300",
        )
    return int(found[1]), int(found[2])


@click.command("scenes")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--per-class",
    type=click.IntRange(0),
    default=120,
    show_default=True,
    help="Pictures of fire, of smoke and of neither (misc). 0: clips only.",
)
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True)
@click.option("--size", default="400x300", show_default=True, help="Of the pictures, in pixels.")
@click.option(
    "--clip",
    "clips",
    type=click.Choice(["fire", "smoke", "quiet"]),
    multiple=True,
    help="Also write a video in which this happens; may be given more than once.",
)
@click.option("--clip-size", default="480x360", show_default=True, help="Of the videos; both even.")
@click.option(
    "--seconds", type=float, default=30.0, show_default=True, help="Length of each video."
)
@click.option(
    "--onset",
    type=float,
    default=12.0,
    show_default=True,
    help="Second at which fire or smoke begins (in quiet: at which a lamp is switched).",
)
@click.option(
    "--site",
    type=click.IntRange(0),
    default=0,
    help="Also write so many pictures of each clip's scene with nothing wrong, on other "
    "occasions, to OUT/site: what one records of a camera's view before it goes to work.",
)
def scenes_command(
    out: Path,
    per_class: int,
    seed: int,
    size: str,
    clips: tuple[str, ...],
    clip_size: str,
    seconds: float,
    onset: float,
    site: int,
) -> None:
    """Draw practice pictures and clips of fire and smoke into the folder OUT.

    A stand-in for pictures of your own: rooms and yards by day, dusk and night, seen by a fixed
    camera, with fire, with smoke, and with neither. The pictures without a hazard are meant to
    mislead: sunsets, red walls, lamps, headlights, cold hearths, autumn leaves, fog.

    The same seed draws the same pictures. `OUT/groups.tsv` names the scene of each, so that
    a split can keep a scene on one side; `OUT/contact_sheet.jpg` shows some of them. A clip
    `OUT/fire.mp4` comes with the class of each frame in `OUT/fire.labels.tsv`.

    A classifier trained on these shows that everything works. For a camera of yours, train on
    pictures from that camera.

    \b
    Examples:
      emberwatch scenes practice
      emberwatch retrain practice --groups practice/groups.tsv --out runs/practice
      emberwatch scenes demo --per-class 0 --clip fire --clip quiet --seconds 20 --onset 8
    """
    picture_size, video_size = parse_size(size), parse_size(clip_size)
    if not per_class and not clips:
        raise InputError("nothing to draw", next_step="give --per-class or --clip")
    if per_class:
        _draw_pictures(out, per_class, seed, picture_size)
    for story in clips:
        _draw_clip(out / f"{story}.mp4", story, seed, seconds, onset, video_size)
        if site:
            from training.scenes.site import write_site_pictures

            write_site_pictures(out / "site", story, seed, site, seconds, onset, video_size)


def _draw_pictures(out: Path, per_class: int, seed: int, size: Size) -> None:
    from training.narrator import Narrator
    from training.scenes.overview import write_overview
    from training.scenes.pictures import LABELS, write_pictures

    narrator, total = Narrator(), per_class * len(LABELS)
    with narrator.bar("pictures") as tell:
        write_pictures(out, per_class, seed, size, lambda done: tell(done, total))
    write_overview(out)
    narrator.say(f"{total} pictures in {out}; see {out / 'contact_sheet.jpg'}")


def _draw_clip(
    path: Path, story: str, seed: int, seconds: float, onset_s: float, size: Size
) -> None:
    from training.narrator import Narrator
    from training.scenes.clips import FPS, write_clip

    narrator, frames = Narrator(), round(seconds * FPS)
    with narrator.bar(f"{story} clip") as tell:
        labels = write_clip(
            path, story, seed, seconds, onset_s, FPS, size, lambda done: tell(done, frames)
        )
    when = "no hazard" if labels.onset_s is None else f"{story} from {labels.onset_s:g} s on"
    narrator.say(f"{path}: {labels.source}, {when}")
