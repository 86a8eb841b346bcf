"""The one and only way from pixels to a model's input, held bit for bit."""

import hashlib

import numpy as np
import pytest

from edge.contract.errors import BundleUnsupported, InputError
from edge.contract.preprocess import Preprocess, tensor_sha256

# Made by the code as it is. A Pillow that scales in another way gives others: raise REVISION
# in edge/contract/preprocess.py then, for caches and golden vectors made before.
GOLDEN = {
    ("squash", 299, 299): "ca446e54e30b682ba125cb1e288fcf40a11398a28932f34e435ac2d093659f9f",
    ("crop", 299, 299): "aa85ff10e7b5c2925a9bcae83b0ce3bdd840821a4aa94b2ea2be9c10b9cb68e1",
    ("squash", 96, 64): "25aff95b94e24943b3b3c4ad8092f9cfacfee02810ec2360c6d76619ce2a9195",
    ("crop", 96, 64): "7e7a8a1a858e13c6a1b90a6a158cca267afabb6501cfbba5578e86a9a27170c5",
    ("squash", 700, 500): "5defc337f8a97e347b8dd5af00e0fe1149d7100d4ee77c8d80acb1e09fe917bd",
}


def known_picture() -> np.ndarray:
    """Return a picture made of whole numbers alone, so that every machine has the same."""
    rows, columns = np.mgrid[0:480, 0:640]
    channels = [(rows * rows // (3 + c) + columns * (5 + 2 * c)) % 256 for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)


@pytest.mark.parametrize(("fit", "width", "height"), GOLDEN)
def test_the_known_picture_gives_the_known_tensor(fit: str, width: int, height: int) -> None:
    tensor = Preprocess(width, height, fit).apply(known_picture())
    assert tensor.shape == (height, width, 3)
    assert tensor.dtype == np.uint8
    assert tensor_sha256(tensor) == GOLDEN[fit, width, height]


def test_the_hash_is_of_the_bytes_in_row_major_order() -> None:
    tensor = known_picture()
    assert tensor_sha256(tensor) == hashlib.sha256(tensor.tobytes()).hexdigest()
    assert tensor_sha256(np.asfortranarray(tensor)) == tensor_sha256(tensor)


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    picture = known_picture()
    assert np.array_equal(Preprocess(640, 480).apply(picture), picture)
    assert np.array_equal(Preprocess(640, 480, "crop").apply(picture), picture)


def test_squash_sees_the_whole_picture_and_crop_its_middle() -> None:
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, :100] = (255, 0, 0)
    picture[:, 200:] = (0, 0, 255)
    squashed = Preprocess(30, 30).apply(picture)
    assert squashed[15, 2].tolist() == [255, 0, 0]
    assert squashed[15, 27].tolist() == [0, 0, 255]
    assert not Preprocess(30, 30, "crop").apply(picture)[:, 1:-1].any()


def test_crop_cuts_a_tall_picture_top_and_bottom() -> None:
    picture = np.zeros((300, 100, 3), np.uint8)
    picture[:100] = 255
    assert not Preprocess(30, 30, "crop").apply(picture)[1:-1].any()


def test_shrinking_averages_over_the_area() -> None:
    picture = np.zeros((400, 400, 3), np.uint8)
    picture[:, ::2] = 200
    small = Preprocess(20, 20).apply(picture)[2:-2, 2:-2]
    assert abs(int(small.mean()) - 100) <= 1
    assert int(small.max()) - int(small.min()) <= 2


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (20_000, 3)])
def test_any_shape_fits(size: tuple[int, int]) -> None:
    picture = np.full((size[1], size[0], 3), 77, np.uint8)
    for fit in ("squash", "crop"):
        tensor = Preprocess(31, 17, fit).apply(picture)
        assert tensor.shape == (17, 31, 3)
        assert (tensor == 77).all()


def test_the_order_of_channels_stays() -> None:
    picture = np.full((50, 40, 3), (250, 120, 10), np.uint8)
    assert Preprocess(8, 8).apply(picture)[4, 4].tolist() == [250, 120, 10]


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(InputError, match="not an RGB picture"):
        Preprocess(8, 8).apply(wrong)


@pytest.mark.parametrize(
    ("width", "height", "fit"), [(0, 5, "squash"), (5, -1, "crop"), (5, 5, "stretch")]
)
def test_impossible_specifications_are_refused(width: int, height: int, fit: str) -> None:
    with pytest.raises(InputError):
        Preprocess(width, height, fit)


def test_the_specification_survives_json() -> None:
    for preprocess in (Preprocess(299, 299), Preprocess(96, 64, "crop")):
        assert Preprocess.from_json(preprocess.to_json()) == preprocess


@pytest.mark.parametrize("change", [{"revision": 999}, {"colour": "BGR"}, {"dtype": "float32"}])
def test_a_preprocessing_that_is_not_ours_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BundleUnsupported):
        Preprocess.from_json(Preprocess(299, 299).to_json() | change)


def test_the_digest_changes_with_everything_that_moves_pixels() -> None:
    digests = {
        Preprocess(w, h, f).digest for w in (8, 9) for h in (8, 9) for f in ("squash", "crop")
    }
    assert len(digests) == 8
    assert Preprocess(8, 8).digest == Preprocess(8, 8).digest
