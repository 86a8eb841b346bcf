"""A loss planted in one stage, and the right verdict asked of the autopsy."""

import numpy as np
import pytest

from tests.converter.autopsy.planting import (
    clip_range,
    coarse_logits,
    lying_bias,
    narrow_input,
    poison_weights,
)


def test_a_healthy_model_has_no_loss_worth_speaking_of(dissect) -> None:
    found = dissect()
    assert found.verdict.kind == "none" and found.verdict.layer == ""
    assert found.verdict.sentence.startswith("No loss worth speaking of")
    assert found.suspects == () and found.notes == ()
    assert [stage.key for stage in found.stages] == [
        *("float", "pixels", "input", "weights", "activations", "output", "kernels", "xnnpack")
    ]
    assert [skipped.key for skipped in found.skipped] == ["camera"]


def test_swapped_channels_are_found_in_the_cameras_tensors(dissect, specimen) -> None:
    def camera(pictures):
        return [specimen.preprocess.apply(one.read())[..., ::-1] for one in pictures]

    found = dissect(camera=camera)
    assert (found.verdict.kind, found.verdict.stage) == ("real", "pixels")
    assert found.verdict.share > 0.8
    assert found.fault is not None and "red and blue" in found.fault.name
    assert "red and blue" in found.verdict.sentence and "BGR888" in found.verdict.advice


def test_a_wrong_mean_and_deviation_are_found_in_the_cameras_tensors(dissect, specimen) -> None:
    def camera(pictures):
        ours = [specimen.preprocess.apply(one.read()) for one in pictures]
        return [np.rint(tensor / 255.0).astype(np.uint8) for tensor in ours]

    found = dissect(camera=camera)
    assert (found.verdict.kind, found.verdict.stage) == ("real", "pixels")
    assert "divided by 255" in found.verdict.sentence


@pytest.mark.parametrize("nth", [1, 5])
def test_a_clipped_range_is_found_in_the_activations_and_its_layer_named(
    dissect, specimen, nth
) -> None:
    clipped, names = clip_range(specimen.quantised, nth, 0.04)
    found = dissect(clipped)
    assert found.verdict.kind != "none" and found.verdict.stage == "activations"
    assert found.verdict.layer in names
    assert "cut off by its range" in found.verdict.sentence
    assert "Calibrate" in found.verdict.advice


@pytest.mark.parametrize("nth", [1, 6])
def test_a_poisoned_layer_is_found_in_the_weights_and_named(dissect, specimen, nth) -> None:
    poisoned, name = poison_weights(specimen.quantised, nth, -1.0)
    found = dissect(poisoned)
    # A busy machine trains another network, whose loss may be too small to be proven.
    assert found.verdict.kind != "none" and found.verdict.stage == "weights"
    assert found.verdict.layer == name
    suspect = max(found.suspects, key=lambda one: one.blame)
    assert suspect.kind == "weights" and suspect.blame > 0.8
    assert suspect.accuracy_after > suspect.accuracy_before + 0.2


def test_coarse_logits_are_found_in_the_output(dissect, specimen) -> None:
    found = dissect(coarse_logits(specimen.quantised, 400.0))
    assert found.verdict.kind != "none" and found.verdict.stage == "output"


def test_an_input_that_holds_a_fifth_of_the_pixels_is_found_in_the_input(dissect, specimen) -> None:
    found = dissect(narrow_input(specimen.quantised))
    assert (found.verdict.kind, found.verdict.stage) == ("real", "input")
    assert "input" in found.verdict.advice


def test_kernels_that_compute_something_else_than_the_file_says_are_found(
    dissect, specimen
) -> None:
    found = dissect(lying_bias(specimen.quantised, 6))
    assert (found.verdict.kind, found.verdict.stage) == ("real", "kernels")
    simulated = found.kernels[0]
    assert simulated.mean_difference > 0.05


def test_the_shares_make_up_the_whole_and_the_steps_the_loss(dissect, specimen) -> None:
    clipped, _ = clip_range(specimen.quantised, 1, 0.04)
    found = dissect(clipped)
    assert sum(stage.share for stage in found.stages) == pytest.approx(1, abs=1e-3)
    lost = sum(stage.step.lost - stage.step.gained for stage in found.stages)
    last = found.stages[-1].loss
    assert lost == last.lost - last.gained
    first = found.stages[0]
    assert first.accuracy.count - found.stages[-1].accuracy.count == lost


def test_the_camera_environment_is_the_last_stage(dissect, pi) -> None:
    found = dissect(environment=pi)
    assert found.stages[-1].key == "camera" and found.runtime == pi.runtime
    assert found.fault is not None and found.fault.mean_difference == 0
    assert found.skipped == ()
    assert found.stages[-1].mean_difference < 0.02


@pytest.mark.parametrize("nth", [1, 5])
def test_the_part_of_the_network_that_is_clipped_is_the_worst_part(dissect, specimen, nth) -> None:
    clipped, names = clip_range(specimen.quantised, nth, 0.04)
    found = dissect(clipped)
    assert found.sections is not None
    inside = {layer.first for layer in found.sections.inside_worst} or {found.sections.worst.first}
    labels = {layer.label for layer in found.noise if layer.name in names}
    assert inside & labels and found.sections.worst.share > 0.4
    assert sum(section.share for section in found.sections.sections) == pytest.approx(1, abs=1e-3)
