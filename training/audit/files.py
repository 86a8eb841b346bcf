"""Files: those that cannot be read, or are not what their names say."""

from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

from training.audit.fact import Fact
from training.audit.finding import Exhibit, Finding, Removal, counted
from training.dataset import Dataset


def unreadable(found: Dataset, facts: Mapping[str, Fact]) -> Finding | None:
    """Return the files that hold no whole picture."""
    bad = [
        (sample.file, facts[sample.sha256].problem)
        for sample in found.samples
        if facts[sample.sha256].problem
    ]
    bad += [(one.file, one.reason) for one in found.left_out if not one.same_as]
    if not bad:
        return None
    return Finding(
        "unreadable",
        "wrong",
        len(bad),
        f"{counted(len(bad), 'file')} cannot be read",
        "Training skips them. Get a whole copy, or remove them.",
        tuple(Exhibit(file, why) for file, why in bad),
        tuple(Removal(file, f"cannot be read: {why}") for file, why in bad),
    )


def wrong_suffix(found: Dataset, facts: Mapping[str, Fact]) -> Finding | None:
    """Return the pictures whose suffix promises another format."""
    bad = [
        Exhibit(sample.file, f"holds {facts[sample.sha256].format}")
        for sample in found.samples
        if facts[sample.sha256].suffix_is_wrong(sample.file)
    ]
    if not bad:
        return None
    return Finding(
        "wrong_suffix",
        "know",
        len(bad),
        f"{counted(len(bad), 'picture')} of another format than the name says",
        "They are read by what they hold; other programs may refuse them. Rename them.",
        tuple(bad),
    )


def ignored(found: Dataset) -> Finding | None:
    """Return the files in class folders that are not looked at."""
    if not found.ignored:
        return None
    kinds = Counter(PurePosixPath(file).suffix.lower() or "no suffix" for file in found.ignored)
    listed = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(6))
    return Finding(
        "ignored",
        "look",
        len(found.ignored),
        f"{counted(len(found.ignored), 'file')} in class folders not looked at: {listed}",
        "JPEG, PNG, WebP and BMP are read. If these are pictures, save them as one of those.",
        tuple(Exhibit(file, "no suffix of a picture that is read") for file in found.ignored),
    )
