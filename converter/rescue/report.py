"""Report: a rescue as one self-contained page."""

from pathlib import Path

from converter.page_template import page_template
from converter.rescue.layers import shown
from converter.rescue.plot import front_plot
from converter.rescue.rescue import Rescue
from edge.contract import atomic

FILE = "rescue.html"
TEMPLATE = "rescue.html"


def write_report(rescue: Rescue, out: Path) -> Path:
    """Write OUT/rescue.html atomically and return its path.

    The page loads nothing from anywhere: style and plot are in it.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    path = out / FILE
    atomic.write_text(path, render(rescue))
    return path


def render(rescue: Rescue) -> str:
    """Return the page."""
    front = rescue.front
    names = {trial.recipe.name for trial in (*front, *rescue.yardsticks)}
    others = [trial for trial in rescue.trials if trial.recipe.name not in names]
    return page_template("converter.rescue", TEMPLATE).render(
        rescue=rescue,
        front=front,
        others=sorted(others, key=lambda trial: trial.loss),
        chosen=rescue.chosen,
        runs=[(shown(run.layers[0].name), shown(run.layers[-1].name), run) for run in rescue.runs],
        svg=front_plot(rescue),
    )
