"""TensorSpec: a model's input or output: name, shape, dtype, scale and zero point."""

from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from edge.contract.errors import ModelError

Array = npt.NDArray[Any]
DTYPES = ("float32", "float16", "uint8", "int8", "int16")


@dataclass(frozen=True)
class TensorSpec:
    """Describes one tensor of a TFLite model.

    Integer tensors stand for real = scale x (integer - zero_point), the affine scheme of the
    TFLite quantisation specification; scale 0 means that the tensor is not quantised.

    Raises:
        ModelError: a dtype that no image classifier has.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float = 0.0
    zero_point: int = 0

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ModelError(
                f"tensor {self.name} is of a type that is not read here",
                found=self.dtype,
                expected=" or ".join(DTYPES),
            )

    @property
    def quantised(self) -> bool:
        """Say whether the tensor holds integers with a scale."""
        return self.dtype not in ("float32", "float16") and self.scale > 0

    @property
    def quantum(self) -> float:
        """Return the smallest step of a real value: the scale, or 0 for a float tensor."""
        return self.scale if self.quantised else 0.0

    def quantise(self, real: Array) -> Array:
        """Return real values in this tensor's dtype: rounded half to even, and clipped."""
        if not self.quantised:
            return real.astype(self.dtype)  # type: ignore[no-any-return,unused-ignore]
        limits = np.iinfo(self.dtype)
        integer = np.rint(real / self.scale) + self.zero_point
        return cast(Array, np.clip(integer, limits.min, limits.max).astype(self.dtype))

    def dequantise(self, integer: Array) -> npt.NDArray[np.float32]:
        """Return this tensor's content as float32 real values."""
        if not self.quantised:
            return integer.astype(np.float32)
        real = (integer.astype(np.int32) - self.zero_point) * np.float32(self.scale)
        return real.astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Return the fields for a manifest."""
        return asdict(self) | {"shape": list(self.shape)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "TensorSpec":
        """Read what `to_json` wrote."""
        return cls(**(data | {"shape": tuple(data["shape"])}))
