"""The way from a folder of pictures to a TrainedModel, in named steps."""

import hashlib
import importlib.metadata
import platform
from dataclasses import replace
from typing import Any

import numpy as np

from converter.trained_model import KERAS_FILE, RUN_FILE, TrainedModel
from edge.contract import atomic
from training import cross_validation, cut_choice, evaluate, leave_one_out
from training.backbone import INCEPTION_V3, STARTER, Backbone
from training.collected import Collected, collect
from training.cut_choice import CutChoice
from training.feature_source import calibrated_with
from training.featured import Featured
from training.fine_tuned import fine_tune_run
from training.head import Head
from training.learned import learn, limited, temperature_of
from training.leave_one_out import LeftOut
from training.narrator import Narrator
from training.options import RetrainOptions
from training.precision import resolve
from training.predictions import score_table
from training.progress_files import ProgressFiles
from training.report.class_maps import class_maps_of
from training.report.operating_point import operating_point
from training.report.page import FILE as REPORT_FILE
from training.report.page import try_report
from training.report.remembered_maps import RememberedMaps
from training.shown_faults import show_faults

HEAT_FILE = "heat.npz"


def retrain(
    options: RetrainOptions, narrator: Narrator, files: ProgressFiles | None = None
) -> TrainedModel:
    """Train a classifier and write its run folder.

    Raises:
        DatasetError: the pictures cannot be trained on.
        WeightsError: the weights do not fit.
        StorageError: the cache or the run folder cannot be written; nothing is half-written.
    """
    options = settled(options)
    with narrator.step("scan and audit"):
        collected = collect(options, narrator)
    with narrator.step("bottlenecks and folds"):
        choice = cut_choice.choose(collected, options, narrator)
    with narrator.step("label check"):
        collected = check_labels(collected, choice.featured, options, narrator)
    labels, featured, validated = collected.found.labels, choice.featured, choice.validated
    with narrator.step("head"):
        learnt = learn(featured, validated, options, narrator, files or ProgressFiles())
        hot = learnt.head
    tuning: dict[str, Any] | None = None
    if options.fine_tune:
        with narrator.step("fine-tune"):
            featured, hot, tuning = fine_tune_run(featured, hot, collected, options, narrator)
    temperature = temperature_of(hot, featured, None if tuning else validated)
    head = hot.cooled(temperature)
    with narrator.step("evaluate"):
        metrics = evaluate.metrics(head, limited(featured, options), labels)
        metrics |= evaluate.calibrated(hot, temperature, limited(featured, options))
        narrator.say(evaluate.summary(metrics))
    with narrator.step("held-out scenes"):
        shown, left_out = held_out(choice, collected, options, narrator)
        metrics |= shown
    if options.probe:
        with narrator.step("probe"):
            metrics |= show_faults(featured, head, collected, options, narrator)
    metrics |= {
        "curve": learnt.curve,
        "best_step": learnt.best_step,
        "fine_tuned": tuning,
        "audit": collected.checked.for_run_file(),
        "unreadable": list(featured.unreadable),
        "notes": list(collected.found.notes),
    }
    table = score_table(head, temperature, featured.material, validated, left_out, labels)
    point = operating_point(table, options.negative) if options.negative in labels.names else None
    metrics |= {"operating_point": point.to_json() if point else None}
    with narrator.step("write"):
        model = TrainedModel(
            folder=options.out,
            labels=labels,
            preprocess=featured.preprocess,
            dataset=collected.found.root.resolve(),
            split=featured.material.rows,
            backbone=featured.backbone.describe()
            | {"precision": resolve(options.precision)}
            | calibrated_with(featured.source),
            parameters=options.describe(),
            metrics=metrics | {"seconds": narrator.seconds},
            versions=versions(),
        )
        classifier = _write(model, featured.backbone, head)
        table.write(options.out)
        model.write()
    try_report(model, narrator.warn, _maps(classifier, featured, head, options))
    return model


def settled(options: RetrainOptions) -> RetrainOptions:
    """Return the options with the precision that `auto` stands for.

    bfloat16 was measured with Inception's weights alone, and other networks lose more in it.
    """
    if options.precision != "auto":
        return options
    known = options.backbone in (INCEPTION_V3, STARTER)
    return replace(options, precision=resolve("auto") if known else "float32")


def _maps(
    classifier: Any, featured: Featured, head: Head, options: RetrainOptions
) -> RememberedMaps:
    """Return the class maps of the classifier in memory; a second run draws the same anew."""
    weights = [head.kernel, head.bias]
    weights += [head.hidden.kernel, head.hidden.bias] if head.hidden else []
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in weights))
    key = f"{featured.backbone.digest}-{digest.hexdigest()}"
    return RememberedMaps(class_maps_of(classifier), options.bottleneck_dir / HEAT_FILE, key)


def check_labels(
    collected: Collected, featured: Featured, options: RetrainOptions, narrator: Narrator
) -> Collected:
    """Ask the features which labels look wrong, and say so.

    Raises:
        StorageError: the audit's cache cannot be used.
    """
    if not options.labels_check:
        return collected
    material = featured.material
    known = np.array([row.group != "site" for row in material.rows])
    rows = [row for row, kept in zip(material.rows, known, strict=True) if kept]
    said = set(collected.checked.audit.notes())
    checked = collected.checked.with_labels(rows, material.features[known], material.classes[known])
    for note in checked.audit.notes():
        if note not in said:
            narrator.warn(note)
    return replace(collected, checked=checked)


def held_out(
    choice: CutChoice, collected: Collected, options: RetrainOptions, narrator: Narrator
) -> tuple[dict[str, Any], LeftOut | None]:
    """Say how heads did on scenes that they had not seen; return the figures and answers.

    Raises:
        DatasetError: groups are to be left out, and there are none.
    """
    labels, material, validated = collected.found.labels, choice.featured.material, choice.validated
    shown: dict[str, Any] = {}
    if validated:
        shown["folds"] = validated.to_json(choice.known, labels) | {"cuts": choice.accuracies}
        shown["random_folds"] = shown["folds"]["random"]
        narrator.say(cross_validation.summary(shown["folds"]))
    if not options.leave_one_group_out:
        return shown, None
    steps = validated.best_step if validated else options.head.steps
    left_out = leave_one_out.leave_one_out(material, len(labels), options.head, steps, narrator)
    shown["leave_one_group_out"] = left_out.to_json(material)
    narrator.say(leave_one_out.summary(shown["leave_one_group_out"]))
    return shown, left_out


def _write(model: TrainedModel, backbone: Backbone, head: Head) -> Any:
    from training.classifier_model import build_classifier

    classifier = build_classifier(backbone, head)
    with atomic.atomic_path(model.folder / KERAS_FILE) as temporary:
        classifier.save(temporary)
        # From here until `TrainedModel.write`, the folder holds no finished run: an earlier
        # one's figures must not stand beside the new model.
        for old in (RUN_FILE, REPORT_FILE):
            (model.folder / old).unlink(missing_ok=True)
    return classifier


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    packages = ("emberwatch", "tensorflow", "keras", "numpy", "pillow")
    found = {name: importlib.metadata.version(name) for name in packages}
    return found | {"python": platform.python_version(), "machine": platform.machine()}
