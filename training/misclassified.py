"""Misclassified test pictures as retrain.py listed them: the path and the label it was given."""

from converter.trained_model import TrainedModel
from training.report.score_table import TEST, ScoreTable

TITLE = "=== MISCLASSIFIED TEST IMAGES ==="


def misclassified(model: TrainedModel) -> list[tuple[str, str]]:
    """Return the path of each test picture that was mistaken, and the label it was taken for."""
    table = ScoreTable.read(model.folder, list(model.labels))
    if table is None:
        return []
    test = table.of(TEST)
    return [
        (str(model.dataset / row.file), test.labels[answer])
        for row, answer, truth in zip(test.rows, test.answers, test.truth, strict=True)
        if answer != truth
    ]


def misclassified_text(model: TrainedModel) -> str:
    """Return the list as lines of text."""
    wrong = misclassified(model)
    lines = [f"{path:>70}  {label}" for path, label in wrong] or ["none"]
    return "\n".join([TITLE, *lines])
