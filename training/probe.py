"""Probe: held-out pictures under growing distortions, and what the classifier makes of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from converter.trained_model import SplitRow
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess
from training import bottlenecks, sweep
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import Wanted
from training.distorted import Distorted
from training.features import FeatureSource
from training.head import Floats, class_indexes
from training.narrator import Narrator
from training.sweep import PLANS, Plan, Probe
from training.view import WHOLE, View, generator

# Features float32 [n, channels] to scores float32 [n, classes], each row adding up to 1.
Scores = Callable[[Floats], Floats]
# Pictures of a class at most: forty cost some 920 passes through the network, once.
MOST_OF_A_CLASS = 40


def probe(
    rows: Sequence[SplitRow],
    root: Path,
    labels: Labels,
    negative: str | None,
    source: FeatureSource,
    preprocess: Preprocess,
    cache: BottleneckCache,
    scores: Scores,
    narrator: Narrator,
    plans: Sequence[Plan] = PLANS,
) -> Probe | None:
    """Sweep held-out pictures through each distortion; None where there are no pictures.

    `rows` are the readable pictures of the test part, relative to `root`; at most
    MOST_OF_A_CLASS of each class are used, in the order of their hashes. Features go through
    the cache: a second run computes none, and a killed one loses at most a batch. `negative`
    names the class of normal pictures, if the labels have it.

    Raises:
        PictureError: a picture went away; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
    """
    chosen = sample(rows, MOST_OF_A_CLASS)
    if not chosen:
        return None
    ways: list[View] = [WHOLE]
    ways += [Distorted(plan.name, amount) for plan in plans for amount in plan.amounts]
    # Picture by picture, so that each file is read while it is still in memory.
    wanted = [Wanted(row.sha256, root / row.file, view) for row in chosen for view in ways]
    with narrator.bar("Probing for faults") as progress:
        bottlenecks.compute(wanted, source, preprocess, cache, progress)
    features = cache.features([view.key for view in wanted])
    answers = scores(features).reshape(len(chosen), len(ways), len(labels))
    by_view = {way.key: answers[:, at] for at, way in enumerate(ways)}
    classes = class_indexes([row.label for row in chosen], labels.names)
    normal = negative if negative in labels.names else None
    sweeps = tuple(
        sweep.measure(
            plan,
            [by_view[WHOLE.key]] + [by_view[Distorted(plan.name, a).key] for a in plan.amounts],
            classes,
            labels.names,
            normal,
        )
        for plan in plans
    )
    return Probe(
        labels=tuple(labels.names),
        pictures={name: sum(row.label == name for row in chosen) for name in labels.names},
        sweeps=sweeps,
        lines=sweep.lines(sweeps, plans, normal),
    )


def sample(rows: Sequence[SplitRow], most: int) -> list[SplitRow]:
    """Return at most so many rows of each class, the same ones whatever their order.

    Each picture once: the same content under two names is one picture.
    """
    unique = {row.sha256: row for row in rows}
    chosen: list[SplitRow] = []
    for label in sorted({row.label for row in rows}):
        own = [row for row in unique.values() if row.label == label]
        chosen += sorted(own, key=lambda row: _order(row.sha256))[:most]
    return chosen


def _order(sha256: str) -> float:
    return float(generator(sha256, "probe").random())
