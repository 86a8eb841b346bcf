"""ModelMetadata: a model described in the TFLite metadata format, for readers that are not ours.

Written with the `flatbuffers` builder by the published schema (metadata_schema.fbs 1.5.0, file
identifier M001). A class here names each table's fields by their number in that schema.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import flatbuffers

IDENTIFIER = b"M001"
# The oldest parser that knows every field used here: none is younger than the first release.
MIN_PARSER_VERSION = "1.0.0"

# Values of the schema's enums and unions.
TENSOR_AXIS_LABELS = 2
RGB = 1
FEATURE_PROPERTIES, IMAGE_PROPERTIES = 1, 2
NORMALIZATION_OPTIONS = 1

Kind = Literal["offset", "int8", "uint32", "int32"]


@dataclass(frozen=True)
class Field:
    """One field of a table: its number in the schema, and a number or an offset."""

    number: int
    value: int
    kind: Kind = "offset"


@dataclass(frozen=True)
class PictureInput:
    """The input: `width` and `height` in pixels, values (pixel - mean) / std."""

    name: str
    description: str
    width: int
    height: int
    mean: float
    std: float


@dataclass(frozen=True)
class Output:
    """An output: `axes` names its dimensions.

    `labels_file` is the packed file that names the places along the last of them, if any;
    `span` the lowest and the highest value there can be.
    """

    name: str
    description: str
    axes: tuple[str, ...]
    labels_file: str = ""
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class ModelMetadata:
    """What a model says of itself: one picture in, `outputs` in the graph's own order."""

    name: str
    description: str
    version: str
    author: str
    picture: PictureInput
    outputs: tuple[Output, ...]

    def to_bytes(self) -> bytes:
        """Return the flatbuffer; the same description always gives the same bytes."""
        builder = flatbuffers.Builder(1024)
        write = _Writer(builder)
        graph = write.table(
            Field(2, write.vector([_input(write, self.picture)])),
            Field(3, write.vector([_output(write, output) for output in self.outputs])),
        )
        root = write.table(
            Field(0, write.text(self.name)),
            Field(1, write.text(self.description)),
            Field(2, write.text(self.version)),
            Field(3, write.vector([graph])),
            Field(4, write.text(self.author)),
            Field(7, write.text(MIN_PARSER_VERSION)),
        )
        builder.Finish(root, file_identifier=IDENTIFIER)
        return bytes(builder.Output())


class _Writer:
    """Writes tables, vectors and strings; a child must be written before its parent."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder

    def text(self, text: str) -> int:
        """Write a string and return its offset."""
        return int(self._builder.CreateString(text))

    def vector(self, offsets: Sequence[int]) -> int:
        """Write a vector of offsets and return its own."""
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        return int(self._builder.EndVector())

    def floats(self, values: Sequence[float]) -> int:
        """Write a vector of float32 and return its offset."""
        self._builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            self._builder.PrependFloat32(value)
        return int(self._builder.EndVector())

    def table(self, *fields: Field) -> int:
        """Write a table and return its offset."""
        # A field with the value 0 stays out: that is every default in this schema.
        add = {
            "offset": self._builder.PrependUOffsetTRelativeSlot,
            "int8": self._builder.PrependInt8Slot,
            "uint32": self._builder.PrependUint32Slot,
            "int32": self._builder.PrependInt32Slot,
        }
        self._builder.StartObject(1 + max((field.number for field in fields), default=-1))
        for field in fields:
            add[field.kind](field.number, field.value, 0)
        return int(self._builder.EndObject())


def _input(write: _Writer, picture: PictureInput) -> int:
    size = write.table(Field(0, picture.width, "uint32"), Field(1, picture.height, "uint32"))
    image = write.table(Field(0, RGB, "int8"), Field(1, size))
    content = write.table(Field(0, IMAGE_PROPERTIES, "int8"), Field(1, image))
    options = write.table(
        Field(0, write.floats([picture.mean])), Field(1, write.floats([picture.std]))
    )
    unit = write.table(Field(0, NORMALIZATION_OPTIONS, "int8"), Field(1, options))
    stats = _stats(write, 0.0, 255.0)
    return write.table(
        Field(0, write.text(picture.name)),
        Field(1, write.text(picture.description)),
        Field(3, content),
        Field(4, write.vector([unit])),
        Field(5, stats),
    )


def _output(write: _Writer, output: Output) -> int:
    features = write.table()
    # The content is each value along the last axis, the classes.
    last = len(output.axes) - 1
    span = write.table(Field(0, last, "int32"), Field(1, last, "int32"))
    content = write.table(Field(0, FEATURE_PROPERTIES, "int8"), Field(1, features), Field(2, span))
    fields = [
        Field(0, write.text(output.name)),
        Field(1, write.text(output.description)),
        Field(2, write.vector([write.text(axis) for axis in output.axes])),
        Field(3, content),
    ]
    if output.span:
        fields.append(Field(5, _stats(write, *output.span)))
    if output.labels_file:
        file = write.table(
            Field(0, write.text(output.labels_file)),
            Field(1, write.text("The classes, one a line, in the order of the scores.")),
            Field(2, TENSOR_AXIS_LABELS, "int8"),
        )
        fields.append(Field(6, write.vector([file])))
    return write.table(*fields)


def _stats(write: _Writer, lowest: float, highest: float) -> int:
    return write.table(Field(0, write.floats([highest])), Field(1, write.floats([lowest])))
