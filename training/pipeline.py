"""The way from a folder of pictures to a TrainedModel, in named steps."""

import importlib.metadata
import platform
from dataclasses import asdict

from converter.trained_model import KERAS_FILE, RUN_FILE, SplitRow, TrainedModel
from edge.contract import atomic
from edge.contract.errors import DatasetError
from edge.contract.preprocess import Preprocess
from training import bottlenecks, dataset, evaluate, leave_one_out, split, weights
from training.backbone import Backbone
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import Wanted
from training.features import TensorflowFeatures
from training.head import Head, HeadOptions, Progress, class_indexes, train_head
from training.material import Material
from training.narrator import Narrator
from training.options import RetrainOptions
from training.precision import resolve

MANY_NOTES = 12


def retrain(options: RetrainOptions, narrator: Narrator) -> TrainedModel:
    """Train a classifier and write its run folder.

    Raises:
        DatasetError: the pictures cannot be trained on.
        WeightsError: the weights do not fit.
        StorageError: the cache or the run folder cannot be written; nothing is half-written.
    """
    with narrator.step("scan"):
        found = _scan(options, narrator)
        rows = split.split(found.samples, options.testing_percentage, options.validation_percentage)
        rows += _site_rows(options, found, narrator)
        _say_split(rows, narrator)
    with narrator.step("backbone"):
        backbone = weights.choose_backbone(options.weights, options.cut)
        narrator.say(f"Backbone: {backbone.name} cut at {backbone.cut}: {backbone.quality}")
    preprocess = Preprocess(backbone.input_size, backbone.input_size, options.fit)
    with narrator.step("bottlenecks"):
        material, unreadable = _features(found, rows, backbone, preprocess, options, narrator)
    with narrator.step("head"):
        head, curve = _train(material, len(found.labels), options.head, narrator)
    with narrator.step("evaluate"):
        metrics = evaluate.metrics(head, material, found.labels)
        narrator.say(evaluate.summary(metrics))
        if options.leave_one_group_out:
            metrics["leave_one_group_out"] = leave_one_out.measure(
                material, found.labels, options.head, narrator
            )
    metrics |= {"curve": curve, "unreadable": unreadable, "notes": list(found.notes)}
    with narrator.step("write"):
        model = TrainedModel(
            folder=options.out,
            labels=found.labels,
            preprocess=preprocess,
            dataset=found.root.resolve(),
            split=material.rows,
            backbone=backbone.describe() | {"precision": resolve(options.precision)},
            parameters=options.describe(),
            metrics=metrics | {"seconds": narrator.seconds},
            versions=versions(),
        )
        _write(model, backbone, head)
    return model


def _scan(options: RetrainOptions, narrator: Narrator) -> dataset.Dataset:
    groups = dataset.read_groups(options.groups) if options.groups else None
    with narrator.bar("Reading the folder") as progress:
        found = dataset.scan(options.dataset, groups, progress)
    counts = ", ".join(f"{label} {found.count(label)}" for label in found.labels)
    narrator.say(f"{len(found.samples)} pictures: {counts}")
    if groups is not None and not any(s.file in groups for s in found.samples):
        raise DatasetError(
            f"no picture of {options.dataset} stands in {options.groups}",
            expected="paths relative to the dataset, such as fire/0001.jpg",
        )
    for note in found.notes[:MANY_NOTES]:
        narrator.warn(note)
    if len(found.notes) > MANY_NOTES:
        narrator.warn(f"and {len(found.notes) - MANY_NOTES} more, all in run.json")
    return found


def _site_rows(
    options: RetrainOptions, found: dataset.Dataset, narrator: Narrator
) -> tuple[SplitRow, ...]:
    """Return the site's own frames as training pictures of the negative class.

    They are never tested on: the figures stay those of scenes that training has not seen.
    """
    if options.site_frames is None:
        return ()
    found.labels.index(options.negative)
    frames = dataset.site_frames(options.site_frames, options.negative)
    # A frame that is in the dataset too has its part there, which may be the test.
    known = {sample.sha256 for sample in found.samples}
    rows = tuple(row for row in frames if row.sha256 not in known)
    narrator.say(f"{len(rows)} frames of the site itself, as {options.negative}")
    return rows


def _say_split(rows: tuple[SplitRow, ...], narrator: Narrator) -> None:
    counts = [
        f"{sum(row.part == part for row in rows)} {part}"
        for part in ("training", "validation", "testing")
    ]
    narrator.say("Split: " + ", ".join(counts))


def _features(
    found: dataset.Dataset,
    rows: tuple[SplitRow, ...],
    backbone: Backbone,
    preprocess: Preprocess,
    options: RetrainOptions,
    narrator: Narrator,
) -> tuple[Material, list[dict[str, str]]]:
    pictures = [Wanted(row.sha256, found.root / row.file) for row in rows]
    source = TensorflowFeatures(backbone, options.precision)
    with BottleneckCache(options.bottleneck_dir, preprocess.digest, source.digest) as cache:
        with narrator.bar(f"Bottlenecks ({source.words})") as progress:
            bottlenecks.compute(pictures, source, preprocess, cache, progress)
        reasons = {row.sha256: cache.problem(row.sha256) for row in rows}
        readable = tuple(row for row in rows if reasons[row.sha256] is None)
        unreadable = [
            {"file": row.file, "reason": str(reasons[row.sha256])}
            for row in rows
            if reasons[row.sha256] is not None
        ]
        features = cache.features([row.sha256 for row in readable])
    for item in unreadable:
        narrator.warn(f"skipped {item['file']}: {item['reason']}")
    classes = class_indexes([row.label for row in readable], found.labels.names)
    for label in found.labels:
        if not any(row.label == label and row.part == "training" for row in readable):
            raise DatasetError(
                f"{label} has no readable picture to train on", next_step="see the notes above"
            )
    return Material(readable, features, classes), unreadable


def _train(
    material: Material, class_count: int, options: HeadOptions, narrator: Narrator
) -> tuple[Head, list[dict[str, float | None]]]:
    curve: list[dict[str, float | None]] = []

    def tell(at: Progress) -> None:
        curve.append(asdict(at))
        line = (
            f"Step {at.step}: Train accuracy = {at.train_accuracy:.1%}, "
            f"Cross entropy = {at.cross_entropy:.4f}"
        )
        if at.validation_accuracy is not None:
            line += f", Validation accuracy = {at.validation_accuracy:.1%}"
        narrator.say(line)

    features, classes = material.part("training")
    validation = material.part("validation")
    given = validation if len(validation[1]) else None
    return train_head(features, classes, class_count, options, given, tell), curve


def _write(model: TrainedModel, backbone: Backbone, head: Head) -> None:
    from training.classifier_model import build_classifier

    with atomic.atomic_path(model.folder / KERAS_FILE) as temporary:
        build_classifier(backbone, head).save(temporary)
        # From here until `write` is through, the folder holds no finished run: an earlier one's
        # figures must not stand beside the new model.
        (model.folder / RUN_FILE).unlink(missing_ok=True)
    model.write()


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    packages = ("emberwatch", "tensorflow", "keras", "numpy", "pillow")
    found = {name: importlib.metadata.version(name) for name in packages}
    return found | {"python": platform.python_version(), "machine": platform.machine()}
