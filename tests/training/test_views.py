import numpy as np
import pytest
from PIL import Image

from edge.contract.preprocess import Preprocess
from training.mixed_view import MixedView, mixed_views
from training.view import WHOLE
from training.views import Crop, Patch, cut, training_views, weight_of

PREPROCESS = Preprocess(64, 64)


def picture(seed=0, size=(90, 160)):
    smooth = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return np.asarray(Image.fromarray(smooth).resize(size[::-1], Image.Resampling.BICUBIC))


@pytest.mark.parametrize("view", training_views(2, 2, 6), ids=lambda view: view.key)
def test_a_view_is_the_same_bit_for_bit_in_every_run(view):
    first, again = (view.tensor(picture(), "a" * 64, PREPROCESS) for _ in range(2))
    assert first.shape == (64, 64, 3)
    assert first.dtype == np.uint8
    assert first.tobytes() == again.tobytes()


def test_views_differ_from_each_other_and_between_pictures():
    views = training_views(3, 3)
    seen = {
        view.tensor(picture(), sha * 64, PREPROCESS).tobytes() for view in views for sha in "ab"
    }
    assert len(seen) == 2 * len(views)
    assert len({view.key for view in views} | {WHOLE.key}) == len(views) + 1


@pytest.mark.parametrize("share", [0.02, 0.25, 0.5, 1.0])
def test_a_cut_has_the_share_of_the_area_that_was_asked_for(share):
    rng = np.random.default_rng(0)
    areas = [cut(picture(size=(300, 400)), share, rng)[:, :, 0].size / 120_000 for _ in range(50)]
    assert np.mean(areas) == pytest.approx(share, rel=0.15)


def test_a_picture_of_a_single_pixel_has_views_too():
    tiny = np.full((1, 1, 3), 200, np.uint8)
    for view in training_views(1, 1):
        assert view.tensor(tiny, "c" * 64, PREPROCESS).shape == (64, 64, 3)


def test_about_half_of_the_patches_are_grey():
    grey = 0
    for number in range(40):
        tensor = Patch(number).tensor(picture(), "d" * 64, PREPROCESS).astype(int)
        grey += int(np.ptp(tensor, axis=2).max() == 0)
    assert 10 < grey < 30


def test_a_patch_of_a_hazard_counts_for_less_than_of_a_normal_picture():
    assert weight_of(Patch(0), normal=False) < weight_of(Crop(0), normal=False)
    assert weight_of(Patch(0), normal=True) == weight_of(Crop(0), normal=True)
    assert weight_of(WHOLE, normal=True) == weight_of(WHOLE, normal=False) == 1


def test_a_mixture_shows_the_frame_at_the_edge_and_the_hazard_inside(tmp_path):
    frame, hazard = (np.full((90, 160, 3), level, np.uint8) for level in (10, 250))
    Image.fromarray(frame).save(tmp_path / "frame.png")
    (view,) = mixed_views(1, [("f" * 64, tmp_path / "frame.png")])
    mixed = view.tensor(hazard, "e" * 64, PREPROCESS)
    assert mixed.min() == 10
    assert mixed.max() == 250
    assert 0.05 < (mixed > 200).mean() < 0.7


def test_another_frame_is_another_view(tmp_path):
    frames = (("1" * 64, tmp_path / "a"), ("2" * 64, tmp_path / "b"))
    assert MixedView(0, frames).key != MixedView(0, frames[:1]).key
    assert mixed_views(2, []) == ()
