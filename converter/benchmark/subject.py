"""Subject: a model file as a benchmark sees it, ours or anyone's."""

from dataclasses import dataclass
from pathlib import Path

from converter.pi_environment import PIXELS
from converter.tflite_model import TfliteModel
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.pixel_range import PixelRange


@dataclass(frozen=True)
class Subject:
    """A model file under a name, and how pictures become its input.

    `pixel_range` is what the input wants the pixels to be; None lets its tensor say it.
    `foreign` models are not a run's own: their inputs may differ in size.
    """

    name: str
    path: Path
    sha256: str
    size_bytes: int
    labels: Labels
    fit: Fit
    pixel_range: PixelRange | None = PIXELS
    foreign: bool = False

    @classmethod
    def of_model(cls, model: TfliteModel, labels: Labels, fit: Fit) -> "Subject":
        """Return one of a run's own models."""
        return cls(model.recipe, model.path, model.sha256, model.size_bytes, labels, fit)

    @property
    def input_form(self) -> str:
        """Return in a line how pictures are fed to it."""
        said = self.pixel_range
        pixels = "by its input tensor" if said is None else f"mean {said.mean:g} std {said.std:g}"
        return f"{self.fit}, pixels {pixels}"
