"""The distillation: makes the starter backbone from the ImageNet trunk and pictures.

    python -m training.starter.distil --data DIR --weights FILE --out DIR [--minutes N]

It may be stopped at any time; the same command goes on where it was. Stored views
lie in OUT/views, the last state in OUT/checkpoint.npz, the result in OUT/starter.npz.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import EmberwatchError
from training.starter.heldout import read_sources
from training.starter.inherit import inherit
from training.starter.shards import (
    Progress,
    make_shards,
    photograph_items,
    photograph_reader,
    scene_items,
    scene_reader,
)
from training.starter.student import Clock, Distillation, Student
from training.starter.teacher import Views, forward, load_teacher, read_views, to_unit
from training.starter.weights import save_half_precision

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
CHECKPOINT = "checkpoint.npz"
RESULT = "starter.npz"
REPORT_STEPS = 100
SAVE_SECONDS = 60.0
WARM_UP = 0.02
SEEDS_A_KIND = 10_000
CHUNK = 64
PROJECTED = 2048
PROJECTION_RIDGE = 100.0


def make_views(
    data: Path, teacher: Any, folder: Path, settings: Distillation, progress: Progress
) -> list[Path]:
    """Write the views of all pictures that are not held out, and of generated scenes.

    Raises:
        DatasetError: the pictures or their list are missing.
    """
    pictures = [picture for picture in read_sources(data) if not picture.held_out]
    predict = forward(teacher)
    photographs = make_shards(
        folder,
        "photographs",
        predict,
        photograph_items(pictures, settings.rounds, settings.seed),
        photograph_reader(pictures),
        seed=settings.seed * SEEDS_A_KIND,
        student_size=settings.input_size,
        progress=progress,
    )
    scenes = make_shards(
        folder,
        "scenes",
        predict,
        scene_items(settings.scenes, settings.scene_views),
        scene_reader(settings.seed),
        seed=(settings.seed + 1) * SEEDS_A_KIND,
        student_size=settings.input_size,
        progress=progress,
    )
    return photographs + scenes


def begin(views: Views, teacher: Any, checkpoint: Path, settings: Distillation) -> None:
    """Write the first checkpoint: a trunk that inherits from the teacher, and its projection.

    Raises:
        StorageError: the checkpoint cannot be written.
    """
    from sklearn.linear_model import Ridge

    student = Student(settings, settings.input_size)
    some = to_unit(views.pictures[: settings.inherited])
    inherit(student.trunk, teacher, some, settings.seed)
    predict, mean, scale = forward(student.trunk), *standard(views)
    starts = range(0, min(PROJECTED, len(views.labels)), CHUNK)
    features = np.concatenate(
        [predict(to_unit(views.pictures[i : i + CHUNK])).mean(axis=(1, 2)) for i in starts]
    )
    targets = (views.pooled[: len(features)].astype(np.float32) - mean) / scale
    ridge = Ridge(PROJECTION_RIDGE).fit(features, targets)
    student.set_projection(ridge.coef_.T.astype(np.float32), ridge.intercept_.astype(np.float32))
    student.save(checkpoint, Clock())


def standard(views: Views) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and scale, float32 [1280], that standardise the teacher's features."""
    pooled = views.pooled.astype(np.float32)
    return pooled.mean(axis=0), pooled.std(axis=0) + np.float32(0.01)


def soft_classes(views: Views) -> NDArray[np.float32]:
    """Return class targets, float32 [N, 3]: what a linear head on the teacher says of each view.

    A crop of a burning house may show no fire; the teacher's opinion of the crop is
    a better target than the label of the whole picture.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features = StandardScaler().fit_transform(views.pooled.astype(np.float32))
    head = LogisticRegression(C=1e-3, class_weight="balanced", max_iter=300)
    head.fit(features, views.labels)
    return np.asarray(head.predict_proba(features), dtype=np.float32)


def train(
    views: Views, out: Path, settings: Distillation, minutes: float, progress: Progress
) -> Student:
    """Train for so many minutes in all, those of interrupted runs counted in.

    Raises:
        WeightsError: the checkpoint in `out` is of other settings.
        StorageError: the checkpoint or the result cannot be written.
    """
    mean, scale = standard(views)
    classes = soft_classes(views)
    checkpoint = out / CHECKPOINT
    for size, until in (
        (settings.first_size, settings.first_part),
        (settings.input_size, 1.0),
    ):
        student = Student(settings, size)
        clock = student.restore(checkpoint)
        rng = np.random.default_rng((settings.seed, clock.steps))
        saved, traced = clock.seconds, False
        while (done := clock.seconds / (60.0 * minutes)) < until:
            began = time.monotonic()
            chosen = rng.integers(len(views.labels), size=settings.batch)
            maps = (views.maps[chosen].astype(np.float32) - mean) / scale
            rate = learning_rate(done, settings.peak_rate)
            losses = student.step(views.pictures[chosen], maps, classes[chosen], rate)
            clock.steps += 1
            # The first step builds TensorFlow's graph, which may take most of a minute.
            clock.seconds += time.monotonic() - began if traced else 0.0
            traced = True
            if clock.steps % REPORT_STEPS == 0:
                progress(_report(clock, done, size, losses))
            if clock.seconds - saved > SAVE_SECONDS:
                student.save(checkpoint, clock)
                saved = clock.seconds
        student.save(checkpoint, clock)
    save_result(student, clock, out / RESULT, settings, minutes)
    return student


def learning_rate(done: float, peak: float) -> float:
    """Return the rate at `done`, the part of the time that is over: warm-up, then a cosine."""
    if done < WARM_UP:
        return peak * (done + 0.001) / WARM_UP
    return peak * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done))))


def save_result(
    student: Student, clock: Clock, path: Path, settings: Distillation, minutes: float
) -> None:
    """Write the student's trunk in half precision with all settings."""
    made: dict[str, Any] = {**asdict(settings), "minutes": minutes, "steps": clock.steps}
    save_half_precision(student.trunk, path, width=settings.width, made=made)


def _report(clock: Clock, done: float, size: int, losses: NDArray[np.float32]) -> str:
    pooled, angle, cells, cross = (float(value) for value in losses)
    return (
        f"step {clock.steps} ({done:.0%}, {size} px, {clock.seconds / 60:.1f} min): "
        f"pooled {pooled:.3f}, 1-cosine {angle:.3f}, map {cells:.3f}, classes {cross:.3f}"
    )


@click.command()
@click.option("--data", type=FOLDER, required=True, help="Pictures, with their SOURCES.tsv.")
@click.option("--weights", type=FILE, required=True, help="The ImageNet trunk's weights.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where to work.")
@click.option("--minutes", default=45.0, show_default=True, help="Training time in all.")
@click.pass_context
def main(context: click.Context, data: Path, weights: Path, out: Path, minutes: float) -> None:
    """Make the starter backbone from the ImageNet trunk and pictures."""
    settings = Distillation()
    try:
        teacher = load_teacher(weights)
        views = read_views(make_views(data, teacher, out / "views", settings, click.echo))
        if not (out / CHECKPOINT).is_file():
            begin(views, teacher, out / CHECKPOINT, settings)
        train(views, out, settings, minutes, click.echo)
    except EmberwatchError as error:
        click.echo(error.line(), err=True)
        context.exit(error.exit_code)
    click.echo(f"wrote {out / RESULT}")


if __name__ == "__main__":
    main()
