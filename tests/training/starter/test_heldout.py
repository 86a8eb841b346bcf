"""Claims about the held-out rule."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from edge.contract.errors import DatasetError
from training.starter.heldout import LABELS, is_held_out, read_sources

HEADER = "file\tclass\tgroup\tsource_repo\tcommit\tpath\tlicence\n"


def write_folder(folder: Path, rows: list[tuple[str, str, str]]) -> None:
    lines = [f"{name}\t{label}\t{group}\tr\tc\tp\tMIT\n" for name, label, group in rows]
    (folder / "SOURCES.tsv").write_text(HEADER + "".join(lines))
    for name, _, _ in rows:
        (folder / name).write_bytes(name.encode())


def test_about_one_key_in_five_is_held_out() -> None:
    held = sum(is_held_out(str(number)) for number in range(5000))
    assert 900 < held < 1100


def test_the_rule_never_changes() -> None:
    scenes = ("alleyCH3", "bandit", "henfactory", "patio", "protect", "smoke1", "xraaiie")
    held = [scene for scene in scenes if is_held_out(f"cctv:{scene}")]
    assert held == ["alleyCH3", "bandit", "patio", "smoke1", "xraaiie"]


def test_frames_of_a_scene_stay_together(tmp_path: Path) -> None:
    write_folder(tmp_path, [(f"{i}.jpg", "smoke", "cctv:bandit") for i in range(9)])
    assert all(picture.held_out for picture in read_sources(tmp_path))


def test_a_copied_picture_stays_with_its_copy(tmp_path: Path) -> None:
    write_folder(tmp_path, [("a.jpg", "fire", "web"), ("b.jpg", "misc", "web")])
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    one, other = read_sources(tmp_path)
    assert one.key == other.key


@pytest.mark.parametrize("row", [("a.jpg", "flood", "web"), ("../gone.jpg", "fire", "web")])
def test_bad_list_is_refused(tmp_path: Path, row: tuple[str, str, str]) -> None:
    write_folder(tmp_path, [])
    (tmp_path / "a.jpg").write_bytes(b"x")
    name, label, group = row
    (tmp_path / "SOURCES.tsv").write_text(f"{HEADER}{name}\t{label}\t{group}\tr\tc\tp\tMIT\n")
    with pytest.raises(DatasetError):
        read_sources(tmp_path)


def test_every_class_keeps_enough_on_both_sides(real_data: Path) -> None:
    pictures = read_sources(real_data / "fire")
    count = Counter((LABELS[p.label], p.held_out) for p in pictures)
    assert all(count[label, held] >= 80 for label in LABELS for held in (False, True))
