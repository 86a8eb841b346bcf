"""Leave one group out: the accuracy in scenes that training has never seen."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from converter.statistics import Proportion
from edge.contract.errors import DatasetError
from edge.contract.labels import Labels
from training.evaluate import group_lines, shared
from training.head import HeadOptions, train_head
from training.material import Material
from training.narrator import Narrator


def measure(
    material: Material, labels: Labels, options: HeadOptions, narrator: Narrator
) -> dict[str, Any]:
    """Train once without each group of several pictures and test on it; pool the results.

    Raises:
        DatasetError: no group has several pictures.
    """
    groups = np.array([row.group for row in material.rows])
    sizes = Counter(groups.tolist())
    families = sorted(name for name, size in sizes.items() if size > 1)
    if not families:
        raise DatasetError(
            "there are no groups to leave out", next_step="give --groups FILE with the scenes"
        )
    by_group: dict[str, Any] = {}
    skipped: list[str] = []
    with narrator.bar("Leaving out each group") as progress:
        for done, name in enumerate(families):
            progress(done, len(families))
            held_out = groups == name
            kept = material.classes[~held_out]
            if len(np.unique(kept)) < len(labels):
                skipped.append(name)
                continue
            head = train_head(material.features[~held_out], kept, len(labels), options)
            right = head.predict(material.features[held_out]) == material.classes[held_out]
            by_group[name] = asdict(shared(right))
        progress(len(families), len(families))
    pooled = Proportion.of_counts(
        sum(share["count"] for share in by_group.values()),
        sum(share["of"] for share in by_group.values()),
    )
    narrator.say(
        f"Leave-one-group-out accuracy = {pooled.percent()} (N={pooled.of}), "
        f"95% interval {pooled.percent_interval()}"
    )
    for line in group_lines(by_group):
        narrator.say(line)
    return {
        "pooled": asdict(pooled),
        "by_group": by_group,
        "left_out_a_whole_class": skipped,
    }
