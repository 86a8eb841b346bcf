"""Fine-tuning: the last blocks of a backbone trained on together with the head."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edge.contract.preprocess import Preprocess
from training import feature_maps, tuning
from training.backbone import Backbone
from training.blocks import Parts, part
from training.bottlenecks import Wanted
from training.feature_maps import ComputedMaps, FeatureMaps
from training.head import Head, Ints
from training.narrator import Narrator
from training.precision import Precision, resolve
from training.tune_state import Epoch, TuneOptions
from training.tuning import Doubles


@dataclass(frozen=True)
class Labelled:
    """Views of pictures with the class of each, int64 [views].

    `weights` float64 [views] says how often a view is drawn beside the others of its class;
    None: all alike.
    """

    views: Sequence[Wanted]
    classes: Ints
    weights: Doubles | None = None

    def drawn(self) -> Doubles:
        """Return the weights."""
        return np.ones(len(self.views)) if self.weights is None else self.weights


@dataclass(frozen=True)
class FineTuned:
    """A backbone with changed weights, under a digest of its own, and the head that fits it.

    `curve` has a line for the start (epoch 0) and for each epoch; `best_epoch` is the one
    whose weights these are: 0 where no epoch did better on the validation part.
    """

    backbone: Backbone
    head: Head
    blocks: tuple[str, ...]
    best_epoch: int
    curve: tuple[Epoch, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields for a run file."""
        return {
            "blocks": list(self.blocks),
            "best_epoch": self.best_epoch,
            "curve": [asdict(epoch) for epoch in self.curve],
        }


def fine_tune(
    backbone: Backbone,
    head: Head,
    training: Labelled,
    validation: Labelled,
    preprocess: Preprocess,
    precision: Precision,
    folder: Path,
    options: TuneOptions,
    narrator: Narrator,
) -> FineTuned:
    """Train the last `options.blocks` blocks and the head on, from a trained head.

    The part before them is frozen: its maps are computed once for each view and kept in
    `folder` while it lasts, or computed anew in each epoch where the disk is too small. The
    weights after each epoch are kept there too: a run that is killed goes on from the last
    one, and a finished one is not done again. `backbone` itself is not changed.

    Raises:
        InputError: the backbone has not so many blocks.
        DatasetError: a picture cannot be read any more.
        StorageError: the folder cannot be written.
    """
    parts, copy = copy_in_parts(backbone, options.blocks)
    given = [*training.views, *validation.views]
    order = feature_maps.together(given)
    views = [given[at] for at in order]
    classes = np.concatenate([training.classes, validation.classes])[order]
    weights = np.concatenate([training.drawn(), validation.drawn()])[order]
    validates = order >= len(training.views)
    network = f"{backbone.digest}-{resolve(precision)}-{parts.boundary}-{preprocess.digest}"
    checkpoint = folder / f"fine-tune-{_key(network, views, (classes, weights), head, options)}.npz"
    path = feature_maps.maps_file(folder, views, network)
    shape = parts.frozen.output_shape[1:]

    def open_maps() -> FeatureMaps:
        needs = feature_maps.size_bytes(len(views), shape)
        compute = feature_maps.map_network(parts.frozen, precision)
        if not path.exists() and not feature_maps.has_room(folder, needs):
            narrator.warn(
                f"no room for {needs / 1e9:.1f} GB of feature maps in {folder}: they are "
                "computed anew in each epoch, which takes several times as long"
            )
            return ComputedMaps(views, compute, preprocess)
        feature_maps.remove_others(path)
        title = f"Feature maps at {parts.boundary} ({needs / 1e9:.1f} GB)"
        with narrator.bar(title) as progress:
            return feature_maps.store(path, views, compute, shape, preprocess, progress)

    tuned = tuning.tune(
        parts.tail,
        head,
        open_maps,
        classes,
        weights,
        (np.flatnonzero(~validates), np.flatnonzero(validates)),
        options,
        checkpoint,
        narrator,
    )
    path.unlink(missing_ok=True)
    narrator.say(_summary(tuned))
    return FineTuned(
        backbone=replace(
            backbone,
            model=copy,
            weights=f"{backbone.weights}, fine-tuned after {parts.boundary}",
            digest=_digest(backbone, parts),
        ),
        head=tuned.head,
        blocks=tuple(tuning.block_names(parts.tail)),
        best_epoch=tuned.best_epoch,
        curve=tuned.curve,
    )


def copy_in_parts(backbone: Backbone, blocks: int) -> tuple[Parts, Any]:
    """Return a copy of the backbone's model in parts before its last blocks, and whole.

    Raises:
        InputError: the backbone has not so many blocks.
    """
    import keras

    copy = keras.models.clone_model(backbone.model)
    copy.set_weights(backbone.model.get_weights())
    return part(copy, blocks), copy


def _key(
    network: str,
    views: Sequence[Wanted],
    labelled: tuple[Ints, Doubles],
    head: Head,
    options: TuneOptions,
) -> str:
    """Return a digest of all that the result depends on."""
    digest = hashlib.sha256(f"{network}{options}".encode())
    for view in views:
        digest.update(f"\n{view.key}".encode())
    hidden = (head.hidden.kernel, head.hidden.bias) if head.hidden else ()
    for array in (*labelled, *hidden, head.kernel, head.bias):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _digest(backbone: Backbone, parts: Parts) -> str:
    digest = hashlib.sha256(f"{backbone.digest}:{parts.boundary}".encode())
    for weight in parts.tail.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()[:16]


def _summary(tuned: tuning.Tuned) -> str:
    start = tuned.curve[0].validation_accuracy
    if start is None:
        return f"Fine-tuned for {tuned.best_epoch} epochs (nothing was held out to validate)"
    if tuned.best_epoch == 0:
        return "Fine-tuning did no better on the validation part: the backbone stays as it was"
    best = tuned.curve[tuned.best_epoch].validation_accuracy or 0.0
    return (
        f"Fine-tuning: balanced validation accuracy {start:.1%} before, {best:.1%} after "
        f"epoch {tuned.best_epoch}, which is kept"
    )
