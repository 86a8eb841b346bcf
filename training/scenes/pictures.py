"""Pictures: folders of generated stills, fire, smoke and misc, for training and for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from edge.contract.atomic import write_text
from edge.contract.errors import InputError, StorageError
from training.scenes import palette
from training.scenes.arrays import Pixels, Size
from training.scenes.camera_look import draw_look
from training.scenes.hazard import plan_fire, plan_smoke
from training.scenes.light import Daytime
from training.scenes.person import draw_person
from training.scenes.scene import PLACES, Scene, make_scene
from training.scenes.shot import Moment, Shot, Walker, take_shot

LABELS = ("fire", "smoke", "misc")
"""The classes, in the order in which each scene is photographed."""

_PER_SCENE = 3
_TRIES = 4
_LEAST_FLAME = 0.008
_LEAST_SMOKE = 0.05


def render_picture(rng: np.random.Generator, label: str, size: Size) -> Pixels:
    """Render one picture of a class in a scene of its own.

    Args:
        rng: draws everything; the same state gives the same picture.
        label: one of `LABELS`.
        size: width and height in pixels.

    Returns:
        uint8 [height, width, 3], RGB.

    Raises:
        InputError: if `label` is not one of `LABELS`.
    """
    return picture_of(rng, draw_scene(rng, size), label)


def write_pictures(
    folder: Path,
    per_class: int,
    seed: int,
    size: Size = (400, 300),
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write `folder/{fire,smoke,misc}/NNNN_<group>.jpg` and `folder/groups.tsv`.

    Args:
        folder: made if it is not there.
        per_class: pictures in each class.
        seed: the same seed writes the same pictures.
        size: width and height in pixels.
        progress: told the number of pictures written so far.

    Raises:
        InputError: the folder holds pictures that are not ours, or a size is too small.
        StorageError: the folder cannot be written or the disk is full.
    """
    if min(size) < 64 or per_class < 1:
        raise InputError(
            "such pictures cannot be drawn",
            found=f"{per_class} pictures of {size[0]}x{size[1]}",
            expected="1 picture or more, 64 pixels or more wide and high",
        )
    _clear(folder)
    rows, written = [], 0
    for first in range(0, per_class, _PER_SCENE):
        number = first // _PER_SCENE
        rng = np.random.default_rng([seed, number])
        scene = draw_scene(rng, size, number)
        for label in LABELS:
            for index in range(first, min(first + _PER_SCENE, per_class)):
                name = f"{label}/{index + 1:04d}_{scene.name}.jpg"
                _save(folder / name, picture_of(rng, scene, label))
                rows.append(f"{name}\t{label}\t{scene.name}")
                written += 1
                if progress is not None:
                    progress(written)
    table = "\n".join(["file\tclass\tgroup", *sorted(rows)]) + "\n"
    write_text(folder / "groups.tsv", table)


def draw_scene(rng: np.random.Generator, size: Size, number: int = 0) -> Scene:
    """Draw a scene: rooms and yards in turn, daylight more often than night."""
    place = PLACES[number % 2] if number else PLACES[int(rng.integers(2))]
    daytime = list(Daytime)[int(rng.choice(4, p=[0.42, 0.24, 0.19, 0.15]))]
    return make_scene(rng, place, daytime, size, f"{place}{number:03d}-{daytime.value}")


def _clear(folder: Path) -> None:
    """Make the class folders and remove what an earlier call wrote into them."""
    table = folder / "groups.tsv"
    if table.is_file():
        for line in table.read_text(encoding="utf-8").splitlines()[1:]:
            name = line.split("\t")[0]
            if name.partition("/")[0] in LABELS and ".." not in name:
                (folder / name).unlink(missing_ok=True)
    for label in LABELS:
        if (folder / label).is_dir() and any((folder / label).iterdir()):
            raise InputError(
                f"{folder / label} holds pictures that this command did not draw",
                next_step="choose an empty folder",
            )
        try:
            (folder / label).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the folder {folder / label}: {error}") from error


def _save(path: Path, picture: Pixels) -> None:
    try:
        Image.fromarray(picture).save(path, "JPEG", quality=92)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}") from error


def picture_of(rng: np.random.Generator, scene: Scene, label: str) -> Pixels:
    """Photograph a scene so that the picture is of a class.

    Raises:
        InputError: if `label` is not one of `LABELS`.
    """
    if label not in LABELS:
        raise InputError("no such class", found=repr(label), expected=", ".join(LABELS))
    shot = _attempt(rng, scene, label)
    for _ in range(_TRIES):
        if _shows(shot, label):
            break
        shot = _attempt(rng, scene, label)
    return shot.pixels


def _attempt(rng: np.random.Generator, scene: Scene, label: str) -> Shot:
    dark = scene.setting.daytime in (Daytime.NIGHT, Daytime.INFRARED)
    look = draw_look(rng, dark, scene.grey)
    hazard, age = None, 0.0
    if label == "fire":
        hazard, age = plan_fire(rng, scene), float(rng.gamma(2.0, 5.0)) + 0.5
    elif label == "smoke":
        hazard, age = plan_smoke(rng, scene), float(rng.gamma(2.0, 5.0)) + 2.0
    walkers: list[Walker] = []
    while len(walkers) < 2 and palette.chance(rng, 0.28):
        person = draw_person(rng, scene.place == "room")
        walkers.append(Walker(person, float(rng.random())))
    moment = Moment(
        time_s=float(rng.uniform(0, 60)),
        lamps=_lamp_levels(rng, scene, dark),
        daylight=float(rng.uniform(0.85, 1.15)),
        gain=float(rng.uniform(0.8, 1.25)),
        hazard=hazard,
        age_s=age,
        walkers=tuple(walkers),
    )
    return take_shot(scene, moment, look, rng)


def _lamp_levels(rng: np.random.Generator, scene: Scene, dark: bool) -> tuple[float, ...]:
    share = 0.6 if dark and not scene.grey else 0.3
    return tuple(float(palette.chance(rng, share)) for _ in scene.lamps)


def _shows(shot: Shot, label: str) -> bool:
    """Tell whether a stranger could name the class: the hazard is large enough to be seen."""
    if label == "fire":
        return shot.flame_share >= _LEAST_FLAME
    return label != "smoke" or shot.smoke_share >= _LEAST_SMOKE
