"""RememberedMaps: class maps kept on disk, so that drawing the same mistakes again is quick."""

import contextlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from converter.statistics import Floats
from edge.contract import atomic
from edge.contract.errors import StorageError
from edge.contract.picture import Rgb
from edge.contract.preprocess import tensor_sha256
from training.report.class_maps import ClassMaps

KEY = "network"


class RememberedMaps:
    """Class maps of one network, by the content of its input.

    `key` names all that the maps depend on but the input: backbone, precision and head. The
    file holds what was asked of one network since it was opened, some kilobytes; those of
    another network are dropped. It is a cache: where it cannot be read or written, maps are
    computed.
    """

    def __init__(self, maps: ClassMaps, file: Path, key: str) -> None:
        self._maps = maps
        self._file = file
        self._key = key
        self._kept = _read(file, key)
        self._asked: dict[str, Floats] = {}

    def __call__(self, tensors: Sequence[Rgb]) -> Floats:
        """Return the logits of each cell, float32 [pictures, rows, columns, classes]."""
        digests = [tensor_sha256(tensor) for tensor in tensors]
        known = self._kept | self._asked
        missing = [at for at, digest in enumerate(digests) if digest not in known]
        if missing:
            found = self._maps([tensors[at] for at in missing])
            known |= {digests[at]: one for at, one in zip(missing, found, strict=True)}
        self._asked |= {digest: known[digest] for digest in digests}
        if missing:
            self._write()
        return np.stack([known[digest] for digest in digests])

    def _write(self) -> None:
        with contextlib.suppress(StorageError), atomic.atomic_path(self._file) as temporary:
            np.savez(temporary, **{KEY: np.array(self._key)}, **self._asked)  # type: ignore[arg-type]


def _read(file: Path, key: str) -> dict[str, Floats]:
    try:
        with np.load(file, allow_pickle=False) as kept:
            if str(kept[KEY]) != key:
                return {}
            return {name: kept[name].astype(np.float32) for name in kept.files if name != KEY}
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return {}
