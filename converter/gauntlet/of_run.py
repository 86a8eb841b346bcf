"""A run's gauntlet: its own test pictures, and what else is given, shown to its model."""

from collections.abc import Sequence
from pathlib import Path

from converter.convert import Conversion
from converter.gauntlet.exhibits import Source, gather
from converter.gauntlet.gauntlet import Gauntlet, run_gauntlet
from converter.gauntlet.subject import Subject
from converter.tflite_model import TfliteModel


def gauntlet_of_run(
    conversion: Conversion, model: TfliteModel, negative: str | None = None
) -> Gauntlet:
    """Send a run's converted model through the gauntlet with its test pictures.

    Raises:
        InputError: the run has no negative class, or no test pictures of it.
        ModelRefused: the Pi's runtime does not take the model.
    """
    subject = Subject.of_run(conversion.trained, model, negative)
    exhibits = gather([Source.test_part(conversion.trained)], subject)
    return run_gauntlet(subject, exhibits, conversion.environment, conversion.progress)


def sources_of(
    subject: Subject,
    own: Source | None,
    test: Path | None,
    site: Path | None,
    scenes: Path | None,
) -> Sequence[Source]:
    """Return where pictures come from: a test folder in place of the run's own, and the rest.

    Raises:
        InputError: a folder is not there or holds no pictures.
    """
    found = [Source.labelled("test", test, subject)] if test else [own] if own else []
    found += [Source.site(site, subject)] if site else []
    found += [Source.labelled("scenes", scenes, subject)] if scenes else []
    return found
