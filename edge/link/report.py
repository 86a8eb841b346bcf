"""FrameReport, EyeHello and EyeEnd: what the eye tells the hand."""

import base64
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.health.facts import FrameFacts
from edge.inference.tile import Tile
from edge.link.wire import Message, WireError

# A cell's scores may be as far apart as e to the power of 60: 8 or 16 bits would lose what
# zones are judged by.
Map = npt.NDArray[np.float32]


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
    """The scores of one tile, in [0, 1], in the order of the labels, and its own class map."""

    tile: Tile
    scores: tuple[float, ...]
    class_map: Map | None = field(default=None, compare=False)


@dataclass(frozen=True)
class FrameReport:
    """What the eye says of one frame, or of the lack of one.

    `time_s` is the moment of capture on the camera's own clock (a clip's starts at 0, a live
    camera's is the monotonic clock); `judged_s` the monotonic clock's when it was judged.
    `scores` (in [0, 1], in the order of the labels) is None for a frame that was not judged:
    it could not be had (`problem` says why), nothing moved in it (`gated`), or its turn went
    to a tile (`tile`). `class_map` is float32 [rows, columns, classes] in [0, 1].
    `depth`, told now and then, is how far the frame lies from what the model was trained on:
    above 1, it is out of its depth.
    `seen` is the part of the frame that the map covers, as a tile's box. `celsius` and `flags`
    are the board's. `jpeg` is the picture itself, with some frames.
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
    seen: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0)
    jpeg: bytes = b""

    def message(self) -> Message:
        """Return it for the wire."""
        header = {name: value for name, value in vars(self).items() if name != "jpeg"}
        header["facts"] = None if self.facts is None else asdict(self.facts)
        header["class_map"] = _packed(self.class_map)
        if self.tile is not None:
            header["tile"] = {
                "tile": asdict(self.tile.tile),
                "scores": self.tile.scores,
                "class_map": _packed(self.tile.class_map),
            }
        return {"kind": "frame", **header}, self.jpeg


@dataclass(frozen=True)
class EyeEnd:
    """What the eye says last: nothing more will come, and why.

    `problem` is None at the end of a recording. Else `stage` says what failed (`start`,
    `camera`, `model` or `eye`) and `exit_code` is that of the error.
    """

    problem: str | None = None
    stage: str = "eye"
    exit_code: int = 1

    def message(self) -> Message:
        """Return it for the wire."""
        return {"kind": "end", **asdict(self)}, b""


@dataclass(frozen=True)
class EyeReference:
    """What the frame gauge would have kept of the scene, for the eye that comes after."""

    data: bytes

    def message(self) -> Message:
        """Return it for the wire."""
        return {"kind": "reference"}, self.data


Told = FrameReport | EyeHello | EyeEnd | EyeReference


def read_message(message: Message) -> Told:
    """Read what `message` gave.

    Raises:
        WireError: it is none of these.
    """
    header, blob = dict(message[0]), message[1]
    kind = header.pop("kind", None)
    try:
        if kind == "hello":
            return EyeHello(**header | {"labels": tuple(header["labels"])})
        if kind == "end":
            return EyeEnd(**header)
        if kind == "reference":
            return EyeReference(blob)
        if kind == "frame":
            return FrameReport(**header | _typed(header), jpeg=blob)
    except (TypeError, ValueError, LookupError) as error:
        raise WireError("the eye's message is not as it should be", found=error) from error
    raise WireError("the eye's message is of no known kind", found=kind)


def _typed(header: dict[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {"seen": tuple(map(float, header["seen"]))}
    if header["scores"] is not None:
        typed["scores"] = tuple(map(float, header["scores"]))
    if header["class_map"] is not None:
        typed["class_map"] = _unpacked(header["class_map"])
    if header["facts"] is not None:
        typed["facts"] = FrameFacts(**header["facts"])
    if header["tile"] is not None:
        tile, scores = header["tile"]["tile"], header["tile"]["scores"]
        typed["tile"] = TileScores(
            Tile(tile["number"], tuple(tile["box"])),
            tuple(map(float, scores)),
            _unpacked(header["tile"]["class_map"]),
        )
    return typed


def _packed(class_map: Map | None) -> list[Any] | None:
    """Return a map as its shape and its values, little-endian float32 in base64."""
    if class_map is None:
        return None
    data = base64.b64encode(class_map.astype("<f4").tobytes()).decode()
    return [*class_map.shape, data]


def _unpacked(packed: list[Any] | None) -> Map | None:
    if packed is None:
        return None
    *shape, data = packed
    values = np.frombuffer(base64.b64decode(data), "<f4").reshape(shape)
    return values.astype(np.float32)
