"""The contract's own tests, run by the board's Python: pixels are the same bit for bit."""

from pathlib import Path

import pytest

from tests.arm64.board import Board

pytestmark = pytest.mark.timeout(900)
TESTS = Path(__file__).resolve().parents[1]
CHOSEN = ("edge/contract/test_preprocess.py", "edge/contract/test_tensors.py")


def test_preprocessing_gives_the_same_bits(boards: dict[str, Board]) -> None:
    board = boards["ai-edge-litert"]
    missing = [name for name in CHOSEN if not (TESTS / name).exists()]
    assert not missing
    names = [board.put(TESTS / name, f"tests/{name}") for name in CHOSEN]
    done = board.python("-m", "pytest", "-q", "-p", "no:cacheprovider", *names)
    assert done.returncode == 0, done.stdout + done.stderr
