"""Leave one group out: the accuracy in scenes that training has never seen."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from converter.statistics import Proportion
from edge.contract.errors import DatasetError
from training.dataset import is_scene
from training.evaluate import group_lines, shared
from training.examples import Floats
from training.head import Head, HeadOptions
from training.head_training import train_heads
from training.material import Material
from training.narrator import Narrator


@dataclass(frozen=True)
class LeftOut:
    """Answers to the pictures of each group by a head that was trained without it.

    `logits` is float32 [pictures, classes]; rows of pictures in no group are NaN. `skipped`
    names the groups without which a class has no pictures.
    """

    groups: tuple[str, ...]
    logits: Floats
    skipped: tuple[str, ...]

    def to_json(self, material: Material) -> dict[str, Any]:
        """Return the accuracy by group and over all of them, for a run file."""
        named = np.array([row.group for row in material.rows])
        right = self.logits.argmax(axis=1) == material.classes
        by_group = {name: shared(right[named == name]) for name in self.groups}
        pooled = Proportion.of_counts(
            sum(share.count for share in by_group.values()),
            sum(share.of for share in by_group.values()),
        )
        return {
            "pooled": asdict(pooled),
            "by_group": {name: asdict(share) for name, share in by_group.items()},
            "left_out_a_whole_class": list(self.skipped),
        }


def leave_one_out(
    material: Material, class_count: int, options: HeadOptions, steps: int, narrator: Narrator
) -> LeftOut:
    """Train a head without each group of several pictures, all side by side.

    Raises:
        DatasetError: no group has several pictures.
    """
    named = np.array([row.group for row in material.rows])
    sizes = Counter(name for name in named.tolist() if is_scene(name))
    families = sorted(name for name, size in sizes.items() if size > 1)
    if not families:
        raise DatasetError(
            "there are no groups to leave out", next_step="give --groups FILE with the scenes"
        )
    skipped = [
        name for name in families if len(np.unique(material.classes[named != name])) < class_count
    ]
    measured = [name for name in families if name not in skipped]
    logits = np.full((len(named), class_count), np.nan, np.float32)
    if measured:
        owners = named[material.examples.pictures]
        left_out = owners == np.array(measured)[:, np.newaxis]
        with narrator.bar("Leaving out each group") as progress:
            progress(0, steps)

            def tell(step: int, _heads: list[Head]) -> None:
                progress(step, steps)

            heads = train_heads(material.examples, left_out, class_count, options, tell, steps)
        for name, head in zip(measured, heads, strict=True):
            logits[named == name] = head.logits(material.features[named == name])
    return LeftOut(tuple(measured), logits, tuple(skipped))


def summary(found: dict[str, Any]) -> str:
    """Return the figures of `LeftOut.to_json` as lines of text."""
    pooled = Proportion(**found["pooled"])
    first = (
        f"Leave-one-group-out accuracy = {pooled.percent()} (N={pooled.of}), "
        f"95% interval {pooled.percent_interval()}"
    )
    return "\n".join([first, *group_lines(found["by_group"])])
