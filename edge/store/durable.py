"""DurableRecord: a small JSON object that outlives power cuts and a damaged file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.contract.atomic import write_text

FORMAT = 1


@dataclass(frozen=True)
class Recorded:
    """What a record said.

    `data` is None where nothing was ever kept, or nothing of it can be read: then `problem`
    says so. A `problem` beside `data` says that one of the two copies was damaged.
    """

    data: dict[str, Any] | None
    problem: str | None = None


class DurableRecord:
    """Keeps an object in two files, each with a checksum and each written atomically.

    Both hold the same, so that any one may be damaged and nothing is lost.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.copy = path.with_name(f"{path.stem}.copy{path.suffix}")
        self._sequence: int | None = None

    def save(self, data: Mapping[str, Any]) -> None:
        """Keep `data`; it is on the disk, twice, when this returns.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        if self._sequence is None:
            self.load()
        sequence = (self._sequence or 0) + 1
        text = _text(sequence, data)
        write_text(self.path, text)
        write_text(self.copy, text)
        self._sequence = sequence

    def load(self) -> Recorded:
        """Return what was kept last; no error is raised, the answer says what is wrong."""
        found, problems = [], []
        for path in (self.path, self.copy):
            try:
                found.append(_parse(path.read_bytes()))
            except FileNotFoundError:
                problems.append(f"{path.name} is missing")
            except OSError as error:
                problems.append(f"{path.name} cannot be read: {error.strerror or error}")
            except (ValueError, TypeError, KeyError):
                problems.append(f"{path.name} is damaged")
        self._sequence = max((sequence for sequence, _ in found), default=0)
        if found:
            data = max(found, key=lambda one: one[0])[1]
            return Recorded(data, "; ".join(problems) or None)
        if all(problem.endswith("is missing") for problem in problems):
            return Recorded(None)
        return Recorded(None, "; ".join(problems))


def _text(sequence: int, data: Mapping[str, Any]) -> str:
    body = json.dumps({"sequence": sequence, "data": data}, ensure_ascii=False, sort_keys=True)
    return json.dumps({"format": FORMAT, "sha256": _sha256(body), "body": body}, indent=1) + "\n"


def _parse(content: bytes) -> tuple[int, dict[str, Any]]:
    outer = json.loads(content)
    if outer["format"] != FORMAT or outer["sha256"] != _sha256(outer["body"]):
        raise ValueError("the checksum is wrong")
    body = json.loads(outer["body"])
    return int(body["sequence"]), dict(body["data"])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
