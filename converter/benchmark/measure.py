"""Measure: runs the test pictures through the reference and through each model, then times."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from converter.benchmark.benchmark import KERAS, Benchmark
from converter.benchmark.comparison import Comparison, figures
from converter.benchmark.flips import Flip
from converter.benchmark.measured import Result
from converter.benchmark.pictures import TestPictures
from converter.benchmark.scoring import readable_places, score, score_float
from converter.benchmark.setup import Setup
from converter.benchmark.subject import Subject
from converter.benchmark.timing_plan import Timed
from converter.convert import Conversion
from converter.keras_model import versions
from converter.pi_environment import PiEnvironment
from converter.recipes import Recipe
from converter.statistics import Figures, calibration_error, confidence_bins
from converter.trial import check_tensors
from edge.contract.bundle import sha256
from edge.contract.errors import DatasetError, ModelRefused
from edge.inference.predictions import Predictions


@dataclass(frozen=True)
class Refusal:
    """A model that could not be made for a runtime, and why."""

    name: str
    why: str
    runtime: str


@dataclass(frozen=True)
class Scored:
    """A model's predictions in one environment."""

    subject: Subject
    environment: PiEnvironment
    predictions: Predictions


def run_benchmark(
    conversion: Conversion, recipes: Sequence[Recipe], setup: Setup | None = None
) -> Benchmark:
    """Measure a run's float model by TensorFlow, then each recipe in the Pi environments.

    A recipe that is not converted yet is converted; one that is refused gets a row that says
    why. Without a `setup`: the run's test part, in the conversion's environment.

    Raises:
        InputError: the run has no readable test pictures.
    """
    trained = conversion.trained
    if setup is None:
        pictures = TestPictures.of_run(trained)
        setup = Setup(pictures, (conversion.environment,), conversion.progress)
    keras_sha256 = sha256(trained.keras_path.read_bytes())
    reference = _float_scores(conversion, setup, keras_sha256)
    subjects = [_subject(conversion, recipe) for recipe in recipes]
    found = measure_subjects(setup, subjects, reference, KERAS)
    size_bytes = trained.keras_path.stat().st_size
    return replace(found, keras_sha256=keras_sha256, keras_bytes=size_bytes)


def measure_subjects(
    setup: Setup,
    subjects: Sequence[Subject | Refusal],
    reference: Predictions | None,
    reference_name: str,
) -> Benchmark:
    """Measure models against a reference's scores of the same pictures, in every environment.

    Raises:
        DatasetError: no picture can be read.
    """
    rows: list[Result | Scored] = []
    for subject in subjects:
        if isinstance(subject, Refusal):
            rows.append(Result(subject.name, None, subject.why, subject.runtime))
        else:
            rows += _score_everywhere(setup, subject, reference)
    results: list[Result] = []
    flips: list[Flip] = []
    untimed: list[str] = []
    busy: list[float] = []
    for row in rows:
        if isinstance(row, Result):
            results.append(row)
            continue
        timed = _time(setup, row)
        untimed += [f"{row.subject.name}: not timed: {problem}" for problem in timed.problems]
        busy += [] if timed.busy_cores is None else [timed.busy_cores]
        # The reference itself has a row too where it is one of the models.
        before = None if row.subject.name == reference_name else reference
        held = Comparison(row.subject, setup.pictures, row.predictions, before)
        results.append(Result(row.subject.name, held.measured(timed.timings)))
        flips += held.flips()
    sample = reference or next((row.predictions for row in rows if isinstance(row, Scored)), None)
    counted, error = _reference_figures(reference, setup.pictures)
    return Benchmark(
        labels=setup.pictures.labels,
        keras_sha256="",
        keras_bytes=0,
        reference=counted,
        results=tuple(results),
        flips=tuple(flips),
        unreadable=tuple(problem for problem in sample.problems if problem) if sample else (),
        reference_name=reference_name,
        reference_ece=error,
        pictures_sha256=setup.pictures.digest,
        source=setup.pictures.source,
        left_out=setup.pictures.left_out,
        machine=setup.machine(max(busy, default=None)),
        untimed=tuple(untimed),
    )


