"""yuv420: a planar YUV 4:2:0 picture, as an image processor gives it, into RGB."""

import numpy as np
import numpy.typing as npt

from edge.contract.picture import Rgb

# ITU-R BT.601-7, 2.5.1: weights of red and blue in luma. libcamera marks small pictures
# SMPTE 170M, which has the same.
RED_601, BLUE_601 = 0.299, 0.114
# ITU-R BT.709-6, 3.2: what a video configuration of 1280x720 or more is in, its small stream
# with it.
RED_709, BLUE_709 = 0.2126, 0.0722


def rgb_of_yuv420(
    planes: npt.NDArray[np.uint8], width: int, height: int, *, bt709: bool = True
) -> Rgb:
    """Return uint8 RGB [height, width, 3].

    `planes` is uint8 [height * 3 / 2, stride]: luma from 16 to 235, then blue and red
    difference from 16 to 240 at half the size, two of their lines in one; `stride` is the
    length of a line with its padding, at least `width`. `width` and `height` are even.
    """
    stride = planes.shape[1]
    luma = planes[:height, :width].astype(np.float32)
    half = planes[height:].reshape(2, height // 2, stride // 2)[:, :, : width // 2]
    blue, red = (
        plane.repeat(2, axis=0).repeat(2, axis=1).astype(np.float32) - 128.0 for plane in half
    )
    r_weight, b_weight = (RED_709, BLUE_709) if bt709 else (RED_601, BLUE_601)
    g_weight = 1 - r_weight - b_weight
    light = (luma - 16.0) * (255 / 219)
    red_part = red * (255 / 224 * 2 * (1 - r_weight))
    blue_part = blue * (255 / 224 * 2 * (1 - b_weight))
    green = light - (r_weight * red_part + b_weight * blue_part) / g_weight
    rgb = np.stack([light + red_part, green, light + blue_part], axis=-1)
    return np.clip(np.round(rgb), 0, 255).astype(np.uint8)
