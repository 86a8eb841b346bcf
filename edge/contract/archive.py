"""Archive: a canonical tar file, in which every byte follows from names and contents.

A reader rebuilds each header from the member's name and size and compares it byte by byte,
so a changed byte is noticed wherever it lies: header, content (by its hash), padding or end.
"""

import hashlib
import tarfile
from pathlib import PurePosixPath

from edge.contract.errors import BundleTampered

BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
DIGEST_MEMBER = "SHA256"
MOST_MEMBERS = 256
MOST_MEMBER_BYTES = 8 * 1024**3


def pack(files: dict[str, bytes]) -> bytes:
    """Return the archive of `files`, in their order, led by a member with their digest.

    Raises:
        BundleTampered: a name that no reader would take.
    """
    members = {DIGEST_MEMBER: _digest(files), **files}
    parts = []
    for name, content in members.items():
        _check_name(name)
        parts += [_header(name, len(content)), content, bytes(-len(content) % BLOCK)]
    return b"".join(parts) + END


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive that `pack` made, in their order.

    Raises:
        BundleTampered: any byte differs from what `pack` writes for these files.
    """
    files: dict[str, bytes] = {}
    at = 0
    while data[at : at + BLOCK] != bytes(BLOCK):
        name, size = _read_header(data[at : at + BLOCK])
        at += BLOCK
        content = data[at : at + size]
        at += size + -size % BLOCK
        if len(content) != size or at > len(data) or name in files or len(files) > MOST_MEMBERS:
            raise BundleTampered("the bundle is cut short or holds a file twice", found=name)
        files[name] = content
    digest = files.pop(DIGEST_MEMBER, b"")
    if digest != _digest(files) or pack(files) != data:
        raise BundleTampered(
            "the bundle's bytes are not those that were packaged",
            next_step="copy it again, or package it again",
        )
    return files


def _read_header(header: bytes) -> tuple[str, int]:
    try:
        info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
    except (tarfile.TarError, UnicodeDecodeError) as error:
        raise BundleTampered("not a bundle, or a damaged one", found=error) from error
    _check_name(info.name)
    # tar can write sizes that ustar cannot: `pack` never does.
    if not 0 <= info.size < MOST_MEMBER_BYTES or header != _header(info.name, info.size):
        raise BundleTampered("a header in the bundle was changed", found=info.name)
    return info.name, info.size


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


def _check_name(name: str) -> None:
    path = PurePosixPath(name)
    plain = not path.is_absolute() and ".." not in path.parts and str(path) == name != "."
    if not plain or "\\" in name or not name.isprintable() or len(name.encode()) > 99:
        raise BundleTampered("a file in the bundle has a name that is not allowed", found=name)


def _digest(files: dict[str, bytes]) -> bytes:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(hashlib.sha256(content).digest())
    return (digest.hexdigest() + "\n").encode()
