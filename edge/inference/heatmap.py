"""HeatMap: where in a frame the model sees some of its classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from edge.contract.errors import ModelError
from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess
from edge.inference.prediction import Prediction

Floats = npt.NDArray[np.float32]
# Heat 0, 1/3, 2/3 and 1: colours that neither flames nor smoke have, so that they stand out.
STOPS = np.array([(64, 32, 160), (150, 40, 190), (225, 45, 165), (255, 70, 150)], np.float32)
# Below this heat nothing is laid over the frame; from it on, up to this share of colour.
FAINTEST = 0.1
STRONGEST = 0.5
OUTLINED_AT = 0.5
WHITE = np.array((255, 255, 255), np.uint8)


@dataclass(frozen=True)
class HeatMap:
    """The summed scores of some classes, cell by cell.

    `cells` is float32 [rows, columns] in [0, 1]; `shape` the model input's (width, height)
    when it sees only the middle of a frame in that shape, else None.
    """

    cells: Floats
    shape: tuple[int, int] | None = None

    @classmethod
    def of(
        cls, prediction: Prediction, classes: Sequence[str], preprocess: Preprocess
    ) -> "HeatMap":
        """Take the heat of `classes` from a prediction.

        Raises:
            ModelError: the model has no class map.
            LabelsError: it has no such class.
        """
        if prediction.class_map is None:
            raise ModelError(
                "the model has no class map, so it cannot say where",
                next_step="convert it with this version, which adds one",
            )
        at = [prediction.labels.index(name) for name in classes]
        cells = np.clip(prediction.class_map[:, :, at].sum(axis=-1), 0, 1).astype(np.float32)
        cropped = preprocess.fit == "crop"
        return cls(cells, (preprocess.width, preprocess.height) if cropped else None)

    def weighed(self, share: float) -> "HeatMap":
        """Return the map with each cell times `share`, in [0, 1].

        A cell says what its own patch looks like, however sure the frame as a whole is of
        something else; weighed by the frame's hazard, a calm frame stays cold.
        """
        return HeatMap((self.cells * np.float32(share)).astype(np.float32), self.shape)

    def stretched(self, width: int, height: int) -> Floats:
        """Return the heat of each pixel of a frame, float32 [height, width] in [0, 1]."""
        left, top, right, bottom = self._seen(width, height)
        cells = Image.fromarray(self.cells)
        size = (right - left, bottom - top)
        stretched = np.asarray(cells.resize(size, Image.Resampling.BICUBIC))
        heat = np.zeros((height, width), np.float32)
        heat[top:bottom, left:right] = np.clip(stretched, 0, 1)
        return heat

    def over(self, rgb: Rgb) -> Rgb:
        """Lay the heat over a frame, uint8 [height, width, 3], its hot parts outlined."""
        height, width = rgb.shape[:2]
        heat = self.stretched(width, height)
        strength = np.clip((heat - FAINTEST) / (1 - FAINTEST), 0, 1) ** 0.7 * STRONGEST
        mixed = rgb * (1 - strength[..., None]) + _colours(heat) * strength[..., None]
        picture: Rgb = np.rint(mixed).astype(np.uint8)
        picture[_outline(heat >= OUTLINED_AT, max(1, width // 320))] = WHITE
        return picture

    def _seen(self, width: int, height: int) -> tuple[int, int, int, int]:
        if self.shape is None:
            return 0, 0, width, height
        scale = min(width / self.shape[0], height / self.shape[1])
        seen_width, seen_height = round(self.shape[0] * scale), round(self.shape[1] * scale)
        left, top = (width - seen_width) // 2, (height - seen_height) // 2
        return left, top, left + seen_width, top + seen_height


def _colours(heat: Floats) -> Floats:
    at = np.linspace(0, 1, len(STOPS))
    channels = [np.interp(heat, at, STOPS[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def _outline(hot: npt.NDArray[np.bool_], thickness: int) -> npt.NDArray[np.bool_]:
    """Return the inner border of the hot parts; the frame's own border is none."""
    padded = np.pad(hot, thickness, mode="edge")
    inner = hot.copy()
    height, width = hot.shape
    for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2)):
        top, left = dy * thickness, dx * thickness
        inner &= padded[top : top + height, left : left + width]
    return np.logical_and(hot, ~inner)
