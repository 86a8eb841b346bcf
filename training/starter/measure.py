"""The measurement: the starter beside the ImageNet trunk, on pictures that it never saw.

    python -m training.starter.measure --data DIR --weights FILE [--starter FILE]

Prints the tables of MODEL_CARD.md. The same logistic regression is fitted on the
pooled features of either trunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge.contract.errors import EmberwatchError
from edge.contract.preprocess import Preprocess
from training.starter.heldout import LABELS, WEB_GROUP, SourcePicture, read_sources
from training.starter.shards import scene_pictures
from training.starter.teacher import forward, load_teacher, to_unit
from training.starter.views import Rgb
from training.starter.weights import PACKAGED, load_starter_trunk

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
SCENES_TO_FIT = 160
SCENES_TO_TEST = 120
FIT_SEED = 71_000_000
TEST_SEED = 72_000_000
STRENGTHS = (1e-3, 1e-2, 1e-1)
CHUNK = 64
THUMBNAIL = 16

Features = NDArray[np.float32]
Classes = NDArray[np.int64]


@dataclass(frozen=True)
class Share:
    """How many of a class were found."""

    right: int
    count: int

    @property
    def value(self) -> float:
        """Return the share, 0 to 1."""
        return self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95% Wilson interval."""
        from scipy.stats import binomtest

        found = binomtest(self.right, self.count).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True)
class Figures:
    """Recall by class; the mean of them is the balanced accuracy."""

    recalls: dict[str, Share]

    @property
    def balanced(self) -> tuple[float, float, float]:
        """Return balanced accuracy with its 95% interval.

        The interval adds the Wilson intervals of the recalls in squares (Zou and
        Donner 2008, "Construction of confidence limits about effect measures").
        """
        shares = list(self.recalls.values())
        mean = sum(share.value for share in shares) / len(shares)
        below = sum((share.value - share.interval[0]) ** 2 for share in shares) ** 0.5
        above = sum((share.interval[1] - share.value) ** 2 for share in shares) ** 0.5
        return mean, mean - below / len(shares), mean + above / len(shares)

    def cells(self) -> list[str]:
        """Return the figures as a table's cells: balanced accuracy, then each class."""
        value, low, high = self.balanced
        cells = [f"{value:.1%} ({low:.1%} to {high:.1%})"]
        for label in LABELS:
            share = self.recalls.get(label)
            cells.append("" if share is None else _cell(share))
        return cells


def pooled_features(model: Any, pictures: Iterable[Rgb]) -> Features:
    """Return pooled features, float32 [N, C], of uint8 pictures of any size."""
    size = int(model.input_shape[1])
    preprocess, predict = Preprocess(size, size), forward(model)
    pooled, waiting = [], []
    for rgb in pictures:
        waiting.append(preprocess.apply(rgb))
        if len(waiting) == CHUNK:
            pooled.append(predict(to_unit(np.stack(waiting))).mean(axis=(1, 2)))
            waiting = []
    if waiting:
        pooled.append(predict(to_unit(np.stack(waiting))).mean(axis=(1, 2)))
    return np.concatenate(pooled)


