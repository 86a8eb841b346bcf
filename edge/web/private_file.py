"""Private files: JSON beside the events that only the watch itself may read."""

import json
import os
from pathlib import Path
from typing import Any

from edge.contract.atomic import write_bytes
from edge.contract.errors import StorageError

MODE = 0o600


def write_private(path: Path, data: bytes) -> None:
    """Write a file atomically that none but the owner of its folder may read.

    Written by root, as commands on a camera often are, it is given to the folder's owner: the
    service that runs as somebody else must read it.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    write_bytes(path, data, MODE)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def write_private_json(path: Path, data: Any) -> None:
    """Write plain JSON as `write_private` does.

    Raises:
        StorageError: as `write_private`.
    """
    write_private(path, json.dumps(data, indent=1, ensure_ascii=False).encode())


def read_private_json(path: Path) -> Any:
    """Read a file of `write_private_json`; None where there is none.

    Raises:
        StorageError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StorageError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}",
            next_step="give it to the user that the watch runs as, or remove it and set the "
            "passwords again with `emberwatch-edge web-password`",
        ) from error
