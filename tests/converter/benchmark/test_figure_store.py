"""Claims and attacks on what is kept from one benchmark to the next."""

from pathlib import Path

import numpy as np
import pytest

from converter.benchmark.figure_store import FigureStore
from converter.benchmark.pictures import TestPictures
from tests.converter.benchmark.whole import LITERT, planted_predictions, planted_timing

KEY = ("scores", "a" * 64, LITERT)


def test_what_is_kept_comes_back_whole(planted_pictures: TestPictures, tmp_path: Path) -> None:
    store = FigureStore(tmp_path)
    predictions = planted_predictions(planted_pictures, {1}, LITERT)
    store.keep_scores(KEY, predictions)
    store.keep_timing(KEY, planted_timing(LITERT), 0.2)
    found = FigureStore(tmp_path).scores(KEY)
    assert found is not None and np.array_equal(found.scores, predictions.scores)
    assert FigureStore(tmp_path).timing(KEY) == (planted_timing(LITERT), 0.2)


def test_another_key_and_a_fresh_start_find_nothing(tmp_path: Path) -> None:
    FigureStore(tmp_path).keep_timing(KEY, planted_timing(LITERT), None)
    assert FigureStore(tmp_path).timing((*KEY, "")) is None
    assert FigureStore(tmp_path, fresh=True).timing(KEY) is None
    assert FigureStore(None).timing(KEY) is None


def test_a_throttled_time_is_taken_again(tmp_path: Path) -> None:
    FigureStore(tmp_path).keep_timing(KEY, planted_timing(LITERT, throttled=True), None)
    assert FigureStore(tmp_path).timing(KEY) is None


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1, 2]", b"\xff\xfe no text", b"PK\x03\x04"])
def test_a_damaged_file_is_measured_again(
    planted_pictures: TestPictures, tmp_path: Path, damage: bytes
) -> None:
    store = FigureStore(tmp_path)
    store.keep_scores(KEY, planted_predictions(planted_pictures, set(), LITERT))
    store.keep_timing(KEY, planted_timing(LITERT), None)
    for path in tmp_path.iterdir():
        path.write_bytes(damage)
    assert store.scores(KEY) is None
    assert store.timing(KEY) is None
