"""GoldenVector: a picture with the tensor and the scores that every machine must give."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class GoldenVector:
    """What one golden picture must become.

    `picture` is its file name in the bundle; `tensor_sha256` the hash of the preprocessed
    uint8 input; `scores` the classes' scores in [0, 1], in the order of the labels.
    """

    picture: str
    tensor_sha256: str
    scores: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields for a manifest."""
        return asdict(self) | {"scores": list(self.scores)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "GoldenVector":
        """Read what `to_json` wrote."""
        return cls(data["picture"], data["tensor_sha256"], tuple(data["scores"]))