def scores_of(setup: Setup, subject: Subject, environment: PiEnvironment) -> Predictions:
    """Return a model's scores in an environment: those kept from before, or new ones.

    Raises:
        ModelRefused: the runtime does not take the model, or crashed on it.
        DatasetError: no picture can be read.
    """
    pictures = setup.pictures
    key = ("scores", subject.sha256, pictures.digest, environment.runtime, subject.input_form)
    kept = setup.store.scores(key)
    if kept is not None:
        setup.progress.say(f"{subject.name}: scores kept from before, {environment.runtime}")
        return kept
    name = f"{subject.name} on the test pictures, in {environment.runtime}"
    with setup.progress.step(name, len(pictures.pictures)) as tick:
        found = score(environment, subject, pictures.paths, setup.processes, tick)
    if not readable_places(found):
        raise DatasetError("no test picture can be read", found=found.problems[0])
    setup.store.keep_scores(key, found)
    return found


def _score_everywhere(
    setup: Setup, subject: Subject, reference: Predictions | None
) -> list[Result | Scored]:
    """Return a model's scores in each environment, or why it refused.

    Every side must have fed the same tensors: ours to the float model, and each environment.
    """
    rows: list[Result | Scored] = []
    fed = None if reference is None or subject.foreign else reference.tensor_sha256
    for environment in setup.environments:
        try:
            found = scores_of(setup, subject, environment)
            fed = fed or found.tensor_sha256
            check_tensors(found, list(fed))
            rows.append(Scored(subject, environment, found))
        except ModelRefused as error:
            rows.append(Result(subject.name, None, error.line(), environment.runtime))
    return rows


def _float_scores(conversion: Conversion, setup: Setup, keras_sha256: str) -> Predictions:
    """Return the float model's scores."""
    trained, pictures = conversion.trained, setup.pictures
    tensorflow = versions()["tensorflow"]
    key = ("scores", keras_sha256, pictures.digest, tensorflow, trained.preprocess.digest)
    kept = setup.store.scores(key)
    if kept is not None:
        pictures.check()
        setup.progress.say("float model: scores kept from before")
        return kept
    keras_model = conversion.keras_model
    with setup.progress.step("float model on the test pictures", len(pictures.pictures)) as tick:
        found = score_float(keras_model, trained.preprocess, pictures, tick)
    if not readable_places(found):
        raise DatasetError("no test picture can be read", found=found.problems[0])
    setup.store.keep_scores(key, found)
    return found


def _subject(conversion: Conversion, recipe: Recipe) -> Subject | Refusal:
    trained = conversion.trained
    try:
        model = conversion.model(recipe)
    except ModelRefused as error:
        return Refusal(recipe.name, error.line(), conversion.environment.runtime)
    return Subject.of_model(model, trained.labels, trained.preprocess.fit)


def _time(setup: Setup, row: Scored) -> Timed:
    """Return a model's timings in an environment, and what stood in the way of them."""
    if setup.plan is None:
        return Timed()
    found = setup.plan.time(row.environment, row.subject, setup.store, setup.progress)
    if found.kept:
        kept = f"{found.kept} timing{'s' if found.kept > 1 else ''} kept from before"
        setup.progress.say(f"{row.subject.name}: {kept}, {row.environment.runtime}")
    return found


def _reference_figures(
    reference: Predictions | None, pictures: TestPictures
) -> tuple[Figures, float | None]:
    """Return the reference's figures and calibration error; of nothing where there is none."""
    if reference is None:
        return Figures.measure([], np.zeros(0, np.int64), pictures.labels), None
    places = readable_places(reference)
    truth = [pictures.pictures[place].truth for place in places]
    scores = reference.scores[places]
    error = calibration_error(confidence_bins(scores, truth))
    return figures(truth, scores.argmax(axis=1), pictures.labels), error
