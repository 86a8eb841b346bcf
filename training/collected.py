"""Collected: the pictures of a run, audited, split, and with the site's own frames."""

from dataclasses import dataclass

from converter.trained_model import SplitRow
from training import dataset, split
from training.audit.step import Checked, check
from training.narrator import Narrator
from training.options import RetrainOptions

MANY_NOTES = 8


@dataclass(frozen=True)
class Collected:
    """The dataset after its audit, and the rows of all pictures with their parts."""

    checked: Checked
    rows: tuple[SplitRow, ...]

    @property
    def found(self) -> dataset.Dataset:
        """Return the dataset as it lies on disk."""
        return self.checked.found


def collect(options: RetrainOptions, narrator: Narrator) -> Collected:
    """Scan, audit and split the pictures.

    Raises:
        DatasetError: the pictures cannot be trained on.
        StorageError: the audit's cache cannot be used.
    """
    found = _scan(options, narrator)
    checked = check(found, options.bottleneck_dir, narrator)
    rows = split.split(checked.samples, options.testing_percentage, options.validation_percentage)
    checked = checked.with_split(rows)
    for note in checked.audit.notes():
        narrator.warn(note)
    rows += _site_rows(options, found, narrator)
    counts = [
        f"{sum(row.part == part for row in rows)} {part}"
        for part in ("training", "validation", "testing")
    ]
    narrator.say("Split: " + ", ".join(counts))
    return Collected(checked, rows)


def _scan(options: RetrainOptions, narrator: Narrator) -> dataset.Dataset:
    groups = dataset.read_groups(options.groups) if options.groups else None
    with narrator.bar("Reading the folder") as progress:
        found = dataset.scan(options.dataset, groups, progress)
    counts = ", ".join(f"{label} {found.count(label)}" for label in found.labels)
    narrator.say(f"{len(found.samples)} pictures: {counts}")
    if groups is not None and options.groups is not None:
        dataset.require_known(groups, found, options.groups)
    for note in found.notes[:MANY_NOTES]:
        narrator.warn(note)
    if len(found.notes) > MANY_NOTES:
        narrator.warn(f"and {len(found.notes) - MANY_NOTES} more, all in run.json")
    return found


def _site_rows(
    options: RetrainOptions, found: dataset.Dataset, narrator: Narrator
) -> tuple[SplitRow, ...]:
    """Return the site's own frames as training pictures of the negative class.

    They are never tested on: the figures stay those of scenes that training has not seen.
    """
    if options.site_frames is None:
        return ()
    found.labels.index(options.negative)
    frames = dataset.site_frames(options.site_frames, options.negative)
    # A frame that is in the dataset too has its part there, which may be the test.
    known = {sample.sha256 for sample in found.samples}
    rows = tuple(row for row in frames if row.sha256 not in known)
    narrator.say(f"{len(rows)} frames of the site itself, as {options.negative}")
    return rows
