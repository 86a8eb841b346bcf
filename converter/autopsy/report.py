"""Report: an autopsy as one self-contained page."""

from pathlib import Path

from converter.autopsy.autopsy import Autopsy
from converter.autopsy.plots import layer_plot, stage_plot
from converter.autopsy.wording import layer_words, notes_of, stage_words
from converter.page_template import page_template
from edge.contract import atomic

FILE = "autopsy.html"
TEMPLATE = "autopsy.html"


def write_report(autopsy: Autopsy, folder: Path) -> Path:
    """Write FOLDER/autopsy.html atomically and return its path.

    The page loads nothing from anywhere: styles and plots are in it.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    path = folder / FILE
    atomic.write_text(path, render(autopsy))
    return path


def render(autopsy: Autopsy) -> str:
    """Return the page."""
    title, _, details = autopsy.verdict.sentence.partition(": ")
    return page_template("converter.autopsy", TEMPLATE).render(
        autopsy=autopsy,
        title=title,
        details=details[:1].upper() + details[1:],
        last=autopsy.stages[-1],
        stages=[(stage, stage_words(stage)) for stage in autopsy.stages],
        layers=[(layer, layer_words(layer)) for layer in autopsy.noisiest_layers],
        suspects=autopsy.suspects,
        sections=autopsy.sections,
        notes=notes_of(autopsy),
        stage_svg=stage_plot(autopsy),
        layer_svg=layer_plot(autopsy.noise) if autopsy.noise else "",
    )
