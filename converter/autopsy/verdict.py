"""Verdict: where a quantised model's loss is, whether it is a real one, and what to do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from converter.autopsy.layer_noise import LayerNoise
from converter.autopsy.pixel_fault import PixelFault
from converter.autopsy.sections import Sections
from converter.autopsy.stages import (
    ACTIVATIONS,
    CAMERA,
    INPUT,
    KERNELS,
    OUTPUT,
    PIXELS,
    WEIGHTS,
    XNNPACK,
    Stage,
)
from converter.autopsy.suspects import Suspect, standing_out

# Below these a model counts as unharmed: the issue's own aim for agreement, and a drift of
# the scores that is under what 8 bits of a sound model bring (docs/autopsy.md).
SOUND_AGREEMENT = 0.98
SOUND_DRIFT = 0.02
# The share of the drift from which a stage, or a layer, is named as the cause of it.
MOST_OF_IT = 0.5
ALL_OF_IT = 0.995


@dataclass(frozen=True)
class Verdict:
    """What the autopsy found.

    `kind` is `none` (no loss worth speaking of), `unproven` (a loss that chance could make)
    or `real`; `stage` the key of the stage that brings most of the drift, `share` its part of
    it; `sentence` and `advice` are for people.
    """

    kind: str
    stage: str
    share: float
    layer: str
    sentence: str
    advice: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)


def judge(
    stages: Sequence[Stage],
    noise: Sequence[LayerNoise],
    suspects: Sequence[Suspect],
    fault: PixelFault | None,
    sections: Sections | None = None,
) -> Verdict:
    """Return the verdict; the first stage is the float model, the last what the camera runs."""
    last = stages[-1]
    worst = max(stages[1:], key=lambda stage: stage.share)
    kind = _kind(last)
    culprit = _culprit(worst, suspects)
    if kind == "none" and culprit is None:
        sentence = f"No loss worth speaking of: {_loss_words(last)}."
        advice = "Nothing needs mending."
        if last.mean_difference:
            sentence += f" What drift there is comes mostly from {_place(worst)}"
            sentence += f"{_section_words(worst, sections)}."
        return Verdict(kind, worst.key, worst.share, "", sentence, advice)
    start = {
        "real": "A real loss",
        "unproven": "A loss that may be chance",
        "none": "No loss on these pictures, but a fault all the same",
    }[kind]
    sentence = f"{start}: {_loss_words(last)}. {_most(worst)} {_place(worst)}"
    sentence += f": {_details(worst, noise, culprit, fault)}"
    sentence += "." if culprit else f"{_section_words(worst, sections)}."
    return Verdict(
        kind=kind,
        stage=worst.key,
        share=worst.share,
        layer=culprit.layer.name if culprit else "",
        sentence=sentence,
        advice=_advice(worst, culprit, fault),
    )


def _kind(last: Stage) -> str:
    sound = last.mean_difference <= SOUND_DRIFT and (
        (last.agreement.value or 0.0) >= SOUND_AGREEMENT
        or last.agreement.of - last.agreement.count <= 1
    )
    if last.loss.significant and (last.loss.value or 0.0) > 0:
        return "real"
    return "none" if sound else "unproven"


def _culprit(worst: Stage, suspects: Sequence[Suspect]) -> Suspect | None:
    """Return the layer that most of the drift goes with, where the stage is one of layers."""
    if worst.key not in (WEIGHTS.key, ACTIVATIONS.key, OUTPUT.key) or not suspects:
        return None
    found = max(suspects, key=lambda suspect: suspect.blame)
    return found if found.blame > 0.25 else None


def _loss_words(last: Stage) -> str:
    loss, agreed = last.loss, last.agreement
    points = 100 * (loss.value or 0.0)
    if abs(points) < 0.05:
        changed = "the same accuracy as float"
    else:
        changed = f"{abs(points):.1f} points {'less' if points > 0 else 'more'} accuracy than float"
    p_value = 1.0 if loss.p_value is None else loss.p_value
    return (
        f"{changed} on {loss.of} pictures ({loss.lost} lost, {loss.gained} gained; McNemar "
        f"{_p_words(p_value)}), {agreed.percent()} the same answers, scores "
        f"{last.mean_difference:.3f} apart on average"
    )


def _p_words(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3g}"


def _most(worst: Stage) -> str:
    if worst.share >= ALL_OF_IT:
        return "All of it is in"
    share = f"{100 * worst.share:.0f}%"
    return f"{'Most' if worst.share > MOST_OF_IT else 'The largest part'} of it ({share}) is in"


def _place(worst: Stage) -> str:
    places = {
        PIXELS.key: "decode and resize",
        INPUT.key: "the input's quantisation",
        WEIGHTS.key: "the weights",
        ACTIVATIONS.key: "the activations",
        OUTPUT.key: "the output",
        KERNELS.key: "the integer kernels",
        XNNPACK.key: "XNNPACK",
        CAMERA.key: "the camera's runtime",
    }
    return places[worst.key]


def _details(
    worst: Stage,
    noise: Sequence[LayerNoise],
    culprit: Suspect | None,
    fault: PixelFault | None,
) -> str:
    if worst.key == PIXELS.key and fault is not None:
        return fault.words()
    if culprit is not None:
        layer = culprit.layer
        return (
            f"{layer.label} ({layer.operator}) {_suffers(culprit)}; with it in float "
            f"{100 * culprit.blame:.0f}% of the drift goes and the accuracy moves from "
            f"{100 * culprit.accuracy_before:.1f}% to {100 * culprit.accuracy_after:.1f}%"
        )
    if worst.key in (WEIGHTS.key, ACTIVATIONS.key) and noise:
        alone = "no single layer in float takes it away"
        spread = "it is spread over the layers, none of which stands out"
        return alone if standing_out(noise) else spread
    others = f"{worst.adds} gives other numbers than the file stands for"
    return {
        INPUT.key: "the input tensor's scale and zero point do not fit the pixels",
        OUTPUT.key: "the logits or scores are rounded too coarsely",
    }.get(worst.key, others)


def _section_words(worst: Stage, sections: Sections | None) -> str:
    """Return which part of the network it comes from, where one part brings most of it."""
    if sections is None or worst.key not in (WEIGHTS.key, ACTIVATIONS.key):
        return ""
    found, found_inside = sections.worst, sections.inside_worst
    if found.share <= MOST_OF_IT:
        return ""
    first = max(found_inside, key=lambda layer: layer.share).title if found_inside else ""
    words = f"; by parts of the network most ({100 * found.share:.0f}%) is from {found.title}"
    return f"{words}, {first} first of all" if first else words


def _suffers(culprit: Suspect) -> str:
    layer = culprit.layer
    return {
        "weights": f"has {layer.own_snr_db:.0f} dB by itself, which its integer weights cost it",
        "clipped": f"has {100 * layer.clipped:.2g}% of its values cut off by its range",
        "wide": f"uses {100 * (1 - layer.unused):.0f}% of its range, so its steps are too coarse",
        "rounding": f"has {layer.own_snr_db:.0f} dB by itself, lost in rounding its output",
    }[culprit.kind]


def _advice(worst: Stage, culprit: Suspect | None, fault: PixelFault | None) -> str:
    if worst.key == PIXELS.key:
        cure = fault.cure if fault and fault.cure else "make both sides' pixels equal"
        return f"Mend the camera's side: {cure}. Quantising is not to blame."
    if culprit is not None and culprit.kind == "clipped":
        return (
            "Calibrate with more pictures, as bright and as varied as the camera's "
            "(--calibration), or let `emberwatch rescue` choose."
        )
    if culprit is not None and culprit.kind == "wide":
        return (
            "Take the outliers out of the calibration or cut its ranges by percentile: "
            "`emberwatch rescue` tries both, and this layer in higher precision."
        )
    advice = {
        INPUT.key: "Convert again with an input of scale 1 and zero point 0, or correct "
        "--input-mean and --input-std.",
        WEIGHTS.key: "Keep the worst layers in float: `emberwatch rescue` finds how few do.",
        ACTIVATIONS.key: "Try other calibration pictures, then the worst layers in higher "
        "precision: `emberwatch rescue` searches both.",
        OUTPUT.key: "Keep the head in float: `emberwatch rescue` tries it.",
        KERNELS.key: "Convert with another version of TensorFlow: file and kernels disagree.",
        XNNPACK.key: "Use another release of the runtime, or switch XNNPACK off.",
        CAMERA.key: "Use another runtime on the camera: ai-edge-litert where its wheel exists.",
    }
    return advice[worst.key]
