"""Class maps kept on disk: the same ones, for the same network only, and never in the way."""

from pathlib import Path

import numpy as np
import pytest

from training.report.remembered_maps import RememberedMaps

PICTURES = [np.full((4, 4, 3), level, np.uint8) for level in (0, 90, 200)]


class Counting:
    """Class maps that count what they were asked."""

    def __init__(self, factor: float = 1) -> None:
        self.asked = 0
        self.factor = factor

    def __call__(self, tensors):
        self.asked += len(tensors)
        found = [tensor[:2, :2].astype(np.float32) * self.factor for tensor in tensors]
        return np.stack(found)


def test_a_picture_is_asked_once_and_answered_alike_ever_after(tmp_path: Path) -> None:
    file = tmp_path / "heat.npz"
    first, second = Counting(), Counting()
    once = RememberedMaps(first, file, "net")(PICTURES)
    again = RememberedMaps(second, file, "net")(PICTURES[::-1])
    assert (first.asked, second.asked) == (3, 0)
    assert np.array_equal(once, again[::-1])


def test_another_network_remembers_nothing_of_this_one(tmp_path: Path) -> None:
    file = tmp_path / "heat.npz"
    RememberedMaps(Counting(), file, "net")(PICTURES)
    other = Counting(factor=2)
    found = RememberedMaps(other, file, "other")(PICTURES)
    assert other.asked == 3
    assert found.max() == 400


def test_an_edited_picture_is_asked_anew(tmp_path: Path) -> None:
    maps = Counting()
    remembered = RememberedMaps(maps, tmp_path / "heat.npz", "net")
    remembered(PICTURES)
    edited = PICTURES[0].copy()
    edited[0, 0, 0] = 1
    assert remembered([edited])[0, 0, 0, 0] == 1
    assert maps.asked == 4


@pytest.mark.parametrize("damage", [b"", b"no archive", b"PK\x03\x04"])
def test_a_damaged_file_is_computed_again(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "heat.npz"
    file.write_bytes(damage)
    maps = Counting()
    assert len(RememberedMaps(maps, file, "net")(PICTURES)) == maps.asked == 3
    assert len(RememberedMaps(maps, file, "net")(PICTURES)) == maps.asked == 3


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    maps = Counting()
    assert len(RememberedMaps(maps, tmp_path / "file" / "heat.npz", "net")(PICTURES)) == 3
