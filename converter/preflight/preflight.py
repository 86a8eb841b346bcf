"""Preflight: model files held against targets, each with a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import read_graph
from converter.preflight.here import try_here
from converter.preflight.model_graph import ModelGraph
from converter.preflight.profile import HERE, Profile
from converter.preflight.verdict import EFFECTS, Finding, Verdict, judge
from converter.recipes import RECIPES, Recipe
from edge.contract.bundle import ModelBundle
from edge.contract.errors import InputError, ModelError

# A flatbuffer's offsets have 31 bits.
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Subject:
    """A model to be judged: what to call it, its bytes, and its recipe where that is known."""

    name: str
    model: bytes
    recipe: Recipe | None = None


@dataclass(frozen=True)
class Preflight:
    """What a model file says, and what each target will do with it."""

    subject: str
    graph: ModelGraph
    verdicts: tuple[Verdict, ...]

    @property
    def passes(self) -> bool:
        """Say whether the model runs on each target."""
        return all(verdict.passes for verdict in self.verdicts)


def read_subjects(path: Path) -> Iterator[Subject]:
    """Give the models of a path: a TFLite file, a bundle, or a run's folder.

    Raises:
        InputError: there is no such file.
        ModelError: a folder without models, or a bundle that is no bundle.
    """
    if path.is_dir():
        yield from _of_run(path)
    elif path.suffix == ".ember":
        yield Subject(path.name, ModelBundle.read(path).model)
    else:
        yield Subject(path.name, read_model(path))


def read_model(path: Path) -> bytes:
    """Return a model file's bytes.

    Raises:
        InputError: it cannot be read.
        ModelError: it is larger than a TFLite file can be.
    """
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise ModelError(f"{path} is no TFLite file", found=f"{size} bytes")
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read {path}",
            found=error.strerror or error,
            expected="a .tflite file, a bundle (.ember) or a run's folder",
        ) from error


def preflight(
    subject: Subject, profiles: Sequence[Profile], environment: PiEnvironment | None = None
) -> Preflight:
    """Hold a model against targets; for `here`, load and run it in the environment too.

    Raises:
        ModelError: it is no TFLite file, or a damaged one.
    """
    graph = read_graph(subject.model)
    verdicts = []
    for profile in profiles:
        verdict = judge(graph, profile, subject.recipe)
        if profile.name == HERE and environment is not None:
            verdict = tried_here(verdict, subject.model, environment)
        verdicts.append(verdict)
    return Preflight(subject.name, graph, tuple(verdicts))


def tried_here(verdict: Verdict, model: bytes, environment: PiEnvironment) -> Verdict:
    """Add to a verdict what really happened: the model loaded and run on noise.

    The runtime has the last word on loading: where it takes a model after all, findings by
    the tables do not stand.
    """
    answer = try_here(environment, model)
    if answer.result == "runs":
        findings = tuple(one for one in verdict.findings if one.effect != "refuses")
        return replace(
            verdict,
            findings=findings,
            instead=verdict.instead if findings else None,
            tried=f"loaded and ran: {answer.invoke_ms:.1f} ms on one thread",
        )
    found = Finding(EFFECTS[answer.result], "loaded and run here", answer.reason)
    return replace(verdict, findings=(*verdict.findings, found), tried=answer.result)


def _of_run(folder: Path) -> Iterator[Subject]:
    models = sorted((folder / "tflite").glob("*.tflite"))
    if not models:
        raise ModelError(
            f"{folder} holds no converted model",
            expected=f"{folder}/tflite/*.tflite",
            next_step=f"emberwatch convert {folder}",
        )
    for path in models:
        yield Subject(path.name, read_model(path), RECIPES.get(path.stem))
