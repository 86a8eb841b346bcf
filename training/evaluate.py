"""Evaluation: accuracy with its interval, recall by class and group, confusion."""

from typing import TYPE_CHECKING, Any

import numpy as np

from edge.contract.labels import Labels
from training.head import Floats, Head, Ints

if TYPE_CHECKING:
    from training.pipeline import Material


def share(right: int, total: int) -> dict[str, Any]:
    """Return a share with its 95% Wilson interval: value, low and high in [0, 1], and n.

    Source: E. B. Wilson, 1927, by SciPy's binomtest.
    """
    from scipy.stats import binomtest

    if not total:
        return {"value": None, "low": None, "high": None, "n": 0}
    interval = binomtest(right, total).proportion_ci(method="wilson")
    low, high = float(interval.low), float(interval.high)
    return {"value": right / total, "low": low, "high": high, "n": total}


def metrics(head: Head, material: "Material", labels: Labels) -> dict[str, Any]:
    """Return the figures of a trained head for a run file.

    The test part is used here and nowhere else.
    """
    features, classes = material.part("testing")
    groups = [row.group for row in material.rows if row.part == "testing"]
    predicted = head.predict(features) if len(classes) else classes
    right = predicted == classes
    confusion = np.zeros((len(labels), len(labels)), int)
    np.add.at(confusion, (classes, predicted), 1)
    families = sorted({group for group in groups if not group.startswith("picture:")})
    validation = material.part("validation")
    return {
        "test_accuracy": share(int(right.sum()), len(right)),
        "recall": {
            name: share(int(right[classes == i].sum()), int((classes == i).sum()))
            for i, name in enumerate(labels)
        },
        "confusion": confusion.tolist(),
        "confusion_axes": "rows: true class, columns: predicted, in the order of the labels",
        "by_group": {
            group: _in_group(right, np.array([g == group for g in groups])) for group in families
        },
        "train_accuracy": _accuracy(head, *material.part("training")),
        "validation_accuracy": _accuracy(head, *validation),
        "labels": list(labels),
    }


def summary(figures: dict[str, Any]) -> str:
    """Return the closing lines of a training run, for a person."""
    test = figures["test_accuracy"]
    if not test["n"]:
        return "No pictures were held out for a test."
    lines = [
        f"Final test accuracy = {test['value']:.1%} (N={test['n']})",
        f"95% interval {test['low']:.1%} to {test['high']:.1%}",
        "",
        *confusion_table(figures["confusion"], figures["labels"]),
    ]
    if figures["by_group"]:
        lines += ["", "By group:"]
        lines += [
            f"  {group:24} {at['value']:6.1%} (N={at['n']})"
            for group, at in figures["by_group"].items()
        ]
    return "\n".join(lines)


def confusion_table(confusion: list[list[int]], labels: list[str]) -> list[str]:
    """Return a confusion matrix as lines of text, with the recall of each class."""
    width = max(6, *(len(name) for name in labels)) + 2
    head = "true \\ predicted".ljust(18) + "".join(name.rjust(width) for name in labels)
    lines = [head + "recall".rjust(10)]
    for name, row in zip(labels, confusion, strict=True):
        total = sum(row)
        recall = f"{row[labels.index(name)] / total:.1%}" if total else "-"
        lines.append(name.ljust(18) + "".join(str(n).rjust(width) for n in row) + recall.rjust(10))
    return lines


def _in_group(right: Any, chosen: Any) -> dict[str, Any]:
    return share(int(right[chosen].sum()), int(chosen.sum()))


def _accuracy(head: Head, features: Floats, classes: Ints) -> dict[str, Any]:
    right = head.predict(features) == classes if len(classes) else classes
    return share(int(right.sum()), len(classes))
