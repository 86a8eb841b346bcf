"""Featured: a dataset whose pictures, and views of them, have features of one backbone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converter.trained_model import SplitRow
from edge.contract.errors import DatasetError
from edge.contract.preprocess import Preprocess
from training import bottlenecks
from training.backbone import Backbone
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import Wanted
from training.collected import Collected
from training.feature_source import choose_source
from training.features import FeatureSource, TensorflowFeatures
from training.head import class_indexes
from training.material import Material, make_material
from training.mixed_view import MixedView, mixed_views
from training.narrator import Narrator
from training.options import RetrainOptions
from training.view import WHOLE, View
from training.views import weight_of


@dataclass(frozen=True)
class Featured:
    """What a head is trained on, and where its features come from."""

    backbone: Backbone
    preprocess: Preprocess
    source: FeatureSource
    material: Material
    unreadable: tuple[dict[str, str], ...]

    def cache(self, options: RetrainOptions) -> BottleneckCache:
        """Open the cache of these features."""
        return BottleneckCache(options.bottleneck_dir, self.preprocess.digest, self.source.digest)


def feature(
    collected: Collected, backbone: Backbone, options: RetrainOptions, narrator: Narrator
) -> Featured:
    """Compute what features are missing, and gather all of them.

    Raises:
        DatasetError: a class has no readable picture to train on.
        PictureError: a file went away; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
    """
    preprocess = Preprocess(backbone.input_size, backbone.input_size, options.fit)
    source = choose_source(
        options.features,
        backbone,
        options.precision,
        preprocess,
        bottleneck_dir=options.bottleneck_dir,
        dataset=collected.found.root,
        rows=collected.rows,
        labels=collected.found.labels,
        say=narrator.say,
    )
    return gather(collected, backbone, source, preprocess, options, narrator)


def tuned(
    featured: Featured,
    backbone: Backbone,
    collected: Collected,
    options: RetrainOptions,
    narrator: Narrator,
) -> Featured:
    """Return the same pictures, seen whole, with the features of a fine-tuned backbone."""
    source = TensorflowFeatures(backbone, options.precision)
    return gather(collected, backbone, source, featured.preprocess, options, narrator, whole=True)


def gather(
    collected: Collected,
    backbone: Backbone,
    source: FeatureSource,
    preprocess: Preprocess,
    options: RetrainOptions,
    narrator: Narrator,
    *,
    whole: bool = False,
) -> Featured:
    """Compute and read the features of every picture and, unless `whole`, of their views."""
    rows = collected.rows
    views = () if whole else plan_views(collected, options)
    wanted = [
        Wanted(row.sha256, collected.found.root / row.file, view)
        for row in rows
        for view in (WHOLE, *views_of(row, views, options))
    ]
    with BottleneckCache(options.bottleneck_dir, preprocess.digest, source.digest) as cache:
        with narrator.bar(f"Bottlenecks ({source.words})") as progress:
            bottlenecks.compute(wanted, source, preprocess, cache, progress, options.cluster)
        reasons = {row.sha256: cache.problem(row.sha256) for row in rows}
        readable = [row for row in rows if reasons[row.sha256] is None]
        _require_every_class(readable, collected)
        material = _material(readable, views, collected, cache, options, backbone.taps)
    unreadable = tuple(
        {"file": row.file, "reason": str(reasons[row.sha256])}
        for row in rows
        if reasons[row.sha256] is not None
    )
    for item in unreadable:
        narrator.warn(f"skipped {item['file']}: {item['reason']}")
    return Featured(backbone, preprocess, source, material, unreadable)


def plan_views(collected: Collected, options: RetrainOptions) -> tuple[View, ...]:
    """Return the views of a training picture: crops, patches, and mixtures with the site."""
    site = [
        (row.sha256, collected.found.root / row.file)
        for row in collected.rows
        if row.group == "site"
    ]
    return options.training_views + mixed_views(options.mixes, site)


def views_of(row: SplitRow, views: Sequence[View], options: RetrainOptions) -> tuple[View, ...]:
    """Return which of the views a picture has.

    Mixtures are of hazards alone. Views of test pictures train only the heads that leave out
    some other group.
    """
    if row.part == "testing" and not options.leave_one_group_out:
        return ()
    if row.label != options.negative:
        return tuple(views)
    return tuple(view for view in views if not isinstance(view, MixedView))


def _material(
    rows: Sequence[SplitRow],
    views: Sequence[View],
    collected: Collected,
    cache: BottleneckCache,
    options: RetrainOptions,
    taps: tuple[int, ...],
) -> Material:
    labels = collected.found.labels
    classes = class_indexes([row.label for row in rows], labels.names)
    features = cache.features([row.sha256 for row in rows])
    seen = []
    for view in views:
        which = [at for at, row in enumerate(rows) if view in views_of(row, views, options)]
        keys = [f"{rows[at].sha256}:{view.key}" for at in which]
        if keys:
            weights = [weight_of(view, rows[at].label == options.negative) for at in which]
            seen.append((np.array(which), cache.features(keys), np.array(weights)))
    families = [collected.checked.fold_groups.get(row.file, row.group) for row in rows]
    return make_material(rows, families, classes, features, seen, taps)


def _require_every_class(rows: Sequence[SplitRow], collected: Collected) -> None:
    for label in collected.found.labels:
        if not any(row.label == label and row.part == "training" for row in rows):
            raise DatasetError(
                f"{label} has no readable picture to train on", next_step="see the notes above"
            )
