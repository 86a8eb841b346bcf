"""AuditSummary: what the audit found in the pictures, as the report shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_NOTES = 20


@dataclass(frozen=True)
class AuditSummary:
    """Notes as lines, and how far each class can be told by colour and brightness alone.

    `columns` names what the table of shortcuts has for each class; a row is (label, cells).
    """

    notes: tuple[str, ...]
    columns: tuple[str, ...]
    shortcuts: tuple[tuple[str, tuple[str, ...]], ...]


def read(audit: Any) -> AuditSummary | None:
    """Read the audit of a run; what this version does not know is left out."""
    if not isinstance(audit, Mapping):
        return None
    notes = [line for name in ("notes", "findings") for line in _lines(audit.get(name))]
    table = audit.get("shortcuts")
    rows = {
        str(label): dict(row)
        for label, row in (table.items() if isinstance(table, Mapping) else ())
        if isinstance(row, Mapping)
    }
    columns = tuple(
        dict.fromkeys(name for row in rows.values() for name, cell in row.items() if _plain(cell))
    )
    shortcuts = tuple(
        (label, tuple(_cell(row.get(name)) for name in columns)) for label, row in rows.items()
    )
    if not notes and not shortcuts:
        return None
    return AuditSummary(tuple(notes), tuple(name.replace("_", " ") for name in columns), shortcuts)


def _lines(found: Any) -> list[str]:
    if isinstance(found, Mapping):
        return [
            f"{name.replace('_', ' ')}: {_cell(cell)}"
            for name, cell in found.items()
            if _plain(cell)
        ]
    if not isinstance(found, list | tuple):
        return []
    return [line for line in map(_line, found) if line]


def _line(found: Any) -> str:
    if isinstance(found, Mapping):
        for name in ("line", "what", "text", "message"):
            if isinstance(found.get(name), str):
                return str(found[name])
        return ", ".join(f"{name}: {_cell(cell)}" for name, cell in found.items() if _plain(cell))
    return str(found) if _plain(found) else ""


def _plain(found: Any) -> bool:
    return isinstance(found, str | int | float | bool)


def _cell(found: Any) -> str:
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, float):
        return f"{found:.2f}"
    return "" if found is None else str(found)
