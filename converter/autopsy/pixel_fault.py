"""PixelFault: which known mistake turns our input tensors into the camera's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from edge.contract.picture import Rgb
from edge.contract.preprocess import Fit, Preprocess

# How much of the difference a mistake must explain before it is named.
EXPLAINED = 0.7
# A mean difference, in steps of 1/255, that decoders of different releases may have.
DECODERS_DIFFER = 1.0
Mistake = Callable[[Rgb, Rgb, Preprocess], Rgb]


@dataclass(frozen=True)
class PixelFault:
    """How the camera's tensors differ from ours.

    `mean_difference` and `largest_difference` are in pixel values, 0 to 255; `name` is the
    mistake that explains it, or empty; `explained` is the share of the mean difference that
    goes when our tensors are made with that mistake, in [0, 1].
    """

    mean_difference: float
    largest_difference: int
    name: str
    cure: str
    explained: float

    def words(self) -> str:
        """Return what was found in a clause."""
        if not self.mean_difference:
            return "the camera's tensors are ours, byte for byte"
        size = f"{self.mean_difference:.1f} of 255 on average"
        if self.name:
            return f"{self.name} ({size}; that explains {100 * self.explained:.0f}% of it)"
        if self.mean_difference <= DECODERS_DIFFER:
            return f"another decoder or resize release ({size})"
        return f"no mistake that is known here explains it ({size})"


def find_fault(
    originals: Sequence[Rgb], theirs: Sequence[Rgb], preprocess: Preprocess
) -> PixelFault:
    """Compare the camera's tensors with ours, and try the usual mistakes on ours.

    `originals` are the decoded pictures, uint8 [any, any, 3]; `theirs` the camera's tensors of
    the same pictures, uint8 [height, width, 3].
    """
    ours = [preprocess.apply(original) for original in originals]
    plain = _distance(ours, theirs)
    largest = max(int(np.abs(a.astype(int) - b).max()) for a, b in zip(ours, theirs, strict=True))
    if not largest:
        return PixelFault(0.0, 0, "", "", 0.0)
    best, name, cure = plain, "", ""
    for title, remedy, mistake in MISTAKES:
        made = [mistake(o, t, preprocess) for o, t in zip(originals, ours, strict=True)]
        distance = _distance(made, theirs)
        if distance < best:
            best, name, cure = distance, title, remedy
    explained = 1 - best / plain
    if explained < EXPLAINED:
        name = cure = ""
    return PixelFault(round(plain, 3), largest, name, cure, round(explained, 4))


def _distance(ours: Sequence[Rgb], theirs: Sequence[Rgb]) -> float:
    pairs = zip(ours, theirs, strict=True)
    return float(np.mean([np.abs(a.astype(np.float32) - b).mean() for a, b in pairs]))


def _resized(how: Image.Resampling) -> Mistake:
    def mistake(original: Rgb, _tensor: Rgb, to: Preprocess) -> Rgb:
        image = Image.fromarray(original).resize((to.width, to.height), how)
        return np.array(image, dtype=np.uint8)

    return mistake


def _without_averaging(original: Rgb, _tensor: Rgb, to: Preprocess) -> Rgb:
    """Interpolate between the four nearest pixels alone, as OpenCV's and TensorFlow's do."""
    rows, row_part = _places(original.shape[0], to.height)
    columns, column_part = _places(original.shape[1], to.width)
    wide = original.astype(np.float32)
    last_row, last_column = original.shape[0] - 1, original.shape[1] - 1
    part = column_part[None, :, None]
    upper, lower = wide[rows], wide[np.minimum(rows + 1, last_row)]
    right = np.minimum(columns + 1, last_column)
    above = upper[:, columns] * (1 - part) + upper[:, right] * part
    below = lower[:, columns] * (1 - part) + lower[:, right] * part
    share = row_part[:, None, None]
    mixed: Rgb = np.rint(above * (1 - share) + below * share).astype(np.uint8)
    return mixed


def _places(before: int, after: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    place = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
    whole = np.floor(place).astype(int)
    return whole, (place - whole).astype(np.float32)


def _other_fit(original: Rgb, _tensor: Rgb, to: Preprocess) -> Rgb:
    fit: Fit = "crop" if to.fit == "squash" else "squash"
    return Preprocess(to.width, to.height, fit).apply(original)


def _padded(original: Rgb, _tensor: Rgb, to: Preprocess) -> Rgb:
    image = Image.fromarray(original)
    image.thumbnail((to.width, to.height), Image.Resampling.BILINEAR)
    whole = Image.new("RGB", (to.width, to.height))
    whole.paste(image, ((to.width - image.width) // 2, (to.height - image.height) // 2))
    return np.array(whole, dtype=np.uint8)


def _scaled(std: float, mean: float = 0.0) -> Mistake:
    def mistake(_original: Rgb, tensor: Rgb, _to: Preprocess) -> Rgb:
        made: Rgb = np.clip(np.rint((tensor - mean) / std), 0, 255).astype(np.uint8)
        return made

    return mistake


RESIZE = "resize as edge.contract.preprocess does: Pillow's bilinear, which averages areas"
RANGE = "feed the pixels as they are, 0 to 255: the normalisation is inside the model"
MISTAKES: tuple[tuple[str, str, Mistake], ...] = (
    (
        "red and blue are swapped",
        "ask the camera for R, G, B (picamera2: BGR888; OpenCV: cvtColor)",
        lambda _original, tensor, _to: tensor[..., ::-1],
    ),
    ("pixels divided by 255", RANGE, _scaled(255.0)),
    ("pixels mapped to -1..1", RANGE, _scaled(127.5, 127.5)),
    ("mean and deviation of ImageNet taken off", RANGE, _scaled(57.4, 116.3)),
    ("128 taken off each pixel", RANGE, _scaled(1.0, 128.0)),
    ("a resize to the nearest pixel", RESIZE, _resized(Image.Resampling.NEAREST)),
    ("a bicubic resize", RESIZE, _resized(Image.Resampling.BICUBIC)),
    ("a Lanczos resize", RESIZE, _resized(Image.Resampling.LANCZOS)),
    ("a bilinear resize without averaging", RESIZE, _without_averaging),
    ("the picture fitted the other way (crop or squash)", RESIZE, _other_fit),
    ("the picture padded to its shape", RESIZE, _padded),
    (
        "the picture mirrored",
        "take the mirroring out of the camera's settings",
        lambda _original, tensor, _to: tensor[:, ::-1],
    ),
    (
        "the picture upside down",
        "turn the camera's picture by 180 degrees",
        lambda _original, tensor, _to: tensor[::-1, ::-1],
    ),
    (
        "grey instead of colours",
        "switch the camera to colour",
        lambda _original, tensor, _to: np.repeat(
            np.rint(tensor @ np.array([0.299, 0.587, 0.114]))[..., None], 3, axis=2
        ).astype(np.uint8),
    ),
)
