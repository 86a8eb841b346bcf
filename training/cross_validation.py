"""CrossValidation: how heads do on pictures that were held out of their training, in turn."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from converter.statistics import Figures, Proportion
from edge.contract.labels import Labels
from training.dataset import is_scene
from training.examples import Bools, Floats, Ints
from training.folds import grouped_folds, left_out_of, random_folds
from training.head import Head, HeadOptions, cross_entropy
from training.head_training import train_heads
from training.material import Material
from training.temperature import fit_temperature

# Scenes are what a camera meets: they alone decide, if they hold so many pictures.
ENOUGH_IN_SCENES = 50


@dataclass(frozen=True)
class CrossValidation:
    """Answers to held-out pictures: of other scenes, and as a random split would have it.

    `logits` is float32 [pictures, classes], each by the head that was trained without the
    picture's family, after `best_step` steps; `temperature` fits them. `random_right` is the
    count of right answers when pictures are dealt at random. `judged` bool [pictures] says
    which pictures step and temperature were chosen by: those of scenes, where there are some.
    """

    count: int
    best_step: int
    temperature: float
    logits: Floats
    judged: Bools
    random_right: int
    curve: tuple[tuple[int, float], ...]

    @property
    def loss(self) -> float:
        """Return the cross entropy that `best_step` was chosen for, in nats."""
        return min(loss for _, loss in self.curve)

    def to_json(self, material: Material, labels: Labels) -> dict[str, Any]:
        """Return the figures for a run file; `material` is what was validated on."""
        answers = self.logits.argmax(axis=1)
        figures = Figures.measure(material.classes, answers, labels)
        right = (answers == material.classes)[self.judged]
        return {
            "count": self.count,
            "steps": self.best_step,
            "accuracy": asdict(figures.accuracy),
            "figures": figures.to_json(),
            "scenes": asdict(Proportion.of_counts(int(right.sum()), len(right))),
            "random": asdict(Proportion.of_counts(self.random_right, len(answers))),
            "curve": [{"step": step, "cross_entropy": loss} for step, loss in self.curve],
        }


def cross_validate(
    material: Material,
    class_count: int,
    options: HeadOptions,
    early_stop: bool,
    progress: Callable[[int, int], None],
) -> CrossValidation | None:
    """Train heads without each fold in turn, all side by side; None with too few families.

    Half of the heads know the other scenes only, half are dealt pictures at random, so that
    the figure that flatters can be held against the honest one.
    """
    folds = grouped_folds(material.classes, material.families, options.seed)
    dealt = random_folds(material.classes, options.seed)
    if folds is None or dealt is None:
        return None
    judged = _judged(material)
    count = int(folds.max()) + 1
    owners = material.examples.pictures
    left_out = np.concatenate([left_out_of(folds, owners), left_out_of(dealt, owners)])
    seen: list[tuple[int, float, float, Floats, int]] = []

    def watch(step: int, heads: list[Head]) -> None:
        progress(step, options.steps)
        logits = held_out_logits(heads[:count], folds, material.features)
        flattering = held_out_logits(heads[count:], dealt, material.features).argmax(axis=1)
        temperature = fit_temperature(logits[judged], material.classes[judged])
        loss = cross_entropy(logits[judged] / np.float32(temperature), material.classes[judged])
        right = int((flattering == material.classes).sum())
        seen.append((step, loss, temperature, logits, right))

    progress(0, options.steps)
    train_heads(material.examples, left_out, class_count, options, watch)
    best = min(seen, key=lambda at: at[1]) if early_stop else seen[-1]
    return CrossValidation(
        count=count,
        best_step=best[0],
        temperature=best[2],
        logits=best[3],
        judged=judged,
        random_right=best[4],
        curve=tuple((step, loss) for step, loss, *_ in seen),
    )


def summary(found: dict[str, Any]) -> str:
    """Return the figures of `CrossValidation.to_json` as a line of text."""
    honest, random = Proportion(**found["scenes"]), Proportion(**found["random"])
    return (
        f"Held-out scenes {honest.percent()} (N={honest.of}), "
        f"95% interval {honest.percent_interval()}; "
        f"pictures dealt at random, which flatters, {random.percent()} (N={random.of})"
    )


def held_out_logits(heads: list[Head], folds: Ints, features: Floats) -> Floats:
    """Return float32 [pictures, classes]: of each picture by the head of its own fold."""
    logits = np.zeros((len(features), len(heads[0].bias)), np.float32)
    for fold, head in enumerate(heads):
        logits[folds == fold] = head.logits(features[folds == fold])
    return logits


def _judged(material: Material) -> Bools:
    scenes = np.array([is_scene(family) for family in material.families])
    classes = material.classes
    if scenes.sum() >= ENOUGH_IN_SCENES and len(set(classes[scenes])) == len(set(classes)):
        return scenes
    return np.ones(len(classes), bool)
