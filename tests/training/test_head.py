from dataclasses import replace

import numpy as np
import pytest

from training.examples import Examples
from training.head import HeadOptions, cross_entropy, softmax
from training.head_training import draw_batches, train_head, train_heads

OPTIONS = HeadOptions(steps=300, eval_interval=100)


def blobs(seed=0, counts=(90, 30, 10)):
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(3), counts)
    centres = rng.normal(0, 2, (3, 16))
    features = centres[classes] + rng.normal(0, 1, (len(classes), 16))
    return Examples.of(features.astype(np.float32), classes)


@pytest.mark.parametrize("hidden", [0, 8])
def test_the_same_seed_gives_the_same_head_bit_for_bit(hidden):
    options = replace(OPTIONS, hidden=hidden, label_smoothing=0.1)
    first, again = (train_head(blobs(), 3, options) for _ in range(2))
    assert first.kernel.tobytes() == again.kernel.tobytes()
    assert first.bias.tobytes() == again.bias.tobytes()


@pytest.mark.parametrize("hidden", [0, 8])
def test_classes_that_can_be_told_apart_are(hidden):
    found = blobs()
    head = train_head(found, 3, replace(OPTIONS, hidden=hidden, learning_rate=0.01))
    assert head.accuracy(found.features, found.classes) > 0.97


def test_a_hidden_layer_tells_apart_what_no_line_can():
    rng = np.random.default_rng(0)
    features = rng.uniform(-1, 1, (600, 2)).astype(np.float32)
    checkers = Examples.of(features, (features[:, 0] * features[:, 1] > 0).astype(np.int64))
    options = HeadOptions(steps=1500, eval_interval=500, learning_rate=0.02, weight_decay=0)
    straight, bent = (train_head(checkers, 2, replace(options, hidden=n)) for n in (0, 16))
    assert straight.accuracy(features, checkers.classes) < 0.7
    assert bent.accuracy(features, checkers.classes) > 0.9


def test_batches_draw_every_class_alike_however_rare():
    found = blobs(counts=(900, 90, 9))
    drawn = found.classes[draw_batches(found, HeadOptions(steps=200))]
    assert np.abs(np.bincount(drawn.ravel(), minlength=3) / drawn.size - 1 / 3).max() < 0.02


def test_natural_sampling_draws_classes_as_often_as_they_are():
    found = blobs(counts=(900, 90, 10))
    drawn = found.classes[draw_batches(found, HeadOptions(steps=200, sampling="natural"))]
    shares = np.bincount(drawn.ravel(), minlength=3) / drawn.size
    assert np.abs(shares - (0.9, 0.09, 0.01)).max() < 0.02


def test_an_example_of_half_the_weight_is_drawn_half_as_often():
    found = blobs(counts=(40, 40, 40))
    light = replace(found, weights=np.where(np.arange(120) % 2, 0.5, 1.0))
    drawn = draw_batches(light, HeadOptions(steps=400)).ravel()
    assert np.mean(drawn % 2) == pytest.approx(1 / 3, abs=0.02)


def test_progress_is_told_at_each_interval_and_at_the_end():
    seen = []
    options = HeadOptions(steps=250, eval_interval=100)
    train_head(blobs(), 3, options, None, lambda at, _head: seen.append(at))
    assert [at.step for at in seen] == [100, 200, 250]


def test_stopping_early_gives_the_head_as_it_was_at_that_step():
    heads = {}
    train_head(blobs(), 3, OPTIONS, None, lambda at, head: heads.update({at.step: head}))
    stopped = train_head(blobs(), 3, OPTIONS, stop_after=200)
    assert stopped.kernel.tobytes() == heads[200].kernel.tobytes() != heads[300].kernel.tobytes()


def test_features_of_any_scale_are_learnt():
    found = blobs()
    scaled = replace(found, features=found.features * np.geomspace(1e-2, 1e3, 16, dtype=np.float32))
    assert train_head(scaled, 3, OPTIONS).accuracy(scaled.features, scaled.classes) > 0.97


def test_heads_side_by_side_are_the_ones_trained_alone():
    found = blobs()
    both = train_heads(found, np.zeros((2, 130), bool), 3, OPTIONS)
    alone = train_head(found, 3, OPTIONS)
    for head in both:
        np.testing.assert_allclose(head.kernel, alone.kernel, atol=1e-4)


def test_a_head_learns_nothing_of_what_it_leaves_out():
    found = blobs()
    left_out = np.arange(130)[np.newaxis] % 2 == 0
    strange = found.features.copy()
    strange[left_out[0]] *= -50
    (head,) = train_heads(found, left_out, 3, OPTIONS)
    (same,) = train_heads(replace(found, features=strange), left_out, 3, OPTIONS)
    np.testing.assert_allclose(head.kernel, same.kernel, atol=1e-4)


def test_smoothed_labels_make_a_less_certain_head():
    found = blobs()
    sure, unsure = (
        train_head(found, 3, replace(OPTIONS, learning_rate=0.01, label_smoothing=share)).scores(
            found.features
        )
        for share in (0.0, 0.3)
    )
    assert unsure.max(axis=1).mean() < sure.max(axis=1).mean() - 0.05


def test_cooling_changes_how_sure_a_head_is_and_not_what_it_says():
    found = blobs()
    head = train_head(found, 3, OPTIONS)
    warm = head.cooled(4.0)
    assert (warm.predict(found.features) == head.predict(found.features)).all()
    assert (
        warm.scores(found.features).max(axis=1).mean()
        < head.scores(found.features).max(axis=1).mean()
    )


def test_cross_entropy_is_the_mean_surprise():
    logits = np.array([[2.0, 0.0], [0.0, 1.0]], np.float32)
    expected = -np.log(softmax(logits)[[0, 1], [0, 0]]).mean()
    assert cross_entropy(logits, np.array([0, 0])) == pytest.approx(expected)


def test_each_joined_layer_has_a_classifier_of_its_own_and_their_logits_are_averaged():
    found = blobs()
    joined = replace(found, taps=(10, 6))
    head = train_head(joined, 3, OPTIONS)
    parts = [
        train_head(
            replace(found, features=np.ascontiguousarray(found.features[:, part])), 3, OPTIONS
        )
        for part in (slice(0, 10), slice(10, 16))
    ]
    average = (
        sum(
            part.logits(found.features[:, where])
            for part, where in zip(parts, (slice(0, 10), slice(10, 16)), strict=True)
        )
        / 2
    )
    np.testing.assert_allclose(head.logits(found.features), average, atol=1e-3)
