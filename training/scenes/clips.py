"""Clips: generated videos of a fixed camera, with the class of every frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from edge.contract.errors import InputError
from training.scenes.arrays import Pixels, Size
from training.scenes.clip_labels import ClipLabels
from training.scenes.story import STORIES, Story, draw_story
from training.scenes.video_file import write_video

FPS = 10
"""Frames in a second, unless the caller says otherwise."""


def write_clip(
    path: Path,
    story: str,
    seed: int,
    seconds: float = 30.0,
    onset_s: float = 12.0,
    fps: int = FPS,
    size: Size = (480, 360),
    progress: Callable[[int], None] | None = None,
) -> ClipLabels:
    """Write a clip and, beside it, the class of each of its frames.

    In "fire" and "smoke" nothing is wrong until `onset_s`; from that frame on the hazard is to
    be seen, and within two seconds it covers 3% of the picture or more. In "quiet" people walk
    by and a lamp is switched, and nothing is wrong to the end.

    Args:
        path: the video file to write, `.mp4`; the labels go to `.labels.tsv` in its place.
        story: one of `STORIES`.
        seed: the same seed draws the same frames.
        seconds: length.
        onset_s: when the hazard begins.
        fps: frames in a second.
        size: width and height in pixels, both even and 64 or more.
        progress: told the number of frames written so far.

    Raises:
        InputError: the story is unknown, or a number makes no sense.
        MachineError: there is no encoder.
        StorageError: the folder cannot be written or the disk is full.
    """
    _check(story, seconds, onset_s, fps, size)
    rng = np.random.default_rng([seed, STORIES.index(story)])
    told = draw_story(rng, story, seconds, onset_s, size)
    times = [number / fps for number in range(round(seconds * fps))]
    labels = ClipLabels(path, told.scene.name, fps, tuple(told.label(time) for time in times))
    write_video(path, _frames(told, times, rng, progress), fps, size)
    labels.write()
    return labels


def _frames(
    story: Story,
    times: list[float],
    rng: np.random.Generator,
    progress: Callable[[int], None] | None,
) -> Iterator[Pixels]:
    for number, time_s in enumerate(times, start=1):
        yield story.shot(time_s, rng).pixels
        if progress is not None:
            progress(number)


def _check(story: str, seconds: float, onset_s: float, fps: int, size: Size) -> None:
    if story not in STORIES:
        raise InputError("no such story", found=repr(story), expected=" or ".join(STORIES))
    if not 0 <= onset_s < seconds or fps < 1:
        raise InputError(
            "a clip's hazard begins within the clip",
            found=f"onset {onset_s} s of {seconds} s at {fps} frames a second",
            expected="0 <= onset < length and 1 frame a second or more",
        )
    if min(size) < 64 or size[0] % 2 or size[1] % 2:
        raise InputError(
            "a video cannot have this size",
            found=f"{size[0]}x{size[1]}",
            expected="an even width and height of 64 pixels or more",
        )
