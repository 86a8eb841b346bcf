"""Zones: what they take out, what they leave, and that no zone changes nothing."""

import math
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.alarm.areas import Areas, area_scores
from edge.alarm.policy import AlarmPolicy
from edge.alarm.rules import AlarmRules
from edge.alarm.state import AlarmState, Level
from edge.alarm.zones import Zone, zones_from_json
from edge.config.config import Config
from edge.contract.errors import ConfigError
from edge.contract.labels import Labels
from edge.inference.classifier import softmax
from edge.inference.prediction import Frame, Prediction
from edge.inference.tile import Tile
from tests.fakes.tiny_bundle import FIRE, MISC, plain, tiny_classifier

LABELS = Labels(("fire", "smoke", "misc"))
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
EVENING, NOON = datetime(2026, 3, 4, 18, 0), datetime(2026, 3, 4, 12, 0)
ROWS = COLUMNS = 8
logits = arrays(np.float32, (ROWS, COLUMNS, 3), elements=st.floats(-40, 40, width=32))


def zone(kind: str, points: object = LEFT, **more: object) -> Zone:
    return Zone(kind, points, kind, **more)


def seen(cells: np.ndarray) -> Prediction:
    """Return what a model says of logits, float32 [rows, columns, classes]."""
    scores = softmax(cells.mean(axis=(0, 1)))
    return Prediction(LABELS, scores, softmax(cells), 0.0)


