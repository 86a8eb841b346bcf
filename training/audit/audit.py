"""Audit: all that was found in a dataset, as one hand-over to table, file and page."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from training.audit.class_row import ClassRow
from training.audit.finding import LEVELS, Exhibit, Finding, Removal
from training.audit.scene_row import SceneRow
from training.audit.shortcut import Shortcuts

SCHEMA = 1
# Exhibits of a finding in a JSON file, and in a run file, which is read by people.
MOST_IN_FILE = 1000
MOST_IN_RUN = 24
MOST_NOTES = 8


@dataclass(frozen=True)
class Audit:
    """What an audit says of a dataset.

    `by_distance` counts, for each Hamming distance of the perceptual hash, pairs of pictures
    in one group, other near duplicates, and pairs that the second hash threw out.
    `families` has the number of pictures of each family that likeness or names made.
    `labels_judged` counts the pictures whose labels were checked; None if they were not.
    """

    dataset: str
    pictures: int
    classes: tuple[ClassRow, ...]
    scenes: tuple[SceneRow, ...]
    findings: tuple[Finding, ...]
    shortcuts: Shortcuts
    by_distance: dict[int, tuple[int, int, int]]
    families: tuple[int, ...]
    labels_judged: int | None = None

    def with_findings(self, *findings: Finding | None) -> "Audit":
        """Return the audit with more findings, the gravest first."""
        known = [*self.findings, *(one for one in findings if one is not None)]
        order = sorted(known, key=lambda one: LEVELS.index(one.level))
        return replace(self, findings=tuple(order))

    @property
    def removals(self) -> tuple[Removal, ...]:
        """Return what a fix list would remove, each file once, by file."""
        first: dict[str, Removal] = {}
        for finding in self.findings:
            for removal in finding.removals:
                first.setdefault(removal.file, removal)
        return tuple(first[file] for file in sorted(first))

    def notes(self) -> list[str]:
        """Return the findings that matter as lines for a terminal, MOST_NOTES at most."""
        grave = [one.line for one in self.findings if one.level != "know"]
        if len(grave) <= MOST_NOTES:
            return grave
        rest = len(grave) - MOST_NOTES + 1
        return [*grave[: MOST_NOTES - 1], f"and {rest} more: emberwatch audit shows them all"]

    def to_json(self, most: int = MOST_IN_FILE) -> dict[str, Any]:
        """Return the fields as plain JSON, each finding with `most` exhibits at most."""
        return {
            "schema": SCHEMA,
            "dataset": self.dataset,
            "pictures": self.pictures,
            "classes": {row.label: asdict(row) for row in self.classes},
            "groups": {row.group: row.counts for row in self.scenes},
            "collections": [row.group for row in self.scenes if row.collection],
            "findings": [one.to_json(most) for one in self.findings],
            "shortcuts": self._shortcuts(),
            "shortcut_balanced_accuracy": self.shortcuts.balanced_accuracy,
            "chance": round(self.shortcuts.chance, 4),
            "near_duplicates_by_distance": {
                str(distance): {"in_groups": inside, "elsewhere": near, "by_one_hash_only": by_one}
                for distance, (inside, near, by_one) in sorted(self.by_distance.items())
            },
            "families": {
                "count": len(self.families),
                "pictures": sum(self.families),
                "largest": max(self.families, default=0),
            },
            "labels_judged": self.labels_judged,
        }

    def _shortcuts(self) -> dict[str, Any]:
        return {
            one.label: {
                "auc": one.auc,
                "low": one.low,
                "high": one.high,
                "chance": 0.5,
                "at_risk": one.at_risk,
                "told_by": ", ".join(each.words for each in one.leading),
            }
            for one in self.shortcuts.classes
        }


def as_finding(shortcuts: Shortcuts) -> Sequence[Finding]:
    """Return a finding for each class that colour and brightness alone give away."""
    return [
        Finding(
            f"shortcut_{one.label}",
            "wrong",
            len(one.lookalikes),
            one.words,
            "A network may stop there. Add pictures of this class without that look, and more "
            "of the others with it, such as these.",
            tuple(
                Exhibit(each.file, f"{each.label}; by colour alone {one.label} ({each.score:.0%})")
                for each in one.lookalikes
            ),
        )
        for one in shortcuts.classes
        if one.at_risk
    ]
