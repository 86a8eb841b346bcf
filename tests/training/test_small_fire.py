import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converter.trained_model import SplitRow
from edge.contract.preprocess import Preprocess
from training import dataset
from training.bottleneck_cache import BottleneckCache
from training.composition import Cell, Pasted, fading, place_of
from training.fire_scenes import FRAME, SIZES, FireScenes
from training.narrator import Narrator
from training.small_fire import small_fires, textureless
from training.texture import TextureSource, texture

SIZE = Preprocess(48, 48)


class Redness:
    """A network whose one feature is the share of red pixels."""

    digest = words = "redness"

    def __init__(self):
        self.batches = 0

    def open(self, cores=None):
        def network(pixels):
            self.batches += 1
            red = (pixels[..., 0] > 180) & (pixels[..., 2] < 90)
            return red.mean(axis=(1, 2), dtype=np.float32)[:, None]

        return network

    def portable(self):
        return self


def fire_from(share):
    """Return scores that call fire what has more than this share of red pixels."""

    def scores(features):
        fire = (features[:, 0] > share).astype(np.float32)
        return np.stack([fire, 1 - fire], axis=1)

    return scores


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """Write red fires, and misc frames: plain walls and busy ones."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(3)
    for label in ("fire", "misc"):
        (folder / label).mkdir()
    for i in range(4):
        fire = np.full((60, 80, 3), (220, 40 + i, 20), np.uint8)
        Image.fromarray(fire).save(folder / "fire" / f"{i}.png")
        wall = np.full((90, 120, 3), 100 + i, np.uint8)
        busy = rng.integers(0, 120, (90, 120, 3), dtype=np.uint8)
        Image.fromarray(wall if i % 2 else busy).save(folder / "misc" / f"{i}.png")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """Return a cache folder that the tests of one network fill once for all."""
    return tmp_path_factory.mktemp("cache")


def rows_of(folder):
    found = dataset.scan(folder, None, lambda _done, _of: None)
    rows = [SplitRow(s.file, s.label, s.group, s.sha256, "testing") for s in found.samples]
    return rows, found.labels


def run(folder, cache_folder, source, scores, negative="misc", rows=None):
    every, labels = rows_of(folder)
    with BottleneckCache(cache_folder, SIZE.digest, source.digest) as opened:
        return small_fires(
            *(every if rows is None else rows, folder, labels, negative, source, SIZE, opened),
            *(scores, Narrator()),
        )


def test_a_tile_finds_the_fire_that_the_whole_frame_misses(pictures, cache):
    """Sizes 1/2 to 1/36; a model that wants a twentieth of its input to be red."""
    found = run(pictures, cache, Redness(), fire_from(0.05)).recall
    whole = [share.value for share in found["whole_frame"]]
    tiles = [share.value for share in found["tiles_3x3"]]
    assert whole[0] == 1
    assert whole[-1] == 0
    assert tiles[-1] == 1
    assert all(share.of == 4 for share in found["tiles_2x2"])


def test_a_model_that_never_alarms_finds_nothing_and_is_never_wrong(pictures, cache):
    made = run(pictures, cache, Redness(), fire_from(2))
    assert all(share.count == 0 for shares in made.recall.values() for share in shares)
    assert all(share.count == 0 for share in made.normal_frames.values())
    assert made.normal_tiles.value == 1
    assert made.textureless.false_alarms.count == 0


def test_a_model_that_takes_plain_walls_for_smoke_is_found_out(pictures, cache):
    def plain_is_hazard(features):
        fire = (features[:, 0] < 5).astype(np.float32)
        return np.stack([fire, 1 - fire], axis=1)

    class Busy(TextureSource):
        digest = "busy"

    made = run(pictures, cache, Busy(), plain_is_hazard)
    assert made.textureless.false_alarms.value == 1
    assert made.textureless.texture_below < 1
    assert made.normal_frames["whole_frame"].value == 0.5
    assert made.normal_tiles.value == 0.5


def test_a_second_run_computes_nothing_and_says_the_same(pictures, cache):
    first = run(pictures, cache, Redness(), fire_from(0.05))
    source = Redness()
    assert run(pictures, cache, source, fire_from(0.05)) == first
    assert source.batches == 0


def test_the_json_has_what_the_report_reads(pictures, cache):
    made = run(pictures, cache, Redness(), fire_from(0.05)).to_json()
    assert json.loads(json.dumps(made)) == made
    assert made["sizes"] == list(SIZES)
    for way in ("whole_frame", "tiles_2x2", "tiles_3x3"):
        assert [share["of"] for share in made[way]] == [4] * len(SIZES)
        assert set(made["by_class"]["fire"]) >= {way}
    assert set(made["textureless"]["false_alarms"]) == {"count", "of", "value", "low", "high"}
    assert made["pictures"] == {"fire": 4, "misc": 4}


@pytest.mark.parametrize("missing", ["fire", "misc"])
def test_without_hazards_or_normal_pictures_there_is_no_figure(pictures, cache, missing):
    rows = [row for row in rows_of(pictures)[0] if row.label != missing]
    assert run(pictures, cache, Redness(), fire_from(0.1), rows=rows) is None


def test_without_a_normal_class_there_is_no_figure(pictures, cache):
    assert run(pictures, cache, Redness(), fire_from(0.1), negative="calm") is None


def test_the_cells_of_a_frame_show_the_paste_where_the_frame_does(tmp_path):
    """Each cell of 2 x 2 is the quarter of the whole composed frame, to a resize's rounding."""
    frame = np.zeros((480, 960, 3), np.uint8)
    red = tmp_path / "red.png"
    Image.fromarray(np.full((50, 50, 3), (255, 0, 0), np.uint8)).save(red)

    def paste(cell, preprocess):
        return Pasted(red, "b" * 64, 1 / 4, cell).tensor(frame, "a" * 64, preprocess)

    whole = paste(FRAME, Preprocess(960, 480))
    assert whole.max() == 255
    for row in range(2):
        for column in range(2):
            cell = paste(Cell(2, row, column), Preprocess(480, 240))
            quarter = whole[240 * row : 240 * (row + 1), 480 * column : 480 * (column + 1)]
            assert abs(cell.astype(int) - quarter).max() <= 8


