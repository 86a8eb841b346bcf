"""A run folder with every figure that training writes, each one computed from its model.

The pictures and the network are the converter's small run. Out-of-fold and left-out scores come
from heads trained on colour statistics of the same pictures: small, and really out of fold.
"""

from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import log_loss

from converter.calibration import read_row
from converter.statistics import Figures, Proportion
from converter.trained_model import TrainedModel
from tests.converter.small_run import make_run
from training.report.class_maps import class_maps_of_run
from training.report.score_table import FOLD, LEFT_OUT, TEST, Scored, ScoreTable
from training.sweep import PLANS, lines, measure
from training.sweep import Probe as Swept

NEGATIVE = "nothing"
STEPS = (15, 30, 45, 60)
TEMPERATURE = 1.5
WHITENING = next(plan for plan in PLANS if plan.name == "whitening")


def make_whole_run(folder: Path) -> TrainedModel:
    """Write pictures, a trained model and all figures into a folder; return the run."""
    small = make_run(folder)
    truth = _truth(small, small.split)
    features = _colour_features(small)
    test = _model_scores(small, [_tensor(small, row) for row in small.pictures("testing")])
    groups = np.array([row.group for row in small.split])
    parts = np.array([row.part for row in small.split])
    known = np.flatnonzero(parts != "testing")
    dealt = np.random.default_rng(1).integers(0, 5, len(truth))
    out_of_fold = _without_each(features[known], truth[known], groups[known])
    random = _without_each(features, truth, dealt)
    left_out = _without_each(features, truth, groups)
    _table(small, test, known, out_of_fold, left_out).write(small.folder)
    metrics = {
        **_test_figures(small, test),
        **_curve(features, truth, parts),
        "random_folds": _right(random.argmax(axis=1), truth),
        "folds": _folds(small, out_of_fold, truth[known]),
        "leave_one_group_out": _by_group(left_out, truth, groups),
        "calibration": _calibration(test, _truth(small, small.pictures("testing"))),
        "probe": _probe(small),
        "unreadable": [{"file": "haze/broken.jpg", "reason": "haze/broken.jpg is damaged"}],
        "seconds": {"scan": 0.1, "head": 0.4},
    }
    parameters = {"dataset": str(small.dataset), "negative": NEGATIVE, "groups": "scenes.tsv"}
    head = {"head": {"steps": STEPS[-1], "seed": 3}}
    replace(small, metrics=metrics, parameters=parameters | head).write()
    return TrainedModel.read(small.folder)


def _tensor(run: TrainedModel, row):
    return run.preprocess.apply(read_row(run, row))


def _truth(run: TrainedModel, rows):
    return np.array([run.labels.index(row.label) for row in rows])


def _colour_features(run: TrainedModel):
    pixels = np.stack([_tensor(run, row) for row in run.split]).astype(np.float32) / 255
    return np.concatenate([pixels.mean(axis=(1, 2)), pixels.std(axis=(1, 2))], axis=1)


def _softmax(logits):
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _model_scores(run: TrainedModel, tensors):
    return _softmax(class_maps_of_run(run)(tensors).mean(axis=(1, 2)))


def _without_each(features, truth, folds):
    """Return the scores of each picture by a head trained without its fold."""
    scores = np.zeros((len(truth), 3), np.float32)
    for fold in np.unique(folds):
        held = folds == fold
        head = LogisticRegression(C=20, max_iter=500).fit(features[~held], truth[~held])
        scores[held] = head.predict_proba(features[held])
    return scores


def _right(answers, truth):
    return asdict(Proportion.of_counts(int((answers == truth).sum()), len(truth)))


def _test_figures(run: TrainedModel, scores):
    rows = run.pictures("testing")
    truth, answers = _truth(run, rows), scores.argmax(axis=1)
    groups = np.array([row.group for row in rows])
    return {
        "test": Figures.measure(truth, answers, run.labels).to_json(),
        "labels": list(run.labels),
        "by_group": {
            str(name): _right(answers[groups == name], truth[groups == name])
            for name in np.unique(groups)
        },
    }


