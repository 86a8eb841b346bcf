"""FrameFacts: what a frame's pixels say of the camera that took them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FrameFacts:
    """Figures of one frame.

    `brightness` is the mean grey value and `contrast` its standard deviation, both in
    [0, 255]; `sharpness` the variance of the Laplacian of the small grey picture; `change`
    the mean absolute grey difference to the frame before, in [0, 255]; `identical` says that
    no byte differs from it; `likeness`, in [-1, 1], how well the scene's edges lie where those
    of the reference are, None while there is no reference.
    """

    brightness: float
    contrast: float
    sharpness: float
    change: float
    identical: bool
    likeness: float | None
    width: int
    height: int
