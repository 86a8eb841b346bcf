"""The joined network gives what the head gives for the backbone's features."""

import numpy as np
import pytest

from training.classifier_model import build_classifier
from training.features import feature_function
from training.head import Head, Hidden
from training.weights import choose_backbone


@pytest.fixture(scope="module")
def backbone():
    return choose_backbone("starter", None)


@pytest.mark.parametrize("width", [0, 6])
def test_scores_are_the_heads_with_and_without_a_hidden_layer(backbone, width):
    rng = np.random.default_rng(width)
    channels = backbone.channels

    def noise(*shape):
        return rng.normal(0, 0.1, shape).astype(np.float32)

    hidden = Hidden(noise(channels, width), noise(width)) if width else None
    head = Head(noise(width or channels, 3), noise(3), hidden)
    size = backbone.input_size
    pixels = rng.integers(0, 256, (2, size, size, 3)).astype(np.uint8)
    features = feature_function(backbone, "float32")(pixels)
    found = build_classifier(backbone, head)(pixels.astype(np.float32), training=False)
    assert np.abs(found["scores"].numpy() - head.scores(features)).max() < 1e-4
    cells = found["class_map"].shape[1:3]
    assert tuple(cells) == ((1, 1) if width else backbone.model.output_shape[1:3])
    averaged = found["class_map"].numpy().mean(axis=(1, 2))
    assert np.abs(averaged - head.logits(features)).max() < 1e-3
