"""The `camera` command."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from edge.camera.trial import CameraTrial
    from edge.contract.picture import Rgb

DARK, BRIGHT = 16.0, 240.0


@click.command("camera")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The configuration, whose [camera] is tried. Without it: a Raspberry Pi's camera.",
)
@click.option("--frames", type=click.IntRange(1), default=50, show_default=True, help="At most.")
@click.option(
    "--seconds", type=click.FloatRange(0.1), default=5.0, show_default=True, help="At most."
)
@click.option(
    "--save", type=click.Path(path_type=Path), help="Keep the last picture: a .jpg or .png file."
)
@click.option("--colour-bars", is_flag=True, help="Prove the order of colours; show it the card.")
@click.option(
    "--make-card", type=click.Path(path_type=Path), help="Write the card, a .png file; no more."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def camera_command(
    config: Path | None,
    frames: int,
    seconds: float,
    save: Path | None,
    colour_bars: bool,
    make_card: Path | None,
    as_json: bool,
) -> None:
    """Try the camera: size, rate, age, brightness, order of colours.

    \b
    emberwatch-edge camera --config emberwatch.toml --save view.jpg
    emberwatch-edge camera --make-card card.png
    emberwatch-edge camera --config emberwatch.toml --colour-bars

    The card is printed, or shown on a screen, and held before the camera. A watch that is
    running holds a Raspberry Pi's or USB camera: stop it first.
    """
    from edge.camera.colour_bars import card, order_seen
    from edge.camera.opening import open_camera
    from edge.camera.settings import CameraSettings
    from edge.camera.trial import CameraTrial
    from edge.config.config import Config

    if make_card is not None:
        _write_picture(make_card, card())
        click.echo(f"Wrote {make_card}: print it in colour, or show it on a screen.")
        return
    settings = CameraSettings() if config is None else Config.read(config).camera
    with closing(open_camera(settings)) as camera:
        trial = CameraTrial.of(camera, frames, seconds, settings.timeout_seconds)
    if save is not None:
        _write_picture(save, trial.rgb)
    order = order_seen(trial.rgb) if colour_bars else None
    if as_json:
        click.echo(json.dumps(_figures(trial) | ({"order": order} if colour_bars else {})))
    else:
        _print(trial, save)
    if colour_bars:
        _judge(order, trial.camera, as_json)


def _figures(trial: "CameraTrial") -> dict[str, Any]:
    width, height = trial.size
    return {
        "camera": trial.camera,
        "width": width,
        "height": height,
        "frames": trial.frames,
        "fps": None if trial.fps is None else round(trial.fps, 2),
        "age_s": None if trial.age_s is None else round(trial.age_s, 3),
        "brightness": round(trial.brightness, 1),
        "problems": list(trial.problems),
    }


def _print(trial: "CameraTrial", save: Path | None) -> None:
    width, height = trial.size
    rows = [("camera", trial.camera), ("picture", f"{width} x {height}")]
    rate = "one frame" if trial.fps is None else f"{trial.fps:.1f} a second"
    rows.append(("rate", f"{rate} ({trial.frames} frames looked at)"))
    if trial.age_s is not None:
        rows.append(("age", f"{1e3 * trial.age_s:.0f} ms from capture to here"))
    rows.append(("brightness", f"{trial.brightness:.0f} of 255{_remark(trial.brightness)}"))
    rows += [("trouble", problem) for problem in trial.problems]
    if save is not None:
        rows.append(("saved", str(save)))
    for name, value in rows:
        click.echo(f"{name:11} {value}")


def _remark(brightness: float) -> str:
    if brightness < DARK:
        return ": dark. Is the lens cap off? See night_exposure_ms"
    return ": glaring. See exposure_ms" if brightness > BRIGHT else ""


def _judge(order: str | None, camera: str, as_json: bool) -> None:
    """Say what the colour bars prove.

    Raises:
        InputError: there are none to be seen.
        CameraError: they are seen in the wrong order.
    """
    from edge.camera.camera import RIGHT_ORDER
    from edge.contract.errors import CameraError, InputError

    if order is None:
        raise InputError(
            "no colour bars are seen",
            next_step="print the card (--make-card card.png) in colour, hold it level before the "
            "camera in white light, filling its picture by half or more; --save shows what it sees",
        )
    if order != RIGHT_ORDER:
        raise CameraError(
            f"the colours of {camera} are exchanged",
            found=order,
            expected=RIGHT_ORDER,
            next_step="do not watch with it: fire would look blue. Report it, with the camera's "
            "model and the version of its driver",
        )
    if not as_json:
        click.echo(f"{'colours':11} right: red, green, blue")


def _write_picture(path: Path, rgb: "Rgb") -> None:
    """Write a picture; its suffix says which kind.

    Raises:
        InputError: a suffix that is none of a picture's.
        StorageError: the folder cannot be written or the disk is full.
    """
    from PIL import Image

    from edge.contract.atomic import atomic_path
    from edge.contract.errors import InputError
    from edge.contract.picture import is_picture_name

    if not is_picture_name(path):
        raise InputError(f"{path} is no picture's name", expected="a .jpg or .png file")
    with atomic_path(path) as temporary:
        Image.fromarray(rgb).save(temporary)
