"""What the autopsy's tests share: the small run's two models as a specimen."""

from dataclasses import replace

import pytest

from converter.autopsy.autopsy import Autopsy, run_autopsy
from converter.autopsy.specimen import PIXELS, Specimen
from converter.benchmark.pictures import TestPicture
from converter.calibration import CalibrationSet
from converter.progress import Progress
from converter.recipes import find_recipe
from converter.tflite_model import model_path
from converter.trained_model import TrainedModel


@pytest.fixture(scope="session")
def specimen(converted: TrainedModel) -> Specimen:
    """Return the small run's int8 and float32 files with 48 pictures."""
    names = ("int8", "float32")
    int8, float32 = (model_path(converted, find_recipe(n)).read_bytes() for n in names)
    labels = converted.labels
    return Specimen(
        name="int8",
        quantised=int8,
        reference=float32,
        labels=labels,
        preprocess=converted.preprocess,
        quantised_range=PIXELS,
        reference_range=PIXELS,
        pictures=tuple(
            TestPicture(row.file, converted.path_of(row), labels.index(row.label), row.sha256)
            for row in converted.pictures("testing")
        ),
        source="the run's testing part",
        calibration=tuple(CalibrationSet.draw(converted, 12).tensors()),
        calibrated=True,
    )


@pytest.fixture
def dissect(specimen: Specimen):
    """Return a function that takes the specimen apart, with another quantised file if given."""

    def run(quantised: bytes | None = None, camera=None, environment=None, **changed) -> Autopsy:
        subject = replace(specimen, quantised=quantised or specimen.quantised, **changed)
        return run_autopsy(subject, environment, Progress(), camera)

    return run
