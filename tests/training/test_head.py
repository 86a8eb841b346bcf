import numpy as np

from training.head import HeadOptions, balanced_batches, train_head

OPTIONS = HeadOptions(steps=300, eval_interval=100)


def blobs(seed=0, counts=(90, 30, 10)):
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(3), counts)
    centres = rng.normal(0, 2, (3, 16))
    return (centres[classes] + rng.normal(0, 1, (len(classes), 16))).astype(np.float32), classes


def test_the_same_seed_gives_the_same_head_bit_for_bit():
    features, classes = blobs()
    first = train_head(features, classes, 3, OPTIONS)
    again = train_head(features, classes, 3, OPTIONS)
    assert first.kernel.tobytes() == again.kernel.tobytes()
    assert first.bias.tobytes() == again.bias.tobytes()


def test_classes_that_can_be_told_apart_are():
    features, classes = blobs()
    assert train_head(features, classes, 3, OPTIONS).accuracy(features, classes) > 0.97


def test_batches_draw_every_class_alike_however_rare():
    _, classes = blobs(counts=(900, 90, 9))
    drawn = classes[balanced_batches(classes, HeadOptions(steps=200))]
    shares = np.bincount(drawn.ravel(), minlength=3) / drawn.size
    assert np.abs(shares - 1 / 3).max() < 0.02


def test_progress_is_told_at_each_interval_and_at_the_end():
    features, classes = blobs()
    seen = []
    train_head(features, classes, 3, HeadOptions(steps=250, eval_interval=100), None, seen.append)
    assert [at.step for at in seen] == [100, 200, 250]


def test_features_of_any_scale_are_learnt():
    features, classes = blobs()
    scaled = features * np.linspace(1e-2, 1e3, 16, dtype=np.float32)
    assert train_head(scaled, classes, 3, OPTIONS).accuracy(scaled, classes) > 0.97
