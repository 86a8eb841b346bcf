"""Evaluation: what a trained head does on the test part, in all and by group."""

from dataclasses import asdict
from typing import Any

import numpy as np

from converter.statistics import Figures, Proportion
from edge.contract.labels import Labels
from training.head import Floats, Head, Ints
from training.material import Material
from training.temperature import calibration


def metrics(head: Head, material: Material, labels: Labels) -> dict[str, Any]:
    """Return the figures of a trained head for a run file.

    The test part is used here and nowhere else.
    """
    features, classes = material.part("testing")
    groups = np.array([row.group for row in material.rows if row.part == "testing"])
    predicted = head.predict(features) if len(classes) else classes
    right = predicted == classes
    families = sorted({str(group) for group in groups if not group.startswith("picture:")})
    figures = Figures.measure(classes, predicted, labels).to_json()
    return {
        "test": figures,
        "labels": list(labels),
        "by_group": {group: asdict(shared(right[groups == group])) for group in families},
        "train_accuracy": _accuracy(head, *material.part("training")),
        "validation_accuracy": _accuracy(head, *material.part("validation")),
    }


def calibrated(hot: Head, temperature: float, material: Material) -> dict[str, Any]:
    """Return how far scores mean probabilities before and after the temperature.

    Measured on the test part; empty where nothing is held out to test. `hot` is the head before
    its logits are divided by the temperature.
    """
    features, classes = material.part("testing")
    if not len(classes):
        return {}
    return {
        "calibration": {
            "temperature": temperature,
            "of": "testing",
            "before": calibration(hot.logits(features), classes),
            "after": calibration(hot.cooled(temperature).logits(features), classes),
        }
    }


def shared(right: Any) -> Proportion:
    """Return the share of True in a bool array, with its interval."""
    return Proportion.of_counts(int(right.sum()), len(right))


def summary(metrics: dict[str, Any]) -> str:
    """Return the closing lines of a training run, for a person."""
    test = Figures.from_json(metrics["test"])
    if not test.accuracy.of:
        return "No pictures were held out for a test."
    lines = [
        f"Final test accuracy = {test.accuracy.percent()} (N={test.accuracy.of})",
        f"95% interval {test.accuracy.percent_interval()}",
        "",
        *confusion_table(test, metrics["labels"]),
    ]
    if metrics["by_group"]:
        lines += ["", "By group:", *group_lines(metrics["by_group"])]
    if "calibration" in metrics:
        before, after = (metrics["calibration"][when]["ece"] for when in ("before", "after"))
        lines += [
            "",
            f"Expected calibration error {after:.3f}; {before:.3f} before the logits were "
            f"divided by {metrics['calibration']['temperature']:.2f}",
        ]
    return "\n".join(lines)


def group_lines(by_group: dict[str, Any]) -> list[str]:
    """Return a line of text for each group."""
    shares = {name: Proportion(**share) for name, share in by_group.items()}
    return [f"  {name:24} {share.percent():>6} (N={share.of})" for name, share in shares.items()]


def confusion_table(test: Figures, labels: list[str]) -> list[str]:
    """Return a confusion matrix as lines of text, with the recall of each class."""
    width = max(6, *(len(name) for name in labels)) + 2
    head = "true \\ predicted".ljust(18) + "".join(name.rjust(width) for name in labels)
    lines = [head + "recall".rjust(10)]
    for name, row in zip(labels, test.confusion, strict=True):
        counts = "".join(str(n).rjust(width) for n in row)
        lines.append(name.ljust(18) + counts + test.recall[name].percent().rjust(10))
    return lines


def _accuracy(head: Head, features: Floats, classes: Ints) -> dict[str, Any]:
    right = head.predict(features) == classes if len(classes) else np.zeros(0, bool)
    return asdict(shared(right))
