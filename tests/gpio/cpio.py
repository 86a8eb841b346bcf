"""cpio: a folder as the archive that a Linux kernel unpacks as its first root ("newc")."""

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

MAGIC, LAST = b"070701", "TRAILER!!!"


def write_cpio(
    out: BinaryIO, trees: Iterable[tuple[Path, str]], leave_out: Callable[[str], bool]
) -> None:
    """Write each tree (a folder here, and its place there); names for `leave_out` begin with /."""
    seen: set[str] = set()
    for source, place in trees:
        for folder, names, files in os.walk(source):
            there = "/" + str(Path(place) / Path(folder).relative_to(source)).lstrip("/.")
            links = [name for name in names if (Path(folder) / name).is_symlink()]
            names[:] = [
                name for name in names if name not in links and not leave_out(f"{there}/{name}")
            ]
            for parent in [*reversed(Path(there).parents), Path(there)]:
                _entry(out, str(parent), 0o040755, b"", seen)
            for name in [*files, *links]:
                if not leave_out(f"{there}/{name}"):
                    _file(out, Path(folder) / name, f"{there}/{name}", seen)
    _entry(out, "/" + LAST, 0, b"", set())


def _file(out: BinaryIO, path: Path, name: str, seen: set[str]) -> None:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        _entry(out, name, mode, str(path.readlink()).encode(), seen)
    elif stat.S_ISREG(mode):
        _entry(out, name, mode, path.read_bytes(), seen)


def _entry(out: BinaryIO, name: str, mode: int, data: bytes, seen: set[str]) -> None:
    name = name.strip("/").removeprefix("./")
    if name in seen or name in ("", "."):
        return
    seen.add(name)
    coded = name.encode() + b"\0"
    # ino, mode, uid, gid, nlink, mtime, filesize, four device numbers, namesize, check
    numbers = (len(seen), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(coded), 0)
    head = MAGIC + b"".join(b"%08x" % number for number in numbers) + coded
    out.write(head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4))