def _curve(features, truth, parts):
    """Return what a head of gradient descent does on both parts, step by step."""
    head = SGDClassifier(loss="log_loss", random_state=3)
    sides = {"train": parts == "training", "validation": parts == "validation"}
    points = []
    for step in range(1, STEPS[-1] + 1):
        head.partial_fit(features[sides["train"]], truth[sides["train"]], classes=(0, 1, 2))
        if step in STEPS:
            right = {n: head.score(features[side], truth[side]) for n, side in sides.items()}
            loss = {
                name: log_loss(truth[side], head.predict_proba(features[side]), labels=(0, 1, 2))
                for name, side in sides.items()
            }
            points.append(
                {
                    "step": step,
                    "train_accuracy": float(right["train"]),
                    "validation_accuracy": float(right["validation"]),
                    "cross_entropy": float(loss["train"]),
                    "validation_cross_entropy": float(loss["validation"]),
                }
            )
    best = min(points, key=lambda point: point["validation_cross_entropy"])
    return {"curve": points, "best_step": best["step"]}


def _folds(run: TrainedModel, scores, truth):
    answers = scores.argmax(axis=1)
    return {
        "count": 4,
        "accuracy": _right(answers, truth),
        "figures": Figures.measure(truth, answers, run.labels).to_json(),
        "cuts": {"last": _right(answers, truth)},
        "steps": STEPS[-1],
    }


def _by_group(scores, truth, groups):
    answers = scores.argmax(axis=1)
    return {
        "pooled": _right(answers, truth),
        "by_group": {
            str(name): _right(answers[groups == name], truth[groups == name])
            for name in np.unique(groups)
        },
        "left_out_a_whole_class": [],
    }


def _calibration(scores, truth):
    softer = _softmax(np.log(scores + 1e-9) / TEMPERATURE)
    return {
        "temperature": TEMPERATURE,
        "of": "testing",
        "before": _reliability(scores, truth),
        "after": _reliability(softer, truth),
    }


def _reliability(scores, truth):
    confidence, right = scores.max(axis=1), scores.argmax(axis=1) == truth
    bins, error = [], 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (confidence > low) & (confidence <= low + 0.1)
        count = int(inside.sum())
        mean = float(confidence[inside].mean()) if count else None
        share = float(right[inside].mean()) if count else None
        bins.append(
            {"low": low, "high": low + 0.1, "count": count, "confidence": mean, "accuracy": share}
        )
        error += count / len(truth) * abs(mean - share) if count else 0
    return {"ece": error, "bins": bins}


def _probe(run: TrainedModel):
    rows = run.pictures("testing")
    plain = np.stack([_tensor(run, row) for row in rows]).astype(np.float32)
    scores = [
        _model_scores(run, list((plain * (1 - share) + 255 * share).astype(np.uint8)))
        for share in (0.0, *WHITENING.amounts)
    ]
    names = run.labels.names
    sweep = measure(WHITENING, scores, _truth(run, rows), names, NEGATIVE)
    said = lines([sweep], [WHITENING], NEGATIVE)
    return Swept(names, dict.fromkeys(names, 16), (sweep,), said).to_json()


def _table(run: TrainedModel, test, known, out_of_fold, left_out) -> ScoreTable:
    rows = [
        Scored(row.file, row.label, row.group, row.part, source, tuple(map(float, scores)))
        for source, chosen, found in (
            (TEST, run.pictures("testing"), test),
            (FOLD, [run.split[at] for at in known], out_of_fold),
            (LEFT_OUT, run.split, left_out),
        )
        for row, scores in zip(chosen, found, strict=True)
    ]
    return ScoreTable(run.labels.names, tuple(rows))


@cache
def whole_run_in(folder: Path) -> TrainedModel:
    """Return the run in a folder, made at the first call: tests of several folders share it."""
    return make_whole_run(folder)
