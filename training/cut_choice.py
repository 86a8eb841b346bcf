"""CutChoice: the block whose features do best on scenes that were held out."""

import contextlib
from dataclasses import asdict, dataclass, replace
from typing import Any

from converter.statistics import Proportion
from edge.contract.errors import DatasetError, WeightsError
from training import weights
from training.backbone import STARTER
from training.backbones import ARCHITECTURES, INCEPTION
from training.collected import Collected
from training.cross_validation import CrossValidation, cross_validate
from training.featured import Featured, feature
from training.material import Material
from training.narrator import Narrator
from training.options import AUTO, RetrainOptions


@dataclass(frozen=True)
class CutChoice:
    """The backbone cut at the chosen block, with features, and how each block did.

    `known` is what the folds were made of: all pictures but the test part. `accuracies` is
    empty where there was no choice.
    """

    featured: Featured
    known: Material
    validated: CrossValidation | None
    accuracies: dict[str, Any]


def choose(collected: Collected, options: RetrainOptions, narrator: Narrator) -> CutChoice:
    """Compute features, and choose the block by grouped folds where the options say so.

    Raises:
        DatasetError: `auto`, with too few groups or pictures for folds.
    """
    if options.cut != AUTO:
        return _at(options.cut, collected, options, narrator)
    tried: dict[str, CutChoice] = {}
    for cut in _cuts(options):
        with contextlib.suppress(WeightsError):
            tried[cut] = _at(cut, collected, options, narrator)
    if not tried or any(choice.validated is None for choice in tried.values()):
        raise DatasetError(
            "there are too few groups to choose a cut by",
            expected="two groups or single pictures in each class",
            next_step="give --cut a name",
        )
    best = min(tried, key=lambda cut: _loss(tried[cut]))
    accuracies = {cut: asdict(_accuracy(choice)) for cut, choice in tried.items()}
    for cut, choice in tried.items():
        share = _accuracy(choice)
        narrator.say(
            f"  {cut}: held-out scenes {share.percent()} (N={share.of}), "
            f"cross entropy {_loss(choice):.3f}" + (", chosen" if cut == best else "")
        )
    return replace(tried[best], accuracies=accuracies)


def _cuts(options: RetrainOptions) -> list[str]:
    """Return the cuts of a network, the joined one first; its weights may end before some."""
    usual = weights.choose_backbone(options.weights, None, options.backbone)
    known = ARCHITECTURES.get(usual.name, INCEPTION if usual.name == STARTER else None)
    if known is None:
        return [usual.cut]
    return [*([known.joined] if known.joined else []), *known.cuts]


def _at(
    cut: str | None, collected: Collected, options: RetrainOptions, narrator: Narrator
) -> CutChoice:
    backbone = weights.choose_backbone(options.weights, cut, options.backbone)
    narrator.say(f"Backbone: {backbone.name} cut at {backbone.cut}: {backbone.quality}")
    featured = feature(collected, backbone, options, narrator)
    material = featured.material
    known = material.only(material.mask("training", "validation"))
    with narrator.bar("Holding out scenes and pictures in turn") as progress:
        validated = cross_validate(
            known, len(collected.found.labels), options.head, options.early_stop, progress
        )
    return CutChoice(featured, known, validated, {})


def _loss(choice: CutChoice) -> float:
    return choice.validated.loss if choice.validated else float("inf")


def _accuracy(choice: CutChoice) -> Proportion:
    found = choice.validated
    if found is None:
        return Proportion.of_counts(0, 0)
    right = (found.logits.argmax(axis=1) == choice.known.classes)[found.judged]
    return Proportion.of_counts(int(right.sum()), len(right))
