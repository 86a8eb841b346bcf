"""Why the head is a 1x1 convolution: a dense one of 3 classes kills tflite-runtime on aarch64."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.arm64.board import Board

pytestmark = pytest.mark.timeout(900)
FOREIGN = Path(__file__).resolve().parents[1] / "fakes" / "foreign"
COLOURS = {"red": (230, 30, 20), "green": (20, 210, 40), "blue": (10, 40, 220)}
# A shell reports a signal as 128 + its number; subprocess as its negative.
SEGMENTATION_FAULT = (-signal.SIGSEGV, 128 + signal.SIGSEGV)


@pytest.fixture
def pictures(board: Board, tmp_path: Path) -> str:
    """Return a folder on the board with a picture for each class."""
    folder = tmp_path / "colours"
    folder.mkdir()
    for name, colour in COLOURS.items():
        Image.fromarray(np.full((20, 30, 3), colour, np.uint8)).save(folder / f"{name}.png")
    return board.put(folder, "colours")


def label(board: Board, model: str, pictures: str) -> tuple[int, list[str]]:
    """Return the exit code of `emberwatch-edge label`, and the classes that it named."""
    done = board.emberwatch_edge(
        *("label", board.put(FOREIGN / f"{model}.tflite", f"{model}.tflite")),
        *("--labels", board.put(FOREIGN / "labels.txt", "labels.txt")),
        *(pictures, "--json", "--runtime", board.runtime),
    )
    return done.returncode, [json.loads(line)["label"] for line in done.stdout.splitlines()]


def test_a_convolution_head_of_three_classes_runs(board: Board, pictures: str) -> None:
    assert label(board, "uint8_pixels", pictures) == (0, sorted(COLOURS))


@pytest.mark.parametrize("model", ["int8_signed", "float_signed", "int8_logits"])
def test_foreign_models_run(board: Board, pictures: str, model: str) -> None:
    assert label(board, model, pictures) == (0, sorted(COLOURS))


def test_a_dense_head_is_told_apart(
    board: Board, pictures: str, say: Callable[[str], None]
) -> None:
    """Shows the crash, or that it is gone; either way nothing of ours depends on it."""
    code, named = label(board, "dense_head", pictures)
    if code in SEGMENTATION_FAULT:
        say(f"arm64: {board.runtime}: a dense int8 head of 3 classes crashes, as known")
        assert board.runtime == "tflite-runtime", "the newer runtime used to be fine"
    else:
        say(f"arm64: {board.runtime}: a dense int8 head of 3 classes runs")
        assert (code, named) == (0, sorted(COLOURS))