def picture(left: str, right: str) -> Prediction:
    cells = np.full((ROWS, COLUMNS, 3), -8.0, np.float32)
    cells[:, : COLUMNS // 2, LABELS.index(left)] = 8
    cells[:, COLUMNS // 2 :, LABELS.index(right)] = 8
    return seen(cells)


def judge(
    prediction: Prediction, *zones: Zone, local: datetime | None = NOON, **rules: object
) -> AlarmState:
    policy = AlarmPolicy(AlarmRules(**({"k": 1, "n": 1} | rules)), LABELS, zones)
    return policy.update(prediction, 0.0, local)


@given(logits)
def test_the_scores_of_all_cells_are_the_models_own(cells):
    prediction = seen(cells)
    whole = area_scores(prediction.class_map, np.ones((ROWS, COLUMNS), np.float32))
    assert whole == pytest.approx(prediction.scores, abs=1e-4)


@given(logits)
def test_without_zones_the_hazard_is_the_models_own_to_the_last_bit(cells):
    prediction = seen(cells)
    hazard = float(prediction.scores.astype(np.float64)[:2].sum())
    assert judge(prediction).hazard == min(1.0, hazard)


@given(logits, st.integers(1, COLUMNS - 1))
def test_an_ignored_part_counts_as_if_the_picture_ended_there(cells, column):
    share = column / COLUMNS
    cut = ((0.0, 0.0), (share, 0.0), (share, 1.0), (0.0, 1.0))
    rest = seen(cells[:, column:])
    assert judge(seen(cells), zone("ignore", cut)).hazard == pytest.approx(
        float(rest.scores[:2].sum()), abs=1e-4
    )


@given(logits, st.floats(0.1, 0.9))
def test_a_zone_to_watch_never_lowers_the_hazard(cells, raise_at):
    prediction = seen(cells)
    assert judge(prediction, zone("watch", raise_at=raise_at)).hazard >= judge(prediction).hazard


def test_a_fire_in_an_ignored_zone_is_no_alarm_and_beside_it_is_one():
    assert judge(picture("fire", "misc"), zone("ignore")).level is Level.CLEAR
    state = judge(picture("misc", "fire"), zone("ignore"))
    assert state.level is Level.ALARM
    assert state.where is None


def test_a_zone_to_watch_finds_a_fire_that_the_whole_frame_does_not():
    cells = np.zeros((ROWS, COLUMNS, 3), np.float32)
    cells[:, :, 2] = 4
    cells[:2, :2] = [6, 0, 0]
    corner = ((0.0, 0.0), (0.25, 0.0), (0.25, 0.25), (0.0, 0.25))
    assert judge(seen(cells)).level is Level.CLEAR
    state = judge(seen(cells), zone("watch", corner))
    assert state.level is Level.ALARM
    assert state.where == "zone watch"
    assert state.hazard > 0.9


def test_a_hearth_may_burn_until_it_burns_too_much():
    hearth = zone("higher", LEFT, raise_at=0.999)
    cells = np.full((ROWS, COLUMNS, 3), -8.0, np.float32)
    cells[:, :, 2] = 8
    cells[:, : COLUMNS // 2] = [2, -4, -2]
    state = judge(seen(cells), hearth)
    assert state.level is Level.CLEAR
    assert state.hazard < 0.01
    cells[:, : COLUMNS // 2] = [12, -4, -2]
    state = judge(seen(cells), hearth)
    assert (state.level, state.where) == (Level.ALARM, "zone higher")


def test_a_hearth_may_burn_from_17_to_23_and_at_no_other_time():
    hearth = zone("ignore", times=("17:00-23:00",))
    burning = picture("fire", "misc")
    assert judge(burning, hearth, local=EVENING, raise_at=0.4, clear_at=0.3).level is Level.CLEAR
    assert judge(burning, hearth, local=NOON, raise_at=0.4, clear_at=0.3).level is Level.ALARM


@pytest.mark.parametrize("local", [None, datetime(1970, 1, 1, 18, 0)])
def test_a_clock_that_is_not_set_opens_no_hours(local):
    hearth = zone("ignore", times=("17:00-23:00",))
    state = judge(picture("fire", "misc"), hearth, local=local, raise_at=0.4, clear_at=0.3)
    assert state.level is Level.ALARM
    assert "time of the day is not known" in (state.supervisory or "")


def test_the_alarm_of_a_zone_whose_hours_end_can_be_reset():
    stove = zone("watch", times=("17:00-23:00",), raise_at=0.3)
    policy = AlarmPolicy(AlarmRules(k=1, n=1), LABELS, (stove,))
    assert policy.update(picture("fire", "misc"), 0.0, EVENING).where == "zone watch"
    policy.update(picture("misc", "misc"), 1.0, NOON)
    assert policy.reset(2.0).level is Level.CLEAR


def test_zones_over_everything_are_told_and_nothing_is_called_calm():
    state = judge(picture("fire", "fire"), zone("ignore", WHOLE))
    assert math.isnan(state.hazard)
    assert "nothing" in (state.supervisory or "")


def test_without_a_class_map_the_whole_frame_counts_and_that_is_told():
    prediction = picture("fire", "fire")
    flat = Prediction(LABELS, prediction.scores, None, 0.0)
    state = judge(flat, zone("ignore"))
    assert state.level is Level.ALARM
    assert "no class map" in (state.supervisory or "")


def test_a_class_map_that_is_no_number_is_a_trouble():
    prediction = picture("misc", "misc")
    prediction.class_map[0, 0, 0] = math.nan
    assert judge(prediction, zone("ignore")).trouble is not None


def test_a_tiles_class_map_that_is_no_number_is_a_trouble():
    burning = picture("fire", "fire")
    burning.class_map[0, 0, 0] = math.nan
    policy = AlarmPolicy(AlarmRules(), LABELS, (zone("ignore"),))
    tile = Tile(0, (0.25, 0.0, 0.75, 1.0))
    state = policy.update_tile(tile, (1.0, 0.0, 0.0), 0.0, None, burning.class_map)
    assert state.trouble is not None
    assert math.isnan(state.hazard)


def test_zones_hold_in_tiles_too():
    policy = AlarmPolicy(AlarmRules(), LABELS, (zone("ignore"),))
    burning = picture("fire", "misc")
    middle, inside = Tile(0, (0.25, 0.0, 0.75, 1.0)), Tile(1, (0.0, 0.0, 0.5, 1.0))
    for now in range(4):
        for tile in (middle, inside):
            state = policy.update_tile(tile, (1.0, 0.0, 0.0), now, None, burning.class_map)
    assert state.level is Level.CLEAR
    for now in range(4):
        state = policy.update_tile(
            middle, (1.0, 0.0, 0.0), now, None, picture("misc", "fire").class_map
        )
    assert (state.level, state.where) == (Level.ALARM, "tile 0")


def test_other_zones_hold_from_the_next_frame_on():
    policy = AlarmPolicy(AlarmRules(k=1, n=1, raise_at=0.4, clear_at=0.3), LABELS)
    policy.set_zones((zone("ignore"),))
    assert policy.update(picture("fire", "misc"), 0.0).level is Level.CLEAR
    policy.set_zones(())
    assert policy.update(picture("fire", "misc"), 1.0).level is Level.ALARM


def test_zones_over_everything_leave_nothing_of_the_cells_uncounted():
    areas = Areas.of((zone("watch", WHOLE),), (ROWS, COLUMNS))
    assert (areas.zones["watch"] == 1).all()
    areas = Areas.of((zone("ignore", WHOLE),), (ROWS, COLUMNS))
    assert (areas.rest == 0).all()


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_a_cells_share_is_the_area_that_the_polygon_covers(across, down):
    corner = ((0.0, 0.0), (across, 0.0), (across, down), (0.0, down))
    area = Areas.of((zone("watch", corner),), (ROWS, COLUMNS)).zones["watch"].sum()
    assert area / (ROWS * COLUMNS) == pytest.approx(across * down, abs=0.01)


def test_a_real_model_sees_no_fire_where_it_is_to_look_away():
    rgb = plain(MISC, 64, 64)
    rgb[:, :32] = FIRE
    prediction = tiny_classifier().classify(Frame(rgb, 0.0, 0))
    assert judge(prediction, zone("ignore", LEFT)).hazard < 0.1
    assert judge(prediction, zone("ignore", RIGHT)).hazard > 0.9


def test_zones_survive_json():
    zones = (
        zone("ignore", LEFT, times=("17:00-23:00",), days=("sat",)),
        zone("higher", RIGHT, raise_at=0.9),
        zone("watch"),
    )
    assert zones_from_json([one.to_json() for one in zones]) == zones


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"points": LEFT[:2]}, "no polygon"),
        ({"points": ((0.0, 0.0), (0.5, 0.0), (1.5, 1.0))}, "not in the picture"),
        ({"points": ((0.0, 0.0), (0.5, 0.0), (math.nan, 1.0))}, "not in the picture"),
        ({"points": ((0.0, 0.0), (0.5, 0.0), (0.5,))}, "not in the picture"),
        ({"points": ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9))}, "next to nothing"),
        ({"name": " "}, "name"),
        ({"kind": "look"}, "kind"),
        ({"kind": "higher"}, "raise_at"),
        ({"kind": "ignore", "raise_at": 0.5}, "raise_at"),
        ({"raise_at": 1.5}, "raise_at"),
        ({"times": ("17-23",)}, "no span of time"),
        ({"times": ("17:00-24:30",)}, "no span of time"),
        ({"times": ("17:00-17:00",)}, "no span of time"),
        ({"days": ("monday",)}, "no day"),
    ],
)
def test_zones_that_cannot_be_are_refused(wrong, says):
    with pytest.raises(ConfigError, match=says):
        Zone(**({"name": "a", "points": LEFT} | wrong))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("zones", "not a list"),
        ({}, "not a list"),
        ([3], "not a zone"),
        ([{"name": "a"}], "not a zone"),
        ([{"name": "a", "points": 3}], "not a zone"),
        ([{"name": "a", "points": [["x", 1]]}], "not a zone"),
        ([{"name": 3, "points": LEFT}], "no text"),
        ([{"name": "a", "points": LEFT, "colour": "red"}], "not a zone"),
        ([{"name": "a", "points": LEFT, "raise_at": "high"}], "not a zone"),
        ([{"name": "a", "points": LEFT}] * 2, "same name"),
        ([{"name": str(i), "points": LEFT} for i in range(33)], "too many"),
    ],
)
def test_what_comes_from_a_page_is_checked(data, says):
    with pytest.raises(ConfigError, match=says):
        zones_from_json(data)


def test_a_zone_to_need_more_must_need_more_than_the_rest():
    with pytest.raises(ConfigError, match="not higher"):
        AlarmPolicy(AlarmRules(), LABELS, (zone("higher", raise_at=0.5),))


def test_zones_are_read_from_the_configuration():
    text = (
        '[model]\nbundle = "m.ember"\n[camera]\npath = "c.mp4"\n'
        '[[zones]]\nname = "hearth"\nkind = "ignore"\ntimes = ["17:00-23:00"]\n'
        "points = [[0, 0], [0.5, 0], [0.5, 1.0]]\n"
    )
    (hearth,) = Config.from_toml(text, Path("/x")).zones
    assert hearth == Zone(
        "hearth", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0)), "ignore", None, ("17:00-23:00",)
    )
