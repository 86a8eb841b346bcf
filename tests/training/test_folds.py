import numpy as np

from training.folds import grouped_folds, left_out_of, random_folds


def test_no_family_stands_on_both_sides_of_a_fold():
    rng = np.random.default_rng(0)
    families = [f"scene {n}" for n in rng.integers(0, 30, 300)]
    classes = rng.integers(0, 3, 300)
    folds = grouped_folds(classes, families, 0)
    for family in set(families):
        assert len({fold for fold, of in zip(folds, families, strict=True) if of == family}) == 1
    assert set(folds) == set(range(10))


def test_random_folds_put_one_scene_on_both_sides():
    families = np.repeat(np.arange(10), 20)
    folds = random_folds(np.repeat([0, 1], 100), 0)
    assert all(len(set(folds[families == family])) > 1 for family in range(10))


def test_the_same_seed_deals_the_same_folds():
    classes = np.arange(90) % 3
    families = [str(n // 3) for n in range(90)]
    assert (grouped_folds(classes, families, 4) == grouped_folds(classes, families, 4)).all()


def test_one_family_of_a_class_makes_no_folds():
    assert grouped_folds(np.array([0, 0, 0, 1]), ["a", "b", "c", "d"], 0) is None


def test_every_view_of_a_picture_is_left_out_with_it():
    folds = np.array([0, 1, 0])
    pictures = np.array([0, 1, 2, 2, 1])
    assert left_out_of(folds, pictures).tolist() == [
        [True, False, True, True, False],
        [False, True, False, False, True],
    ]
