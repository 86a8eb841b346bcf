"""The stored views: shards of pictures and targets on disk, made once and resumed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image

from training.starter.heldout import LABELS, WEB_GROUP, SourcePicture
from training.starter.teacher import VIEWS_A_SHARD, Predict, ReadPicture, write_shard
from training.starter.views import Rgb

Progress = Callable[[str], None]

SCENE_SIZE = (400, 300)
"""Width and height in pixels of a generated scene, before crops are cut from it."""


def make_shards(
    folder: Path,
    kind: str,
    predict: Predict,
    items: Sequence[int],
    read: ReadPicture,
    *,
    seed: int,
    student_size: int,
    progress: Progress,
) -> list[Path]:
    """Write the shards of `items` that are not there yet; return all their paths.

    Raises:
        StorageError: a shard cannot be written.
    """
    starts = range(0, len(items), VIEWS_A_SHARD)
    paths = [folder / f"{kind}_{index:04d}.npz" for index in range(len(starts))]
    for index, (start, path) in enumerate(zip(starts, paths, strict=True)):
        if path.is_file():
            continue
        chunk = items[start : start + VIEWS_A_SHARD]
        write_shard(path, predict, chunk, read, seed=seed + index, student_size=student_size)
        progress(f"views: {kind} shard {index + 1} of {len(paths)}")
    return paths


def photograph_items(pictures: Sequence[SourcePicture], rounds: int, seed: int) -> list[int]:
    """Return the order of views: each round every picture once, CCTV frames in every other.

    Frames of one scene are nearly alike, so they get half as many views.
    """
    rng = np.random.default_rng(seed)
    items: list[int] = []
    for turn in range(rounds):
        here = [i for i, p in enumerate(pictures) if turn % 2 == 0 or p.group == WEB_GROUP]
        items += [int(i) for i in rng.permutation(here)]
    return items


def photograph_reader(pictures: Sequence[SourcePicture]) -> ReadPicture:
    """Return a reader of the listed pictures that keeps them decoded."""

    @cache
    def read(item: int) -> tuple[Rgb, int]:
        with Image.open(pictures[item].path) as image:
            return np.asarray(image.convert("RGB"), dtype=np.uint8), pictures[item].label

    return read


def scene_pictures(seed: int, number: int) -> list[Rgb]:
    """Photograph generated scene `number` of a seed once for each of `LABELS`, in their order.

    Returns:
        Three pictures, uint8 [300, 400, 3].
    """
    from training.scenes.pictures import draw_scene, picture_of

    place = draw_scene(np.random.default_rng([seed, number]), SCENE_SIZE, number)
    return [
        picture_of(np.random.default_rng([seed, number, index]), place, label)
        for index, label in enumerate(LABELS)
    ]


def scene_items(scenes: int, views: int) -> list[int]:
    """Return the order of views of generated scenes: each picture in turn, then from the start."""
    return [view % (scenes * len(LABELS)) for view in range(views)]


def scene_reader(seed: int) -> ReadPicture:
    """Return a reader of generated scenes that keeps those drawn."""
    drawn = cache(partial(scene_pictures, seed))

    def read(item: int) -> tuple[Rgb, int]:
        number, label = divmod(item, len(LABELS))
        return drawn(number)[label], label

    return read
