"""depth_of_run: what the training pictures look like to a run's model, for its bundle."""

from random import Random

import numpy as np

from converter.calibration import read_row
from converter.progress import Progress
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from edge.inference.classifier import Classifier
from edge.inference.depth import Depth
from edge.inference.interpreter import Interpreter

# Mean and spread of so many pictures are known well enough, and it takes seconds.
MOST_PICTURES = 600
SEED = 7
# One picture in twenty of what it was trained on lies farther out: a camera's scene does so
# for good or hardly ever, and only one that stays there is told of.
WITHIN = 0.95
THREADS = 2


def depth_of_run(trained: TrainedModel, model: TfliteModel, progress: Progress) -> Depth | None:
    """Return the features' mean and spread over training and validation pictures.

    They are taken by the quantised model itself. None where the model gives no features.
    """
    interpreter = Interpreter(model.path.read_bytes(), THREADS)
    classifier = Classifier.from_model(interpreter, trained.labels, trained.preprocess.fit)
    if not classifier.gives_features:
        return None
    rows = [*trained.pictures("training"), *trained.pictures("validation")]
    rows = Random(SEED).sample(rows, min(len(rows), MOST_PICTURES))  # noqa: S311
    features = []
    with progress.step("learn what is within the model's depth", len(rows)) as tick:
        for row in rows:
            pixels = classifier.tensor(read_row(trained, row))
            features.append(classifier.classify_tensor(pixels, features=True).features)
            tick()
    return Depth.of_pictures(np.stack([one for one in features if one is not None]), WITHIN)
