"""FrameReport and EyeHello: what the eye tells the hand."""

import base64
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.health.facts import FrameFacts
from edge.inference.tile import Tile
from edge.link.wire import Message, WireError

Map = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class EyeHello:
    """What the eye says once it can see: which model it runs and which camera it looks through.

    `fps` is what the camera was asked for, 0 where it does not say; `live` is false for a
    recording; `depth` says whether the model can tell that a frame is out of its depth.
    """

    model: str
    digest: str
    labels: tuple[str, ...]
    runtime: str
    camera: str
    fps: float
    live: bool
    depth: bool = False

    def message(self) -> Message:
        """Return it for the wire."""
        return {"kind": "hello", **asdict(self)}, b""


@dataclass(frozen=True)
class TileScores:
    """The scores of one tile, in [0, 1], in the order of the labels."""

    tile: Tile
    scores: tuple[float, ...]


@dataclass(frozen=True)
class FrameReport:
    """What the eye says of one frame, or of the lack of one.

    `time_s` is the moment of capture on the camera's own clock (a clip's starts at 0, a live
    camera's is the monotonic clock); `judged_s` the monotonic clock's when it was judged.
    `scores` (in [0, 1], in the order of the labels) is None for a frame that was not judged:
    it could not be had (`problem` says why), nothing moved in it (`gated`), or its turn went
    to a tile (`tile`). `class_map` is uint8 [rows, columns, classes], scores times 255.
    `depth` tells how far the frame is out of what the model was trained on: above 1, it is.
    `celsius` and `flags` are the board's. `jpeg` is the picture itself, with some frames.
    """

    number: int
    time_s: float
    judged_s: float
    scores: tuple[float, ...] | None = None
    class_map: Map | None = None
    problem: str | None = None
    gated: bool = False
    tile: TileScores | None = None
    facts: FrameFacts | None = None
    depth: float | None = None
    invoke_ms: float = 0.0
    dropped: int = 0
    celsius: float | None = None
    flags: int | None = None
    jpeg: bytes = b""

    def message(self) -> Message:
        """Return it for the wire."""
        header = {name: value for name, value in vars(self).items() if name != "jpeg"}
        header["facts"] = None if self.facts is None else asdict(self.facts)
        header["tile"] = None if self.tile is None else asdict(self.tile)
        if self.class_map is not None:
            data = base64.b64encode(self.class_map.tobytes()).decode()
            header["class_map"] = [*self.class_map.shape, data]
        return {"kind": "frame", **header}, self.jpeg


def read_message(message: Message) -> FrameReport | EyeHello:
    """Read what `message` gave.

    Raises:
        WireError: it is none of these.
    """
    header, blob = dict(message[0]), message[1]
    kind = header.pop("kind", None)
    try:
        if kind == "hello":
            return EyeHello(**header | {"labels": tuple(header["labels"])})
        if kind == "frame":
            return FrameReport(**header | _typed(header), jpeg=blob)
    except (TypeError, ValueError, LookupError) as error:
        raise WireError("the eye's message is not as it should be", found=error) from error
    raise WireError("the eye's message is of no known kind", found=kind)


def _typed(header: dict[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    if header["scores"] is not None:
        typed["scores"] = tuple(map(float, header["scores"]))
    if header["class_map"] is not None:
        *shape, data = header["class_map"]
        typed["class_map"] = np.frombuffer(base64.b64decode(data), np.uint8).reshape(shape)
    if header["facts"] is not None:
        typed["facts"] = FrameFacts(**header["facts"])
    if header["tile"] is not None:
        tile, scores = header["tile"]["tile"], header["tile"]["scores"]
        typed["tile"] = TileScores(
            Tile(tile["number"], tuple(tile["box"])), tuple(map(float, scores))
        )
    return typed