def fit_head(features: Features, classes: Classes, groups: list[str]) -> Any:
    """Fit a balanced logistic regression; its strength is chosen by folds over groups."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = LogisticRegression(class_weight="balanced", max_iter=1000)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), regression),
        {"logisticregression__C": STRENGTHS},
        scoring="balanced_accuracy",
        cv=StratifiedGroupKFold(5, shuffle=True, random_state=0),
    )
    return search.fit(features, classes, groups=groups)


def figures(head: Any, features: Features, classes: Classes) -> Figures:
    """Return recall by class of a fitted head, for the classes that occur."""
    found = head.predict(features)
    return Figures(
        {
            label: Share(int((found[classes == i] == i).sum()), int((classes == i).sum()))
            for i, label in enumerate(LABELS)
            if (classes == i).any()
        }
    )


def measure_photographs(model: Any, pictures: list[SourcePicture]) -> Iterator[tuple[str, Figures]]:
    """Fit on the pictures that the starter knew; give the figures of the held-out ones."""
    features = pooled_features(model, (_read(picture.path) for picture in pictures))
    classes = np.array([picture.label for picture in pictures])
    held = np.array([picture.held_out for picture in pictures])
    web = np.array([picture.group == WEB_GROUP for picture in pictures])
    groups = [picture.key for picture in pictures if not picture.held_out]
    head = fit_head(features[~held], classes[~held], groups)
    for name, part in (("all", held), ("photographs", held & web), ("CCTV scenes", held & ~web)):
        yield name, figures(head, features[part], classes[part])


@dataclass(frozen=True)
class Scenes:
    """Generated pictures to fit a head on and others to test it; the starter knew neither."""

    fit: list[Rgb]
    test: list[Rgb]

    @classmethod
    def draw(cls) -> Scenes:
        """Draw the scenes, from seeds that the distillation does not use."""
        return cls(_draw(FIT_SEED, SCENES_TO_FIT), _draw(TEST_SEED, SCENES_TO_TEST))


def measure_scenes(model: Any, scenes: Scenes) -> Figures:
    """Fit a head on the one half of generated scenes; give its figures on the other."""
    fit = pooled_features(model, scenes.fit)
    classes = np.tile(np.arange(len(LABELS)), SCENES_TO_FIT)
    groups = [str(number) for number in range(SCENES_TO_FIT) for _ in LABELS]
    head = fit_head(fit, classes, groups)
    test = np.tile(np.arange(len(LABELS)), SCENES_TO_TEST)
    return figures(head, pooled_features(model, scenes.test), test)


def closest_resemblance(pictures: list[SourcePicture]) -> float:
    """Return the largest correlation, at most 1, of a held-out thumbnail with another."""
    thumbnails = np.stack([_thumbnail(_read(picture.path)) for picture in pictures])
    held = np.array([picture.held_out for picture in pictures])
    return float((thumbnails[held] @ thumbnails[~held].T).max())


def _thumbnail(rgb: Rgb) -> Features:
    """Return 16 x 16 pixels as one vector of mean 0 and length 1."""
    side = Preprocess(THUMBNAIL, THUMBNAIL).apply(rgb).astype(np.float32).ravel()
    side -= side.mean()
    return side / max(float(np.linalg.norm(side)), 1e-6)


def _draw(seed: int, scenes: int) -> list[Rgb]:
    return [rgb for number in range(scenes) for rgb in scene_pictures(seed, number)]


def _read(path: Path) -> Rgb:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)


def _cell(share: Share) -> str:
    low, high = share.interval
    return f"{share.right}/{share.count} {share.value:.1%} ({low:.1%} to {high:.1%})"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


@click.command()
@click.option("--data", type=FOLDER, required=True, help="Pictures, with their SOURCES.tsv.")
@click.option("--weights", type=FILE, required=True, help="The ImageNet trunk's weights.")
@click.option("--starter", type=FILE, default=PACKAGED, help="Another starter file.")
@click.pass_context
def main(context: click.Context, data: Path, weights: Path, starter: Path) -> None:
    """Print the starter's accuracy beside the ImageNet trunk's, as a table in Markdown."""
    try:
        pictures = read_sources(data)
        trunks = {"starter": load_starter_trunk(starter), "ImageNet trunk": load_teacher(weights)}
    except EmberwatchError as error:
        click.echo(error.line(), err=True)
        context.exit(error.exit_code)
    scenes = Scenes.draw()
    click.echo(_row(["held-out part", "trunk", "balanced accuracy", *LABELS]))
    click.echo(_row(["---"] * 6))
    for name, trunk in trunks.items():
        for part, found in measure_photographs(trunk, pictures):
            click.echo(_row([part, name, *found.cells()]))
        click.echo(_row(["generated scenes", name, *measure_scenes(trunk, scenes).cells()]))
    nearest = closest_resemblance(pictures)
    click.echo(f"\nLargest correlation of a held-out thumbnail with another: {nearest:.2f}")


if __name__ == "__main__":
    main()
