import numpy as np
import pytest

from tests.training.audit.scenery import scenery
from training.audit import colour, shortcut
from training.audit.cross_validation import area_under_curve

LABELS = ("fire", "misc", "smoke")


def measured(tint_of_class, count: int = 60) -> shortcut.Shortcuts:
    """Measure made-up classes: each picture's tint is drawn by its class."""
    rng = np.random.default_rng(0)
    classes = np.arange(count) % 3
    vectors = [
        colour.statistics(np.asarray(scenery(i, (40, 30), tint_of_class(rng, int(one)))))
        for i, one in enumerate(classes)
    ]
    names = [f"{i}.jpg" for i in range(count)]
    return shortcut.measure(np.stack(vectors), classes, names, LABELS, names)


def test_a_class_that_is_bright_is_named_with_its_direction():
    found = measured(lambda rng, one: [1.0 if one == 2 else rng.uniform(0.3, 0.6)] * 3)
    smoke = found.classes[2]
    assert smoke.at_risk
    assert smoke.auc > 0.95
    assert any(one.name == "brightness" and one.more for one in smoke.leading)
    assert "smoke can be told by colour and brightness alone" in smoke.words


def test_a_class_that_is_dark_is_named_with_its_direction():
    found = measured(lambda rng, one: [0.2 if one == 0 else rng.uniform(0.5, 1.0)] * 3)
    assert any(one.name == "brightness" and not one.more for one in found.classes[0].leading)


def test_a_class_that_is_red_is_named_by_red():
    # Of one brightness: 0.299 + 0.701 x 0.5 = 0.65.
    found = measured(lambda rng, one: (1.0, 0.5, 0.5) if one == 0 else (0.65, 0.65, 0.65))
    assert found.classes[0].at_risk
    assert "share of red" in [one.name for one in found.classes[0].leading if one.more]


def test_classes_of_every_brightness_are_not_accused():
    found = measured(lambda rng, _one: [rng.uniform(0.3, 1.0)] * 3, 150)
    assert [one.label for one in found.classes if one.at_risk] == []
    assert found.balanced_accuracy < 0.5


def test_a_scene_does_not_vouch_for_itself():
    rng = np.random.default_rng(0)
    # Each scene has its own colour, drawn without regard to the class.
    groups = np.repeat(np.arange(30), 10)
    classes = groups % 2
    vectors = rng.normal(size=(30, len(colour.NAMES)))[groups]
    vectors = (vectors + 0.05 * rng.normal(size=vectors.shape)).astype(np.float32)
    files = [str(i) for i in range(300)]
    alone = shortcut.measure(vectors, classes, files, LABELS[:2], files)
    whole = shortcut.measure(vectors, classes, [f"s{g}" for g in groups], LABELS[:2], files)
    assert alone.classes[0].auc > 0.9
    assert whole.classes[0].auc < 0.75
    assert not whole.classes[0].at_risk


def test_classes_of_one_scene_each_cannot_be_measured():
    vectors = np.random.default_rng(0).normal(size=(20, len(colour.NAMES))).astype(np.float32)
    classes = np.arange(20) % 2
    files = [str(i) for i in range(20)]
    found = shortcut.measure(vectors, classes, [f"s{c}" for c in classes], LABELS[:2], files)
    assert (found.balanced_accuracy, found.classes) == (None, ())


def test_the_same_pictures_give_the_same_figures_and_survive_json():
    first, second = (measured(lambda rng, _one: [rng.uniform(0.3, 1.0)] * 3) for _ in range(2))
    assert first == second
    assert shortcut.Shortcuts.from_json(first.to_json()) == first


def test_pictures_of_other_classes_with_the_look_are_shown():
    found = measured(lambda rng, one: [1.0 if one == 2 else rng.uniform(0.3, 1.0)] * 3, 120)
    smoke = found.classes[2]
    assert smoke.lookalikes
    assert all(one.label != "smoke" for one in smoke.lookalikes)


@pytest.mark.parametrize(
    ("pixel", "name"),
    [
        ((250, 20, 20), "share of red"),
        ((250, 130, 20), "share of orange"),
        ((20, 40, 240), "share of blue"),
        ((200, 202, 199), "share of light grey"),
        ((30, 30, 32), "share of dark grey"),
        ((30, 30, 32), "share of black areas"),
        ((255, 255, 255), "share of white areas"),
    ],
)
def test_a_colour_counts_under_its_name(pixel, name):
    picture = np.full((4, 5, 3), pixel, np.uint8)
    assert colour.statistics(picture)[colour.NAMES.index(name)] == 1


def test_every_statistic_lies_between_0_and_1_and_shares_sum_to_1():
    picture = np.random.default_rng(0).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    values = colour.statistics(picture)
    assert ((values >= 0) & (values <= 1)).all()
    assert values[4:9].sum() == pytest.approx(1)
    assert values[9:].sum() == pytest.approx(1)


def test_the_area_under_the_curve_is_the_one_of_scikit_learn():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    for ties in (3, 1000):
        scores = rng.integers(0, ties, 200).astype(float)
        positive = rng.random(200) < 0.3
        assert area_under_curve(scores, positive) == pytest.approx(roc_auc_score(positive, scores))
