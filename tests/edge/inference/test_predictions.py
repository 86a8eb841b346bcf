"""Scores of many pictures survive a file, with the unreadable ones noted."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.contract.errors import InputError
from edge.contract.preprocess import tensor_sha256
from edge.inference.predictions import Predictions, predict
from tests.fakes.tiny_bundle import tiny_classifier


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Return two pictures with a text file named .jpg between them."""
    Image.new("RGB", (40, 30), (220, 60, 20)).save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_text("I am no picture")
    Image.new("RGB", (40, 30), (150, 150, 150)).save(tmp_path / "c.png")
    return [tmp_path / name for name in ("a.png", "b.jpg", "c.png")]


def test_an_unreadable_picture_leaves_a_gap_and_a_reason(pictures: list[Path]) -> None:
    ticks: list[int] = []
    found = predict(tiny_classifier(), pictures, lambda: ticks.append(1))
    assert found.scores.argmax(axis=1)[[0, 2]].tolist() == [0, 1]
    assert np.isnan(found.scores[1]).all()
    assert [bool(problem) for problem in found.problems] == [False, True, False]
    assert (found.invoke_ms[[0, 2]] > 0).all()
    assert len(ticks) == 3


def test_they_survive_a_file(pictures: list[Path], tmp_path: Path) -> None:
    found = predict(tiny_classifier(), pictures)
    found.write(tmp_path / "scores.npz")
    read = Predictions.read(tmp_path / "scores.npz")
    for name in ("scores", "invoke_ms", "picture_ms"):
        assert np.array_equal(getattr(read, name), getattr(found, name), equal_nan=True)
    assert (read.problems, read.tensor_sha256) == (found.problems, found.tensor_sha256)
    assert (read.runtime, read.quantum) == (found.runtime, found.quantum)


def test_the_tensor_is_the_one_that_preprocessing_gives(pictures: list[Path]) -> None:
    classifier = tiny_classifier()
    rgb = np.asarray(Image.open(pictures[0]))
    found = predict(classifier, pictures[:1])
    assert found.tensor_sha256[0] == tensor_sha256(classifier.preprocess.apply(rgb))


@pytest.mark.parametrize("content", [b"", b"text", b"PK\3\4 a damaged zip"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scores.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"scores\.npz"):
        Predictions.read(path)
