"""UpdateSize: how many bytes lead from one bundle to the next."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.contract.bundle import ModelBundle

# Lower levels hardly search the old file: at 9, a patch of two retrained models is 7.4 MB
# instead of 5 KB. At this one it takes about 2 s for models of 11 MB.
LEVEL = 16
SMALLEST_WINDOW, LARGEST_WINDOW = 20, 31  # powers of two, by Zstandard's own limits


@dataclass(frozen=True)
class UpdateSize:
    """The sizes in bytes of a patch of the whole bundle, of its model alone, and of the model."""

    bundle_patch: int
    model_patch: int
    model: int

    @classmethod
    def measure(cls, old: ModelBundle, new: ModelBundle) -> "UpdateSize":
        """Compress a bundle, and its model alone, by an older one; return what is left."""
        return cls(
            bundle_patch=len(patch(old.to_bytes(), new.to_bytes())),
            model_patch=len(patch(old.model, new.model)),
            model=len(new.model),
        )

    @property
    def model_share(self) -> float:
        """Return the model's patch as a share of the model, 0 to 1."""
        return self.model_patch / self.model

    def line(self, older: Path) -> str:
        """Return the sizes in words."""
        return (
            f"an update from {older.name} is {self.bundle_patch / 1e3:.1f} KB, of which the model "
            f"takes {self.model_patch / 1e3:.1f} KB ({100 * self.model_share:.2f}% of its size)"
        )


def describe_patch(old: bytes, new: bytes, older: Path) -> str:
    """Return in words what a patch of one model by another costs."""
    size = len(patch(old, new))
    return (
        f"an update from the one in {older.name} is {size / 1e3:.1f} KB "
        f"({100 * size / len(new):.2f}% of its size)"
    )


def patch(old: bytes, new: bytes) -> bytes:
    """Return `new` compressed by Zstandard with `old` as a dictionary of raw content."""
    import zstandard

    # The window must reach back over all of both, or the far end of the old file is lost.
    reach = (len(old) + len(new)).bit_length()
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        window_log=min(max(reach, SMALLEST_WINDOW), LARGEST_WINDOW),
        enable_ldm=True,
    )
    compressor = zstandard.ZstdCompressor(dict_data=_dictionary(old), compression_params=parameters)
    return compressor.compress(new)


def unpatch(old: bytes, patched: bytes) -> bytes:
    """Return what `patch` compressed."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor(
        dict_data=_dictionary(old), max_window_size=1 << LARGEST_WINDOW
    )
    return decompressor.decompress(patched)


def _dictionary(old: bytes) -> Any:
    import zstandard

    return zstandard.ZstdCompressionDict(old, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
