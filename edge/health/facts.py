"""FrameFacts: what a frame's pixels say of the camera that took them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FrameFacts:
    """Figures of one frame.

    `brightness` is the mean grey value, `contrast` its standard deviation, `highlight` the
    value that only one pixel in a hundred passes and `change` the mean absolute difference to
    the frame before, all in [0, 255]; `stir` is that difference in the cell of a coarse grid
    where it is largest, `identical` says that no byte differs.
    `sharpness` is the strength of the finest detail as a share of that of coarser detail, at
    least 0. `detail` is the share of the cells of a coarse grid that hold edges, `clipped` the
    share of pixels that are as bright as can be.

    The rest compares with the reference, the scene as it was learnt, and is None while there
    is none. `likeness`, in [-1, 1], tells how well the edges lie where its edges are,
    `layout`, in [-1, 1], how well light and dark do, `kept`, in [0, 1], how many of its cells
    with edges still have some, `focus` the sharpness as a share of its own, and `colours`, in
    [-1, 1], how well red and blue lie where they did: near -1 when they have changed places.
    That is None as well where there is too little colour to tell, as in infra-red light.
    """

    brightness: float
    contrast: float
    sharpness: float
    change: float
    identical: bool
    likeness: float | None
    width: int
    height: int
    highlight: float = 255.0
    clipped: float = 0.0
    detail: float = 1.0
    layout: float | None = None
    kept: float | None = None
    focus: float | None = None
    colours: float | None = None
    stir: float = 255.0
