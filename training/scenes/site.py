"""Site pictures: a clip's own scene on other occasions, with nothing wrong in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from edge.contract.atomic import atomic_path
from training.scenes.arrays import Size
from training.scenes.pictures import picture_of
from training.scenes.story import STORIES, draw_story

# Keeps these pictures' draws apart from those of the clip itself.
_OTHER_OCCASIONS = 1000


def write_site_pictures(
    folder: Path,
    story: str,
    seed: int,
    count: int,
    seconds: float,
    onset_s: float,
    size: Size = (480, 360),
) -> None:
    """Write `count` pictures of the scene of a clip, as its camera saw it on other days.

    They stand for what one records of an own camera's view before it goes to work. Light,
    exposure, lamps and passers-by differ from the clip's; `seed`, `seconds`, `onset_s` and
    `size` are the clip's, so that the scene is the same.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    told = draw_story(
        np.random.default_rng([seed, STORIES.index(story)]), story, seconds, onset_s, size
    )
    rng = np.random.default_rng([seed, STORIES.index(story), _OTHER_OCCASIONS])
    for number in range(count):
        with atomic_path(folder / f"{number:04d}_{told.scene.name}.jpg") as temporary:
            picture = picture_of(rng, told.scene, "misc")
            Image.fromarray(picture).save(temporary, "JPEG", quality=92)