def test_cells_that_the_paste_does_not_reach_are_the_frame_itself(pictures):
    rows, _ = rows_of(pictures)
    plan = FireScenes.plan(rows, pictures, "misc")
    scene, size = plan.scenes[0], SIZES[-1]
    away = next(
        cell
        for cell in (Cell(3, r, c) for r in range(3) for c in range(3))
        if not scene.touches(size, cell)
    )
    assert plan.cell(scene, size, away) == plan.plain(scene.frame, away)
    hazard = pictures / scene.hazard.file
    frame = np.asarray(Image.open(pictures / scene.frame.file))
    pasted = Pasted(hazard, scene.hazard.sha256, size, away)
    plain = away.tensor(frame, scene.frame.sha256, SIZE)
    assert np.array_equal(pasted.tensor(frame, scene.frame.sha256, SIZE), plain)


def test_a_paste_lies_within_the_frame_and_has_its_share():
    for at in range(50):
        for size in SIZES:
            box = place_of(f"{at}", "hazard", size)
            assert 0 <= box.left < box.right <= 1 + 1e-9
            assert 0 <= box.top < box.bottom <= 1 + 1e-9
            assert (box.right - box.left) * (box.bottom - box.top) == pytest.approx(size)


def test_a_pasted_edge_fades():
    mask = fading((100, 60))
    assert mask.shape == (60, 100)
    assert mask[30, 50] == 255
    assert mask[0].max() < 20
    assert (np.diff(mask[30, :20].astype(int)) >= 0).all()


def test_texture_tells_a_wall_from_a_crowd_and_a_gradient_is_plain():
    rng = np.random.default_rng(0)
    wall = np.full((299, 299, 3), 128, np.uint8)
    gradient = np.repeat(np.linspace(0, 255, 299).astype(np.uint8)[:, None], 299, axis=1)
    crowd = rng.integers(0, 256, (299, 299, 3), dtype=np.uint8)
    plain, sloped, busy = texture(np.stack([wall, np.stack([gradient] * 3, -1), crowd]))[:, 0]
    assert plain < 0.01
    assert sloped < 3
    assert busy > 20


def test_the_least_textured_quarter_is_counted():
    alarms = np.array([True, False, True, True])
    made = textureless(alarms, np.float32([9, 1, 8, 7]))
    assert (made.false_alarms.count, made.false_alarms.of) == (0, 1)
    assert made.texture_below == 1
