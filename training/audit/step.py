"""Step: the audit as a step of training: quick at first, labels once there are features."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from converter.trained_model import SplitRow
from training import families
from training.audit import balance, copies, doubt, files, likeness, shortcut, suspect
from training.audit.audit import MOST_IN_RUN, Audit, as_finding
from training.audit.class_row import class_rows
from training.audit.fact import Fact
from training.audit.fact_cache import FactCache
from training.audit.facts import gather
from training.audit.likeness import Likeness
from training.audit.near import Pairs
from training.audit.scene_row import scene_rows
from training.dataset import Dataset, Sample, own_group
from training.families import Families, Join
from training.head import Floats, Ints
from training.narrator import Narrator

# Part of the key of a kept answer: another way to find it needs another number.
SHORTCUTS_VERSION, SUSPECTS_VERSION = 1, 1


@dataclass(frozen=True)
class Checked:
    """A dataset after its audit.

    `families` has the samples for the split, each in the group of its family; `fold_groups`
    says, by file, what the audit's own folds keep together: families too, but of a group that
    is a mere collection each picture by itself.
    """

    audit: Audit
    found: Dataset
    families: Families
    likeness: Likeness
    fold_groups: dict[str, str]
    cache_folder: Path

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Return the samples with their families for groups: give these to the split."""
        return self.families.samples

    def with_split(self, rows: Sequence[SplitRow]) -> "Checked":
        """Return the audit with what stands on two sides of a split."""
        finding = copies.across_split(self.found, self.likeness, rows)
        return replace(self, audit=self.audit.with_findings(finding))

    def with_labels(self, rows: Sequence[SplitRow], features: Floats, classes: Ints) -> "Checked":
        """Return the audit with the labels that the bottlenecks speak against.

        `features` are float32 [rows, channels], `classes` int64 [rows], indexes into the
        dataset's labels, in the order of `rows`. The answer is kept: a second time is quick.

        Raises:
            StorageError: the audit's cache cannot be used.
        """
        groups = [self.fold_groups.get(row.file, row.group) for row in rows]
        names = [row.file for row in rows]

        def find() -> dict[str, Any]:
            labels = tuple(self.found.labels)
            return suspect.find(features, classes, groups, labels, names).to_json()

        key = _key(SUSPECTS_VERSION, "suspects", names, groups, classes.tolist())
        key += hashlib.sha256(np.ascontiguousarray(features).tobytes()).hexdigest()
        with FactCache(self.cache_folder) as cache:
            suspicion = suspect.Suspicion.from_json(cache.answer(key, find))
        audit = replace(self.audit, labels_judged=suspicion.judged).with_findings(
            doubt.doubted_labels(suspicion), doubt.odd_scenes(suspicion)
        )
        return replace(self, audit=audit)

    def for_run_file(self) -> dict[str, Any]:
        """Return the findings as plain JSON, short enough for a run file."""
        return self.audit.to_json(MOST_IN_RUN)


def check(found: Dataset, cache_folder: Path, narrator: Narrator) -> Checked:
    """Audit a dataset but for its labels, which need features, and say nothing of it.

    What is known of a picture is kept in `cache_folder`, by its content, so that a second
    time takes less than a second for thousands of pictures.

    Raises:
        PictureError: a file went away meanwhile.
        StorageError: the audit's cache cannot be used; whole batches are kept.
    """
    with FactCache(cache_folder) as cache:
        with narrator.bar("Auditing the pictures") as progress:
            pictures = {sample.sha256: found.path_of(sample) for sample in found.samples}
            facts = gather(pictures, cache, os.cpu_count() or 1, progress)
        alike = likeness.survey(found.samples, [facts[s.sha256].hashes for s in found.samples])
        joined = families.join(found.samples, _joins(alike.links))
        fold_groups = _fold_groups(found.samples, alike)
        shortcuts = _shortcuts(found, facts, fold_groups, cache)
    rows = class_rows(found, facts, alike.collections)
    audit = Audit(
        dataset=found.root.resolve().name,
        pictures=len(found.samples),
        classes=rows,
        scenes=scene_rows(found, alike.collections),
        findings=(),
        shortcuts=shortcuts,
        by_distance=alike.by_distance,
        families=tuple(joined.sizes.values()),
    ).with_findings(
        balance.label_names(found),
        files.unreadable(found, facts),
        copies.in_two_classes(found),
        copies.near_across(found, alike),
        copies.between_scenes(joined),
        *as_finding(shortcuts),
        files.ignored(found),
        balance.large_families(joined),
        balance.no_groups(found, len(joined.sizes)),
        balance.scenes(found, rows, alike.collections),
        balance.class_balance(rows),
        balance.form(rows),
        copies.exact(found),
        copies.near_within(found, alike, facts),
        copies.in_scenes(found, alike),
        files.wrong_suffix(found, facts),
    )
    return Checked(audit, found, joined, alike, fold_groups, cache_folder)


def _joins(links: Pairs) -> Iterator[Join]:
    for first, second, distance in zip(links.first, links.second, links.distance, strict=True):
        yield Join(int(first), int(second), int(distance))


def _fold_groups(samples: Sequence[Sample], alike: Likeness) -> dict[str, str]:
    """Return what the audit's folds keep together, by file.

    A collection of unrelated pictures under one name would be more than half of all folds.
    """
    loose = set(alike.collections)
    apart = [
        replace(sample, group=own_group(sample.sha256)) if sample.group in loose else sample
        for sample in samples
    ]
    return {
        sample.file: sample.group for sample in families.join(apart, _joins(alike.links)).samples
    }


def _shortcuts(
    found: Dataset, facts: dict[str, Fact], fold_groups: dict[str, str], cache: FactCache
) -> shortcut.Shortcuts:
    known = [s for s in found.samples if facts[s.sha256].statistics is not None]
    groups = [fold_groups[sample.file] for sample in known]

    def find() -> dict[str, Any]:
        vectors = [v for s in known if (v := facts[s.sha256].statistics) is not None]
        classes = np.array([found.labels.index(s.label) for s in known], np.int64)
        labels = tuple(found.labels)
        names = [sample.file for sample in known]
        if not vectors:
            return shortcut.Shortcuts(None, 1 / len(labels), ()).to_json()
        return shortcut.measure(np.stack(vectors), classes, groups, labels, names).to_json()

    labelled = [(sample.sha256, sample.file, sample.label) for sample in known]
    key = _key(SHORTCUTS_VERSION, "shortcuts", labelled, groups, list(found.labels))
    return shortcut.Shortcuts.from_json(cache.answer(key, find))


def _key(version: int, name: str, *what: Any) -> str:
    return f"{name}-{version}-" + hashlib.sha256(json.dumps(what).encode()).hexdigest()
