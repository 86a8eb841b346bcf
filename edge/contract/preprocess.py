"""Preprocess: RGB pixels of any size into a model's input. The one and only way."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from edge.contract.errors import BundleUnsupported, InputError
from edge.contract.picture import Rgb

Fit = Literal["squash", "crop"]
# Raised when the pixels that `apply` gives for the same input change: caches and golden
# vectors made before are then not used any more.
REVISION = 1


@dataclass(frozen=True)
class Preprocess:
    """How a picture becomes a model's input: size in pixels and how its shape is made to fit.

    `squash` scales width and height apart, so that the whole picture is seen; `crop` keeps
    the shape and cuts the longer side about its middle. Scaling is Pillow's bilinear filter,
    which averages over the area that a new pixel covers.

    Raises:
        InputError: a size below 1, or an unknown fit.
    """

    width: int
    height: int
    fit: Fit = "squash"

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise InputError("an input size is below 1", found=f"{self.width} x {self.height}")
        if self.fit not in ("squash", "crop"):
            raise InputError("unknown fit", found=self.fit, expected="squash or crop")

    def apply(self, rgb: Rgb) -> Rgb:
        """Return the model's input, uint8 RGB [height, width, 3], from uint8 RGB [H, W, 3].

        Raises:
            InputError: `rgb` has another shape or dtype.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
            raise InputError(
                "not an RGB picture",
                found=f"{rgb.dtype} {list(rgb.shape)}",
                expected="uint8 [height, width, 3]",
            )
        image = Image.fromarray(rgb)
        size = (self.width, self.height)
        if self.fit == "crop":
            box = self._middle(image.size)
            image = image.resize(size, Image.Resampling.BILINEAR, box=box)
        elif image.size != size:
            image = image.resize(size, Image.Resampling.BILINEAR)
        return np.asarray(image, dtype=np.uint8)

    def seen(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Return the part of a picture of that size that the model sees.

        It is (left, top, right, bottom), shares of the width and the height.
        """
        if self.fit == "squash":
            return 0.0, 0.0, 1.0, 1.0
        left, top, right, bottom = self._middle((width, height))
        return left / width, top / height, right / width, bottom / height

    def _middle(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        scale = min(size[0] / self.width, size[1] / self.height)
        width, height = self.width * scale, self.height * scale
        left, top = (size[0] - width) / 2, (size[1] - height) / 2
        return left, top, left + width, top + height

    def to_json(self) -> dict[str, Any]:
        """Return the whole specification, so that another implementation could follow it."""
        return asdict(self) | {
            "colour": "RGB",
            "dtype": "uint8",
            "resample": "bilinear, area-averaging when shrinking (Pillow)",
            "revision": REVISION,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Preprocess":
        """Read what `to_json` wrote.

        Raises:
            BundleUnsupported: another revision, colour order or dtype than this code has.
        """
        ours = cls(int(data["width"]), int(data["height"]), data["fit"])
        if data != ours.to_json():
            raise BundleUnsupported(
                "the model wants a preprocessing that this version does not have",
                found=json.dumps(data, sort_keys=True),
                expected=json.dumps(ours.to_json(), sort_keys=True),
                next_step="install the emberwatch version that made the model",
            )
        return ours

    @property
    def digest(self) -> str:
        """Return a short hash that changes when the pixels that `apply` gives may change."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def tensor_sha256(tensor: Rgb) -> str:
    """Return the SHA-256, in hex, of an input tensor's bytes in row-major order."""
    return hashlib.sha256(np.ascontiguousarray(tensor).tobytes()).hexdigest()
