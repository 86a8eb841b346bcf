"""ModelBundle: one file with a model, its labels, its manifest and its golden pictures."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from edge.contract import archive, atomic
from edge.contract.errors import BundleError, BundleTampered, GateRefused
from edge.contract.manifest import Manifest

SUFFIX = ".ember"
MODEL_FILE = "model.tflite"
LABELS_FILE = "labels.txt"
MANIFEST_FILE = "manifest.json"
# How far a frame may lie from the training pictures; `edge.inference.depth` reads it.
DEPTH_FILE = "depth.json"
MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class ModelBundle:
    """A packaged model: its manifest, and the bytes of every other file by name.

    Raises:
        GateRefused: the manifest's approval is missing, or did not pass and was not overridden.
        BundleTampered: the files are not those that the manifest names.
    """

    manifest: Manifest
    files: dict[str, bytes]

    def __post_init__(self) -> None:
        if not self.manifest.approval.granted:
            raise GateRefused("a model without a passed or overridden approval is not packaged")
        found = {name: sha256(content) for name, content in self.files.items()}
        if found != self.manifest.files:
            changed = sorted(set(found.items()) ^ set(self.manifest.files.items()))
            raise BundleTampered(
                "the bundle's files are not those that its manifest names",
                found=", ".join(sorted({name for name, _ in changed})),
            )
        if self.labels_text != self.manifest.labels.to_text():
            raise BundleTampered("the bundle's labels file and manifest differ")
        for vector in self.manifest.golden:
            self._file(vector.picture)

    @property
    def model(self) -> bytes:
        """Return the TFLite flatbuffer."""
        return self._file(MODEL_FILE)

    @property
    def labels_text(self) -> str:
        """Return the content of the labels file."""
        return self._file(LABELS_FILE).decode("utf-8", "replace")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the manifest, which names all else: the bundle's identity."""
        return sha256(self.manifest.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the bundle file's bytes; the same bundle always gives the same."""
        ordered = {name: self.files[name] for name in sorted(self.files)}
        return archive.pack({MANIFEST_FILE: self.manifest.to_bytes(), **ordered})

    def write(self, path: Path) -> None:
        """Write the bundle file atomically.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        atomic.write_bytes(path, self.to_bytes())

    @classmethod
    def from_bytes(cls, data: bytes) -> "ModelBundle":
        """Read a bundle file's bytes.

        Raises:
            BundleTampered: any byte is not as it was packaged.
            BundleUnsupported: whole, but of another schema.
        """
        files = archive.unpack(data)
        if MANIFEST_FILE not in files:
            raise BundleTampered("the bundle has no manifest")
        manifest = Manifest.from_bytes(files.pop(MANIFEST_FILE))
        return cls(manifest, files)

    @classmethod
    def read(cls, path: Path) -> "ModelBundle":
        """Read a bundle file and check every byte of it.

        Raises:
            BundleError: no such file, too large, damaged, or of another schema.
        """
        try:
            size_bytes = path.stat().st_size
            if size_bytes > MOST_BYTES:
                raise BundleError(
                    f"{path} is too large for a bundle",
                    found=f"{size_bytes} bytes",
                    expected=f"at most {MOST_BYTES}",
                )
            data = path.read_bytes()
        except OSError as error:
            raise BundleError(
                f"cannot read the bundle {path}: {error.strerror or error}",
                expected="a file that `emberwatch package` made",
            ) from error
        try:
            return cls.from_bytes(data)
        except BundleError as error:
            raise type(error)(
                f"{path}: {error.what}",
                found=error.found,
                expected=error.expected,
                next_step=error.next_step,
            ) from error

    def _file(self, name: str) -> bytes:
        if name not in self.files:
            raise BundleTampered(f"the bundle has no {name}")
        return self.files[name]


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hex."""
    return hashlib.sha256(data).hexdigest()
