"""Judge: nothing but pictures that stand in the validation part alone may choose a recipe."""

from dataclasses import replace

import numpy as np
import pytest

from converter.rescue.judge import Judge
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError


def unsure(tensors) -> np.ndarray:
    return np.full((len(tensors), 3), 1 / 3, np.float32)


@pytest.mark.parametrize("part", ["testing", "training"])
def test_a_picture_of_another_part_is_refused(trained: TrainedModel, part: str) -> None:
    rows = (*trained.pictures("validation"), trained.pictures(part)[0])
    with pytest.raises(InputError, match=f"it stands in the {part} part"):
        Judge(trained, rows, unsure)


def test_a_test_picture_that_calls_itself_validation_is_refused(trained: TrainedModel) -> None:
    planted = replace(trained.pictures("testing")[0], part="validation")
    with pytest.raises(InputError, match="it stands in the testing part"):
        Judge(trained, (planted,), unsure)


def test_a_validation_picture_with_a_test_picture_s_content_is_left_out(
    trained: TrainedModel,
) -> None:
    test, kept = trained.pictures("testing")[0], trained.pictures("validation")
    planted = replace(kept[0], sha256=test.sha256)
    split = tuple(planted if row == kept[0] else row for row in trained.split)
    judge = Judge.of_run(replace(trained, split=split), unsure)
    assert list(judge.rows) == kept[1:]


def test_a_run_without_validation_pictures_is_refused(trained: TrainedModel) -> None:
    split = tuple(row for row in trained.split if row.part != "validation")
    with pytest.raises(InputError, match="no validation pictures"):
        Judge.of_run(replace(trained, split=split), unsure)


def test_figures_hold_a_model_against_the_float_one_and_the_truth(trained: TrainedModel) -> None:
    rows = tuple(trained.pictures("validation"))[:4]
    expected = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]
    judge = Judge(trained, rows, lambda tensors: expected)
    moved = expected.copy()
    moved[3] = (1, 0, 0)
    figures = judge.figures(moved)
    assert figures["agreement"] == 0.75
    assert figures["largest"] == 1
    assert figures["drift"] == pytest.approx(2 / 12, abs=1e-6)
    assert figures["float_accuracy"] == float((expected.argmax(1) == judge.truth).mean())
