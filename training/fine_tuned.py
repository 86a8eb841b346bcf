"""Fine-tuning as a step of a run: the last blocks of the backbone go on learning."""

from typing import Any

import numpy as np

from training.bottlenecks import Wanted
from training.collected import Collected
from training.featured import Featured, plan_views, tuned, views_of
from training.fine_tune import Labelled, fine_tune
from training.head import Head
from training.narrator import Narrator
from training.options import RetrainOptions
from training.tune_state import TuneOptions
from training.view import WHOLE, View
from training.views import weight_of


def fine_tune_run(
    featured: Featured,
    head: Head,
    collected: Collected,
    options: RetrainOptions,
    narrator: Narrator,
) -> tuple[Featured, Head, dict[str, Any]]:
    """Train the last blocks on; return features of the new backbone, its head, and figures.

    Raises:
        InputError: the backbone has not so many blocks.
        StorageError: the disk is full; finished epochs are kept.
    """
    views = plan_views(collected, options)
    found = fine_tune(
        featured.backbone,
        head,
        labelled(featured, collected, "training", views, options),
        labelled(featured, collected, "validation", (), options),
        featured.preprocess,
        options.precision,
        options.bottleneck_dir,
        TuneOptions(options.fine_tune, seed=options.head.seed),
        narrator,
    )
    after = tuned(featured, found.backbone, collected, options, narrator)
    return after, found.head, found.to_json()


def labelled(
    featured: Featured,
    collected: Collected,
    part: str,
    views: tuple[View, ...],
    options: RetrainOptions,
) -> Labelled:
    """Return the pictures of a part of the split, whole and in all views."""
    material = featured.material
    given, classes, weights = [], [], []
    for at in np.flatnonzero(material.mask(part)):
        row = material.rows[at]
        path = collected.found.root / row.file
        for view in (WHOLE, *views_of(row, views, options)):
            given.append(Wanted(row.sha256, path, view))
            classes.append(material.classes[at])
            weights.append(
                weight_of(view, row.label == options.negative) * material.examples.weights[at]
            )
    return Labelled(given, np.array(classes, np.int64), np.array(weights, np.float64))
