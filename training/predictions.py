"""Predictions: the score table of a run, by heads that had not seen the pictures."""

import numpy as np

from edge.contract.labels import Labels
from training.cross_validation import CrossValidation
from training.head import Floats, Head, Ints, softmax
from training.leave_one_out import LeftOut
from training.material import Material
from training.report.score_table import FOLD, LEFT_OUT, TEST, Scored, ScoreTable


def score_table(
    head: Head,
    temperature: float,
    material: Material,
    validated: CrossValidation | None,
    left_out: LeftOut | None,
    labels: Labels,
) -> ScoreTable:
    """Gather the scores of test pictures, of held-out folds, and of left-out groups.

    `head` is the finished one; logits of the others are divided by `temperature`.
    """
    everything = np.arange(len(material.rows))
    testing = everything[material.mask("testing")]
    rows = _scored(material, testing, head.scores(material.features[testing]), TEST)
    if validated:
        known = everything[material.mask("training", "validation")]
        rows += _scored(material, known, softmax(validated.logits / np.float32(temperature)), FOLD)
    if left_out:
        named = everything[~np.isnan(left_out.logits).any(axis=1)]
        scores = softmax(left_out.logits[named] / np.float32(temperature))
        rows += _scored(material, named, scores, LEFT_OUT)
    return ScoreTable(tuple(labels), tuple(rows))


def _scored(material: Material, which: Ints, scores: Floats, source: str) -> list[Scored]:
    found = []
    for at, given in zip(which, scores, strict=True):
        row = material.rows[int(at)]
        exact = tuple(float(score) for score in given)
        found.append(Scored(row.file, row.label, row.group, row.part, source, exact))
    return found
