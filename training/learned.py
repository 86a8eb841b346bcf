"""Learned: the head of a run, with the curve of its training."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from training.cross_validation import CrossValidation
from training.featured import Featured
from training.head import Head, Progress
from training.head_training import train_head
from training.held_out import limit
from training.material import Material
from training.narrator import Narrator
from training.options import RetrainOptions
from training.progress_files import ProgressFiles
from training.temperature import fit_temperature


@dataclass(frozen=True)
class Learned:
    """The head of `best_step` steps, and figures at each interval up to it."""

    head: Head
    best_step: int
    curve: list[dict[str, float | None]]


def learn(
    featured: Featured,
    validated: CrossValidation | None,
    options: RetrainOptions,
    narrator: Narrator,
    files: ProgressFiles,
) -> Learned:
    """Train the head on the training part, and tell how it goes.

    It stops after the step that was best for held-out scenes; where there were no folds, the
    step that was best for the validation part is kept.

    Raises:
        StorageError: a file that was asked for on the way cannot be written.
    """
    material = limited(featured, options)
    training, validation = material.part("training"), material.part("validation")
    given = validation if len(validation[1]) else None
    writer = files.open(featured.backbone, featured.preprocess)
    seen: list[tuple[Progress, Head]] = []

    def tell(at: Progress, head: Head) -> None:
        seen.append((at, head))
        narrator.say(_line(at))
        writer.record(at, head, training, given)

    examples = material.examples.only(material.mask("training"))
    classes = int(featured.material.classes.max()) + 1
    stop = validated.best_step if validated else None
    train_head(examples, classes, options.head, given, tell, stop)
    at, head = seen[-1]
    if stop is None and options.early_stop and given:
        at, head = min(seen, key=lambda one: one[0].validation_cross_entropy or 0)
    if at.step < options.head.steps:
        narrator.say(f"Kept the head of step {at.step}, the best on held-out pictures.")
    writer.finish(head, at.step)
    return Learned(head, at.step, _curve(seen, at.step))


def _curve(seen: Sequence[tuple[Progress, Head]], last: int) -> list[dict[str, float | None]]:
    return [asdict(at) for at, _ in seen if at.step <= last]


def limited(featured: Featured, options: RetrainOptions) -> Material:
    """Return the pictures without those beyond the batch sizes of validation and test."""
    tested = limit(featured.material, "testing", options.test_batch_size)
    return limit(tested, "validation", options.validation_batch_size)


def temperature_of(hot: Head, featured: Featured, validated: CrossValidation | None) -> float:
    """Return the temperature that fits held-out pictures; 1 where nothing is held out."""
    if validated:
        return validated.temperature
    features, classes = featured.material.part("validation")
    return fit_temperature(hot.logits(features), classes) if len(classes) else 1.0


def _line(at: Progress) -> str:
    line = (
        f"Step {at.step}: Train accuracy = {at.train_accuracy:.1%}, "
        f"Cross entropy = {at.cross_entropy:.4f}"
    )
    if at.validation_accuracy is not None:
        line += f", Validation accuracy = {at.validation_accuracy:.1%}"
    return line
