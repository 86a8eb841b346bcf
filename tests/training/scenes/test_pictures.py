"""Claims about folders of generated pictures."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.contract.errors import InputError
from training.scenes.pictures import LABELS, draw_scene, render_picture, write_pictures

SIZE = (160, 120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ten pictures of each class."""
    folder = tmp_path_factory.mktemp("scenes")
    write_pictures(folder, 10, 5, SIZE)
    return folder


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "groups.tsv").open(newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


@pytest.mark.parametrize("label", LABELS)
def test_same_seed_gives_same_picture(label: str) -> None:
    one, other = (render_picture(np.random.default_rng(3), label, SIZE) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.shape == (120, 160, 3)
    assert np.array_equal(one, other)


def test_other_seed_gives_other_picture() -> None:
    one, other = (render_picture(np.random.default_rng(seed), "fire", SIZE) for seed in (3, 4))
    assert not np.array_equal(one, other)


def test_unknown_class_is_refused() -> None:
    with pytest.raises(InputError, match="no such class"):
        render_picture(np.random.default_rng(3), "flood", SIZE)


def test_odd_sizes_are_drawn() -> None:
    picture = render_picture(np.random.default_rng(1), "smoke", (173, 131))
    assert picture.shape == (131, 173, 3)


def test_every_file_is_in_the_table_and_every_row_is_a_file(folder: Path) -> None:
    on_disk = {p.relative_to(folder).as_posix() for p in folder.glob("*/*.jpg")}
    assert {row["file"] for row in rows_of(folder)} == on_disk
    for label in LABELS:
        assert sum(row["class"] == label for row in rows_of(folder)) == 10
        assert len(list((folder / label).iterdir())) == 10


def test_file_names_tell_class_and_group(folder: Path) -> None:
    for row in rows_of(folder):
        assert row["file"].startswith(f"{row['class']}/")
        assert row["file"].endswith(f"_{row['group']}.jpg")
        assert Image.open(folder / row["file"]).size == SIZE


def test_every_scene_appears_in_every_class(folder: Path) -> None:
    classes: dict[str, set[str]] = {}
    for row in rows_of(folder):
        classes.setdefault(row["group"], set()).add(row["class"])
    assert len(classes) >= 3
    assert all(seen == set(LABELS) for seen in classes.values())


def test_writing_again_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_pictures(tmp_path, 10, 5, SIZE)
    for row in rows_of(folder):
        assert (tmp_path / row["file"]).read_bytes() == (folder / row["file"]).read_bytes()


def test_earlier_pictures_of_ours_are_replaced(tmp_path: Path) -> None:
    write_pictures(tmp_path, 4, 1, (64, 64))
    write_pictures(tmp_path, 1, 2, (64, 64))
    assert len(list(tmp_path.glob("*/*.jpg"))) == 3


def test_pictures_of_others_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "fire").mkdir()
    (tmp_path / "fire" / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(InputError, match="did not draw"):
        write_pictures(tmp_path, 1, 2, (64, 64))
    assert (tmp_path / "fire" / "holiday.jpg").read_bytes() == b"mine"


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    told: list[int] = []
    write_pictures(tmp_path, 2, 1, (64, 64), told.append)
    assert told == [1, 2, 3, 4, 5, 6]


def test_scenes_come_in_rooms_and_yards_at_all_times() -> None:
    names = [draw_scene(np.random.default_rng(k), (64, 64), k + 1).name for k in range(40)]
    assert {name[:4] for name in names} == {"room", "yard"}
    assert {name.split("-")[1] for name in names} == {"day", "dusk", "night", "infrared"}
    assert len(set(names)) == len(names)


def test_redness_alone_does_not_tell_fire_from_misc() -> None:
    """Some quiet pictures are redder than many fires, so that a model must look at shapes."""

    def redness(label: str, seed: int) -> float:
        picture = render_picture(np.random.default_rng([seed, 77]), label, SIZE).astype(float)
        return float((picture[..., 0] - picture[..., 2]).mean())

    fires = np.array([redness("fire", seed) for seed in range(40)])
    quiet = np.array([redness("misc", seed) for seed in range(40)])
    assert (quiet > np.median(fires)).mean() >= 0.15
    best = max(
        ((fires > level).mean() + (quiet <= level).mean()) / 2 for level in np.r_[fires, quiet]
    )
    assert best < 0.85


def test_brightness_alone_does_not_tell_smoke_from_misc() -> None:
    def grey(label: str, seed: int) -> float:
        return float(render_picture(np.random.default_rng([seed, 78]), label, SIZE).mean())

    smoke = np.array([grey("smoke", seed) for seed in range(40)])
    quiet = np.array([grey("misc", seed) for seed in range(40)])
    best = max(
        ((smoke > level).mean() + (quiet <= level).mean()) / 2 for level in np.r_[smoke, quiet]
    )
    assert best < 0.8
