"""The sweep: whose turn it is, and that small fires are seen by it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.alarm.state import Level
from edge.alarm.sweep_rules import SweepRules
from edge.config.config import Config
from edge.contract.errors import ConfigError
from edge.contract.preprocess import Preprocess
from edge.eye.look import Look
from edge.eye.sweep import TileSweep, crop, grid
from edge.hand.judge import Judge
from edge.inference.prediction import Frame
from edge.inference.tile import Tile
from tests.fakes.tiny_bundle import FIRE, LABELS, MISC, SMOKE, plain, tiny_classifier

LEAST = '[model]\nbundle = "m.ember"\n[camera]\npath = "c.mp4"\n'


@st.composite
def some_rules(draw: st.DrawFn) -> SweepRules:
    rows = draw(st.integers(1, 6))
    return SweepRules(
        on=True,
        rows=rows,
        columns=draw(st.integers(2 if rows == 1 else 1, 6)),
        overlap=draw(st.floats(0, 0.5)),
        whole_every=draw(st.integers(2, 6)),
    )


@given(some_rules(), st.floats(0, 1), st.floats(0, 1))
def test_every_point_of_the_frame_is_in_some_tile(rules, x, y):
    inside = [
        tile
        for tile in grid(rules)
        if tile.box[0] <= x <= tile.box[2] + 1e-9 and tile.box[1] <= y <= tile.box[3] + 1e-9
    ]
    assert inside


@given(some_rules())
def test_tiles_are_all_of_a_size_and_share_what_they_should(rules):
    tiles = grid(rules)
    assert [tile.number for tile in tiles] == list(range(rules.tiles))
    width = tiles[0].box[2] - tiles[0].box[0]
    assert all(tile.box[2] - tile.box[0] == pytest.approx(width) for tile in tiles)
    if rules.columns > 1:
        shared = tiles[0].box[2] - tiles[1].box[0]
        assert shared / width == pytest.approx(rules.overlap, abs=1e-9)


@given(some_rules(), st.integers(0, 300))
def test_the_whole_frame_keeps_its_share_of_the_turns(rules, more):
    sweep = TileSweep(rules)
    turns = [sweep.next_tile(float(n)) for n in range(rules.whole_every * 10 + more)]
    assert all(
        (tile is None) == (number % rules.whole_every == 0) for number, tile in enumerate(turns)
    )


@settings(max_examples=30)
@given(some_rules(), st.data())
def test_every_tile_has_its_turn_however_hot_the_others_are(rules, data):
    sweep = TileSweep(rules, [0])
    seen = set()
    for turn in range(rules.whole_every * rules.tiles * 4):
        tile = sweep.next_tile(float(turn))
        if tile is not None:
            seen.add(tile.number)
            sweep.saw(tile, (data.draw(st.sampled_from([0.0, 1.0])), 0.0))
    assert seen == set(range(rules.tiles))


def test_a_hot_tile_has_its_deciding_looks_soon():
    rules = SweepRules(on=True, rows=3, columns=4, k=2, n=3)
    sweep = TileSweep(rules, [0])
    numbers = []
    for turn in range(40):
        tile = sweep.next_tile(float(turn))
        if tile is not None:
            numbers.append(tile.number)
            sweep.saw(tile, (1.0 if tile.number == 5 else 0.0, 0.0))
    first = numbers.index(5)
    assert numbers[first : first + 5].count(5) == 3


def test_switched_off_every_turn_is_the_whole_frames():
    sweep = TileSweep(SweepRules(on=False))
    assert [sweep.next_tile(float(n)) for n in range(5)] == [None] * 5


@given(st.integers(1, 50), st.integers(1, 50), some_rules())
def test_a_tile_of_the_smallest_frame_has_a_pixel(width, height, rules):
    rgb = np.zeros((height, width, 3), np.uint8)
    assert all(0 not in crop(rgb, tile).shape for tile in grid(rules))


def test_a_crop_is_the_part_that_its_box_says():
    rgb = np.arange(60 * 100, dtype=np.uint32).reshape(60, 100) % 251
    rgb = np.repeat(rgb[..., None], 3, axis=2).astype(np.uint8)
    part = crop(rgb, Tile(0, (0.25, 0.5, 0.75, 1.0)))
    assert (part == rgb[30:60, 25:75]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"hazard": ()},
        {"rows": 0},
        {"columns": 0},
        {"rows": 1, "columns": 1},
        {"rows": 9, "columns": 9},
        {"overlap": 0.6},
        {"whole_every": 1},
        {"raise_at": 0.0},
        {"clear_at": 0.96},
        {"k": 4},
        {"n": 0, "k": 0},
    ],
)
def test_sweeps_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=r"is out of range"):
        SweepRules(**wrong)


def levels(text: str, rgb: np.ndarray) -> tuple[Level, str | None, int]:
    """Return what ten seconds of a still picture come to, and how many looks were at tiles."""
    config = Config.from_toml(LEAST + text, Path("/srv"))
    look = Look(tiny_classifier())
    if config.sweep.on:
        look.sweep = TileSweep(config.sweep, [LABELS.index("fire"), LABELS.index("smoke")])
    judge = Judge(config, LABELS, False)
    tiles = 0
    for number in range(100):
        report = look.look(Frame(rgb, number / 10, number))
        tiles += report.tile is not None
        state = judge.take(report, report.time_s).state
    return state.level, state.where, tiles


def test_a_small_fire_that_the_whole_frame_does_not_show_is_found_by_a_tile():
    rgb = plain(MISC, 320, 240)
    rgb[60:120, 240:320] = FIRE
    assert levels("", rgb) == (Level.CLEAR, None, 0)
    level, where, tiles = levels("[sweep]\non = true\nrows = 4\ncolumns = 4\noverlap = 0\n", rgb)
    assert (level, where) == (Level.ALARM, "tile 7")
    assert tiles == 50


@pytest.mark.parametrize("sweep", [False, True])
def test_zones_lie_where_they_were_drawn_though_the_model_sees_the_middle_alone(sweep):
    # A picture twice as wide as high, of which a model that crops sees the middle half.
    rgb = plain(MISC, 256, 128)
    rgb[:, 64:128] = FIRE
    classifier = tiny_classifier()
    classifier.preprocess = Preprocess(32, 32, "crop")
    least = LEAST + ("[sweep]\non = true\nrows = 1\ncolumns = 2\noverlap = 0\n" if sweep else "")

    def level(left: float, right: float) -> Level:
        zone = f'[[zones]]\nname = "a"\nkind = "ignore"\npoints = [[{left}, 0], [{right}, 0], '
        zone += f"[{right}, 1], [{left}, 1]]\n"
        config = Config.from_toml(least + zone, Path("/srv"))
        look = Look(classifier, sweep=TileSweep(config.sweep, [0, 1]) if sweep else None)
        judge = Judge(config, LABELS, False)
        for number in range(30):
            report = look.look(Frame(rgb, number / 10, number))
            state = judge.take(report, report.time_s).state
        return state.level

    assert level(0.25, 0.5) is Level.CLEAR
    assert level(0.5, 0.75) is Level.ALARM


def test_smoke_alone_raises_no_alarm_in_a_tile_unless_asked_to():
    rgb = plain(MISC, 320, 240)
    rgb[60:120, 240:320] = SMOKE
    sweep = "[sweep]\non = true\nrows = 4\ncolumns = 4\noverlap = 0\nraise_at = 0.6\n"
    assert levels(sweep, rgb)[0] is Level.CLEAR
    assert levels(sweep + 'hazard = ["fire", "smoke"]\n', rgb)[0] is Level.ALARM


def test_a_sweep_for_a_class_that_the_model_lacks_is_refused():
    config = Config.from_toml(LEAST + '[sweep]\non = true\nhazard = ["flame"]\n', Path("/srv"))
    with pytest.raises(ConfigError, match="does not have: 'flame'"):
        Judge(config, LABELS, False)


def test_a_zone_that_ignores_a_tile_keeps_it_quiet():
    rgb = plain(MISC, 320, 240)
    rgb[60:120, 240:320] = FIRE
    zone = '[[zones]]\nname = "stove"\nkind = "ignore"\n'
    zone += "points = [[0.7, 0.2], [1, 0.2], [1, 0.6], [0.7, 0.6]]\n"
    sweep = "[sweep]\non = true\nrows = 4\ncolumns = 4\noverlap = 0\n"
    assert levels(sweep + zone, rgb)[0] is Level.CLEAR
