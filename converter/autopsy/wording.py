"""Wording: an autopsy's figures as people read them, in the terminal and on the page."""

from converter.autopsy.autopsy import Autopsy
from converter.autopsy.layer_noise import LayerNoise
from converter.autopsy.stages import Stage

COLUMNS = (
    "drift: mean absolute score difference to the float model; KL: divergence from it, in nats; "
    "lost, gained: right answers against the stage before; share: of the squared drift. "
    "dB: signal over noise, own dB: over the noise that the layer adds by itself; by weights: "
    "the part of its own noise; clipped: values outside its range; unused: of its range."
)


def stage_words(stage: Stage) -> list[str]:
    """Return a stage's figures as they are shown, in the terminal and on the page."""
    first = stage.key == "float"
    return [
        stage.accuracy.percent(),
        "" if first else stage.agreement.percent(),
        "" if first else f"{stage.mean_difference:.4f}",
        "" if first else f"{stage.kl_nats:.4f}",
        "" if first else f"{stage.step.lost}, {stage.step.gained}",
        "" if first else f"{100 * stage.share:.0f}%",
    ]


def layer_words(layer: LayerNoise) -> list[str]:
    """Return a layer's figures as they are shown, in the terminal and on the page."""
    own = "none" if layer.own_snr_db >= 100 else f"{layer.own_snr_db:.1f}"
    return [
        f"{layer.snr_db:.1f}",
        own,
        f"{100 * layer.from_weights:.0f}%",
        f"{100 * layer.clipped:.2g}%" if layer.clipped else "0%",
        f"{100 * layer.unused:.0f}%",
    ]


def notes_of(autopsy: Autopsy) -> list[str]:
    """Return what is to be known beside the tables, a line each."""
    notes = []
    if autopsy.kernels:
        apart = "; ".join(
            f"{check.name} {check.mean_difference:.4f}, at most {check.largest_difference:.3f}"
            for check in autopsy.kernels
        )
        count = autopsy.kernels[0].pictures
        notes.append(f"scores apart from the reference kernels', {count} pictures: {apart}")
    if autopsy.fault is not None:
        notes.append(f"decode and resize: {autopsy.fault.words()}")
    notes += [f"{skipped.title} left out: {skipped.why}" for skipped in autopsy.skipped]
    return [*notes, *autopsy.notes]
