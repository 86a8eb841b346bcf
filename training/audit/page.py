"""Page: an audit as one HTML page that loads nothing from anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.contract import atomic
from training.audit.audit import Audit
from training.audit.finding import Finding
from training.audit.table import STYLES
from training.audit.thumbnail import data_address

TEMPLATE = "audit.html"
# Exhibits with pictures for each finding, and in all: each is about 12 kB.
PICTURES_EACH, PICTURES_ALL = 12, 120
LINES_EACH = 100


@dataclass(frozen=True)
class Shown:
    """An exhibit on the page: `first` and `second` are data addresses, or empty."""

    file: str
    words: str
    first: str
    second: str


@dataclass(frozen=True)
class Section:
    """A finding on the page: the first exhibits with pictures, more as lines of text."""

    finding: Finding
    word: str
    pictures: tuple[Shown, ...]
    lines: tuple[str, ...]
    unlisted: int


def write_page(audit: Audit, root: Path, path: Path) -> None:
    """Write the page; `root` is the dataset's folder, for the thumbnails.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    atomic.write_text(path, render(audit, root))


def render(audit: Audit, root: Path) -> str:
    """Return the page."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        # The report's style, so that both pages look alike.
        loader=ChoiceLoader([PackageLoader("training.audit"), PackageLoader("training.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    grave = [one for one in audit.findings if one.level != "know"]
    return environment.get_template(TEMPLATE).render(
        audit=audit,
        sections=list(_sections(audit, root)),
        verdict=[one.line for one in grave],
        distances=sorted(audit.by_distance.items()),
    )


def _sections(audit: Audit, root: Path) -> Iterator[Section]:
    left = PICTURES_ALL
    for finding in audit.findings:
        with_pictures = [one for one in finding.exhibits if one.file][: min(PICTURES_EACH, left)]
        if finding.name in ("unreadable", "ignored", "classes"):
            with_pictures = []
        left -= len(with_pictures)
        pictures = tuple(
            Shown(
                one.file,
                one.words,
                data_address(root / one.file),
                data_address(root / one.beside) if one.beside else "",
            )
            for one in with_pictures
        )
        rest = finding.exhibits[len(pictures) : len(pictures) + LINES_EACH]
        lines = tuple(f"{one.file}: {one.words}" if one.file else one.words for one in rest)
        unlisted = finding.count - len(pictures) - len(lines) if finding.exhibits else 0
        yield Section(finding, STYLES[finding.level][0], pictures, lines, unlisted)
