import numpy as np
import pytest

from converter.trained_model import SplitRow
from edge.contract.errors import DatasetError
from edge.contract.labels import Labels
from training.cross_validation import cross_validate
from training.head import HeadOptions
from training.leave_one_out import leave_one_out
from training.material import make_material, scene_weights
from training.narrator import Narrator

OPTIONS = HeadOptions(steps=300, eval_interval=100)


def scenes(count=20, frames=12, seed=0):
    """Frames that look like their scene far more than like their class."""
    rng = np.random.default_rng(seed)
    meaning = rng.normal(0, 1, (2, 24))
    rows, features = [], []
    for scene in range(count):
        look = rng.normal(0, 4, 24)
        for frame in range(frames):
            label = ("fire", "misc")[scene % 2]
            name = f"{scene}-{frame}"
            rows.append(SplitRow(name, label, f"scene {scene}", name, "training"))
            features.append(look + meaning[scene % 2] + rng.normal(0, 0.3, 24))
    classes = np.array([("fire", "misc").index(row.label) for row in rows])
    groups = [row.group for row in rows]
    return make_material(rows, groups, classes, np.array(features, np.float32))


def validate(material, early_stop=True):
    return cross_validate(material, 2, OPTIONS, early_stop, lambda _done, _of: None)


def test_a_random_split_flatters_where_frames_look_like_their_scene():
    material = scenes()
    found = validate(material)
    honest = (found.logits.argmax(axis=1) == material.classes).mean()
    assert found.random_right / len(material.rows) > honest + 0.2


def test_the_step_that_did_best_on_held_out_scenes_is_kept():
    found = validate(scenes())
    losses = dict(found.curve)
    assert losses[found.best_step] == min(losses.values())
    assert validate(scenes(), early_stop=False).best_step == OPTIONS.steps


def test_two_groups_of_one_class_are_too_few_to_validate():
    material = scenes(count=2)
    assert validate(material) is None


def test_the_figures_count_every_picture():
    material = scenes()
    found = validate(material).to_json(material, Labels(("fire", "misc")))
    assert found["accuracy"]["of"] == found["random"]["of"] == len(material.rows)
    assert found["scenes"]["of"] == len(material.rows)


def test_leaving_a_group_out_leaves_its_views_out_too():
    material = scenes(count=4)
    views = (np.arange(48), material.features, np.ones(48))
    with_views = make_material(
        material.rows, material.families, material.classes, material.features, [views]
    )
    found = leave_one_out(with_views, 2, OPTIONS, 300, Narrator())
    poisoned = with_views.features.copy()
    named = np.array([row.group for row in material.rows])
    poisoned[named == "scene 1"] = -poisoned[named == "scene 1"]
    spoiled = make_material(
        material.rows,
        material.families,
        material.classes,
        material.features,
        [(np.arange(48), poisoned, np.ones(48))],
    )
    again = leave_one_out(spoiled, 2, OPTIONS, 300, Narrator())
    same = named == "scene 1"
    np.testing.assert_allclose(found.logits[same], again.logits[same], atol=1e-3)
    assert np.abs(found.logits[named == "scene 0"] - again.logits[named == "scene 0"]).max() > 1e-2


def test_a_group_that_is_a_whole_class_cannot_be_left_out():
    material = scenes(count=3)
    found = leave_one_out(material, 2, OPTIONS, 300, Narrator())
    assert found.skipped == ("scene 1",)
    assert np.isnan(found.logits[12:24]).all()
    assert found.to_json(material)["pooled"]["of"] == 24


def test_without_groups_there_is_nothing_to_leave_out():
    rows = [
        SplitRow(str(n), "fire" if n % 2 else "misc", f"picture:{n}", str(n), "training")
        for n in range(8)
    ]
    groups = [row.group for row in rows]
    alone = make_material(rows, groups, np.arange(8) % 2, np.eye(8, dtype=np.float32))
    with pytest.raises(DatasetError, match="no groups to leave out"):
        leave_one_out(alone, 2, OPTIONS, 100, Narrator())


def test_a_long_scene_weighs_more_than_a_short_one_but_less_than_by_its_frames():
    families = ["long"] * 16 + ["short"] * 4 + [f"picture:{n}" for n in range(40)]
    weights = scene_weights(families, np.repeat([0, 1], (20, 40)))
    assert weights[:16].sum() == pytest.approx(4)
    assert weights[16:20].sum() == pytest.approx(2)
    assert (weights[20:] == 1).all()
