import numpy as np

from training.audit import suspect

LABELS = ("fire", "misc", "smoke")


def made(count: int = 240, spread: float = 0.6):
    """Return features of three classes that lie apart, their classes, groups and files."""
    rng = np.random.default_rng(0)
    classes = np.arange(count) % 3
    centres = rng.normal(size=(3, 64))
    features = (centres[classes] + spread * rng.normal(size=(count, 64))).astype(np.float32)
    files = [f"{LABELS[one]}/{i}.jpg" for i, one in enumerate(classes)]
    return features, classes, [f"picture:{i}" for i in range(count)], files


def test_a_mislabelled_picture_is_suspected_and_its_likeness_named():
    features, classes, groups, files = made()
    classes[30] = 2
    found = suspect.find(features, classes, groups, LABELS, files)
    assert [(one.file, one.label, one.looks_like) for one in found.suspects] == [
        (files[30], "smoke", "fire")
    ]
    assert found.judged == 240


def test_pictures_with_right_labels_are_not_suspected():
    features, classes, groups, files = made()
    assert suspect.find(features, classes, groups, LABELS, files).suspects == ()


def test_copies_with_the_same_wrong_label_do_not_vouch_for_each_other():
    features, classes, groups, files = made()
    rng = np.random.default_rng(1)
    for i in (60, 63, 66, 69):  # of fire, all near copies of one picture, all called smoke
        features[i] = features[60] + 0.01 * rng.normal(size=64)
        classes[i] = 2
        groups[i] = "picture:family"
    found = suspect.find(features, classes, groups, LABELS, files)
    assert {one.file for one in found.suspects} == {files[i] for i in (60, 63, 66, 69)}


def test_a_scene_unlike_its_class_is_told_as_one_and_doubts_no_label():
    features, classes, groups, files = made()
    for i in range(0, 30, 3):
        features[i] = features[i + 1]
        groups[i] = "cellar"
    found = suspect.find(features, classes, groups, LABELS, files)
    assert found.suspects == ()
    (scene,) = found.scenes
    assert (scene.group, scene.label, scene.looks_like, scene.of) == ("cellar", "fire", "misc", 10)


def test_a_class_in_one_group_is_not_judged():
    features, classes, groups, files = made()
    groups = ["only" if one == 2 else group for one, group in zip(classes, groups, strict=True)]
    found = suspect.find(features, classes, groups, LABELS, files)
    assert found.judged == 160
    assert all(one.label != "smoke" for one in found.suspects)


def test_no_pictures_are_no_error():
    empty = np.zeros((0, 64), np.float32)
    found = suspect.find(empty, np.zeros(0, np.int64), [], LABELS, [])
    assert (found.suspects, found.judged) == ((), 0)


def test_a_suspicion_survives_json():
    features, classes, groups, files = made()
    classes[30] = 2
    found = suspect.find(features, classes, groups, LABELS, files)
    assert suspect.Suspicion.from_json(found.to_json()) == found
