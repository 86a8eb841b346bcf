"""Folders of pictures as a camera."""

import pytest

from edge.camera.camera import LostFrame
from edge.camera.folder import FolderCamera
from edge.contract.errors import InputError
from edge.inference.prediction import Frame
from tests.fakes.tiny_bundle import FIRE, MISC, plain, png


def test_pictures_come_by_name_at_the_rate_given(tmp_path):
    (tmp_path / "b.png").write_bytes(png(plain(FIRE)))
    (tmp_path / "a.PNG").write_bytes(png(plain(MISC)))
    (tmp_path / "notes.txt").write_text("not a picture")
    first, second = FolderCamera(tmp_path, fps=4.0).frames()
    assert tuple(first.rgb[0, 0]) == MISC
    assert tuple(second.rgb[0, 0]) == FIRE
    assert (first.time_s, second.time_s) == (0.0, 0.25)


def test_an_unreadable_picture_is_lost_in_its_place(tmp_path):
    whole = png(plain(MISC))
    for number, content in enumerate((whole, whole[:60], whole)):
        (tmp_path / f"{number}.png").write_bytes(content)
    first, lost, last = FolderCamera(tmp_path, fps=1.0).frames()
    assert isinstance(lost, LostFrame)
    assert "1.png" in lost.problem
    assert (lost.number, lost.time_s) == (1, 1.0)
    assert isinstance(first, Frame)
    assert isinstance(last, Frame)
    assert last.number == 2


def test_no_folder_and_an_empty_one(tmp_path):
    with pytest.raises(InputError, match="cannot read the folder"):
        FolderCamera(tmp_path / "none", 1.0)
    with pytest.raises(InputError, match="holds no pictures"):
        FolderCamera(tmp_path, 1.0)
