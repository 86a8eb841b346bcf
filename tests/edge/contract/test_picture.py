"""Every picture that a person may have is read the same way; every other is one clear error."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.contract.errors import PictureError
from edge.contract.picture import decode_picture, is_picture_name, read_picture
from tests.edge.contract.pictures import encode, exif, noise, png_bomb, quarters

LOSSLESS = {"png": {}, "bmp": {}, "webp": {"lossless": True}}
UPRIGHT_FROM = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


def near(a: np.ndarray, b: np.ndarray, most: int) -> bool:
    return a.shape == b.shape and int(np.abs(a.astype(int) - b.astype(int)).max()) <= most


@pytest.mark.parametrize("form", LOSSLESS)
def test_lossless_formats_give_their_very_pixels(form: str) -> None:
    rgb = noise(37, 23)
    assert np.array_equal(decode_picture(encode(rgb, form, **LOSSLESS[form]), "x"), rgb)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_jpeg_gives_nearly_its_pixels(options: dict[str, object]) -> None:
    data = encode(quarters(), "jpeg", quality=95, **options)
    read = decode_picture(data, "x")
    # Away from the borders, where JPEG rings.
    assert near(read[8::16, 8::16], quarters()[8::16, 8::16], 6)


@pytest.mark.parametrize("name", ["a.JPG", "b.Jpeg", "c.PNG", "d.WebP", "e.bMp", "f.jpg.png"])
def test_names_count_in_any_letter_case(name: str) -> None:
    assert is_picture_name(Path(name))


@pytest.mark.parametrize("name", ["a.txt", "jpg", "a.gif", "a.jpg.part", ".jpg", "notes.md"])
def test_other_names_are_no_pictures(name: str) -> None:
    assert not is_picture_name(Path(name))


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.JPG"
    path.write_bytes(encode(quarters(), "png"))
    assert np.array_equal(read_picture(path), quarters())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["png", "webp", "jpeg"])
def test_every_exif_orientation_is_turned_upright(form: str, orientation: int) -> None:
    stored = np.ascontiguousarray(UPRIGHT_FROM[orientation](quarters()))
    options = {"quality": 95} if form == "jpeg" else LOSSLESS[form]
    read = decode_picture(encode(stored, form, exif=exif(orientation), **options), "x")
    assert near(read[8::16, 8::16], quarters()[8::16, 8::16], 6)
    assert read.shape == quarters().shape


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_changes_nothing(orientation: int) -> None:
    data = encode(quarters(), "png", exif=exif(orientation))
    assert np.array_equal(decode_picture(data, "x"), quarters())


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_costs_no_picture() -> None:
    data = encode(quarters(), "jpeg", quality=95, exif=exif(6))
    at = data.index(b"Exif\0\0") + 10
    broken = data[:at] + b"\xff" * 12 + data[at + 12 :]
    assert decode_picture(broken, "x").shape == quarters().shape


def test_grey_becomes_three_equal_channels() -> None:
    grey = noise(20, 10)[..., 0]
    read = decode_picture(encode(Image.fromarray(grey), "png"), "x")
    assert np.array_equal(read, np.stack([grey] * 3, axis=-1))


def test_sixteen_bit_grey_keeps_its_upper_bits() -> None:
    grey = np.arange(0, 65536, 97, dtype=np.uint16)[:600].reshape(20, 30)
    read = decode_picture(encode(Image.fromarray(grey), "png"), "x")
    assert np.array_equal(read[..., 1], (grey >> 8).astype(np.uint8))


def test_a_palette_gives_its_colours() -> None:
    image = Image.fromarray(quarters()).quantize(6)
    assert near(decode_picture(encode(image, "png"), "x"), quarters(), 1)
    assert near(decode_picture(encode(image, "bmp"), "x"), quarters(), 1)


def test_a_palettes_transparent_colour_shows_black() -> None:
    image = Image.new("P", (4, 2), 0)
    image.putpalette([200, 100, 50, 10, 220, 30])
    image.putpixel((0, 0), 1)
    read = decode_picture(encode(image, "png", transparency=0), "x")
    assert read[0, 0].tolist() == [10, 220, 30]
    assert read[1, 3].tolist() == [0, 0, 0]


@pytest.mark.parametrize("form", ["png", "webp"])
def test_alpha_is_laid_on_black(form: str) -> None:
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[...] = (200, 100, 60, 255)
    rgba[0, 0, 3] = 0
    rgba[0, 1, 3] = 128
    read = decode_picture(encode(Image.fromarray(rgba), form, lossless=True, exact=True), "x")
    assert read[1, 1].tolist() == [200, 100, 60]
    assert read[0, 0].tolist() == [0, 0, 0]
    assert near(read[0, 1], np.array([100, 50, 30]), 1)


def test_grey_with_alpha_and_keyed_grey_are_read() -> None:
    grey = Image.new("LA", (3, 3), (90, 255))
    assert decode_picture(encode(grey, "png"), "x")[1, 1].tolist() == [90, 90, 90]
    keyed = encode(Image.new("L", (3, 3), 90), "png", transparency=90)
    assert decode_picture(keyed, "x")[1, 1].tolist() == [0, 0, 0]


def test_one_bit_is_black_and_white() -> None:
    image = Image.new("1", (5, 4), 1)
    image.putpixel((2, 1), 0)
    read = decode_picture(encode(image, "png"), "x")
    assert read[1, 2].tolist() == [0, 0, 0]
    assert read[0, 0].tolist() == [255, 255, 255]


def test_cmyk_becomes_its_rgb() -> None:
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # no cyan: red
    red, green, blue = decode_picture(encode(image, "jpeg", quality=95), "x")[8, 8]
    assert red > 230
    assert green < 30
    assert blue < 30


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "bmp"])
def test_one_pixel_is_a_picture(form: str) -> None:
    assert decode_picture(encode(Image.new("RGB", (1, 1), "red"), form), "x").shape == (1, 1, 3)


def test_an_honest_wide_picture_works() -> None:
    wide = Image.new("RGB", (20_000, 400), (200, 90, 30))
    assert decode_picture(encode(wide, "jpeg"), "x").shape == (400, 20_000, 3)


@pytest.mark.parametrize("form", ["webp", "png", "gif"])
def test_the_first_frame_of_an_animation_is_taken(form: str) -> None:
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    data = encode(first, form, save_all=True, append_images=[second], lossless=True)
    assert decode_picture(data, "x")[4, 4].tolist() == [255, 0, 0]


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "bmp"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(form: str, kept: float) -> None:
    data = encode(noise(64, 64), form)
    with pytest.raises(PictureError, match=r"x\.jpg"):
        decode_picture(data[: int(len(data) * kept)], "x.jpg")


@pytest.mark.parametrize(
    "data", [b"", b"hello, I am no picture\n" * 50, b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\xff\xd8\xff"]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "text.jpg"
    path.write_bytes(data)
    with pytest.raises(PictureError, match=r"text\.jpg") as caught:
        read_picture(path)
    assert "\n" not in caught.value.line()


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path):
        with pytest.raises(PictureError, match="cannot read"):
            read_picture(path)


@pytest.mark.parametrize("size", [(30_000, 30_000), (19_000, 19_000)])
def test_a_decompression_bomb_is_refused_unread(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match="unpack"):
        decode_picture(png_bomb(*size), "bomb.png")


def test_a_header_that_lies_about_its_size_is_refused() -> None:
    with pytest.raises(PictureError):
        decode_picture(png_bomb(12_000, 12_000, content=b"\x78\x9c\x03\x00\x00\x00\x00\x01"), "x")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=300, deadline=None)
@given(
    which=st.sampled_from(["png", "jpeg", "webp", "bmp", "gif"]),
    places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=9),
    cut=st.integers(0, 10**6),
)
def test_damage_gives_a_picture_or_one_error(
    which: str, places: list[tuple[int, int]], cut: int
) -> None:
    options = {} if which in ("bmp", "gif") else {"exif": exif(6)}
    data = bytearray(encode(noise(19, 13), which, **options))
    for place, value in places:
        data[place % len(data)] = value
    # Every second file is cut short too.
    kept = bytes(data[: cut % len(data)]) if cut % 2 else bytes(data)
    try:
        read = decode_picture(kept, "x")
    except PictureError:
        return
    assert read.ndim == 3
    assert read.shape[2] == 3
    assert read.dtype == np.uint8
