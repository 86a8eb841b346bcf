"""AuditSummary: what the audit found in the pictures, as the report shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Note:
    """A finding: `level` is wrong, look or know, or empty; `advice` may be empty."""

    name: str
    level: str
    text: str
    advice: str


@dataclass(frozen=True)
class ShortcutRow:
    """How far a class can be told by colour and brightness alone; an area of 0.5 is chance."""

    label: str
    auc: str
    interval: str
    leading: str
    at_risk: bool


@dataclass(frozen=True)
class AuditSummary:
    """The findings, the gravest first, and the shortcuts."""

    notes: tuple[Note, ...]
    shortcuts: tuple[ShortcutRow, ...]


def read(audit: Any) -> AuditSummary | None:
    """Read the audit of a run; what this version does not know is left out."""
    if not isinstance(audit, Mapping):
        return None
    shortcuts = tuple(_shortcut(label, row) for label, row in _rows(audit.get("shortcuts")))
    found = [*_items(audit.get("findings")), *_items(audit.get("notes"))]
    # Shortcuts have a table of their own.
    notes = [note for note in map(_note, found) if note.text and not _is_shortcut(note.name)]
    notes.sort(key=lambda note: {"wrong": 0, "look": 1}.get(note.level, 2))
    return AuditSummary(tuple(notes), shortcuts) if notes or shortcuts else None


def _note(found: Any) -> Note:
    if not isinstance(found, Mapping):
        return Note("", "", str(found), "")
    text = found.get("headline") or found.get("line") or found.get("text") or found.get("what")
    name, level, advice = (str(found.get(key) or "") for key in ("name", "level", "advice"))
    return Note(name, level, str(text or ""), advice)


def _is_shortcut(name: str) -> bool:
    return name.startswith("shortcut_")


def _rows(shortcuts: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (label, figures) of a list of classes, or of a mapping from label to figures."""
    if isinstance(shortcuts, Mapping) and isinstance(shortcuts.get("classes"), list):
        shortcuts = shortcuts["classes"]
    if isinstance(shortcuts, Mapping):
        pairs = [(str(label), row) for label, row in shortcuts.items()]
    else:
        rows = [row for row in _items(shortcuts) if isinstance(row, Mapping)]
        pairs = [(str(row.get("label", "")), row) for row in rows]
    return [(label, row) for label, row in pairs if isinstance(row, Mapping)]


def _shortcut(label: str, row: Mapping[str, Any]) -> ShortcutRow:
    low, high = _number(row.get("low")), _number(row.get("high"))
    leading = [_leading(one) for one in _items(row.get("leading"))]
    if isinstance(row.get("told_by"), str):
        leading = [row["told_by"]]
    return ShortcutRow(
        label=label,
        auc=_number(row.get("auc")),
        interval=f"{low}–{high}" if low and high else "",
        leading=", ".join(filter(None, leading)),
        at_risk=row.get("at_risk") is True,
    )


def _leading(one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    more = one.get("more")
    side = "" if not isinstance(more, bool) else "high " if more else "low "
    return f"{side}{one.get('name', '')}"


def _items(found: Any) -> list[Any]:
    return list(found) if isinstance(found, list | tuple) else []


def _number(found: Any) -> str:
    return f"{found:.2f}" if isinstance(found, int | float) else ""
