"""The verdicts held against what really happens, in each runtime that is installed here."""

import shutil
from pathlib import Path

import pytest

from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import read_graph
from converter.preflight.here import here_child, here_profile, load_profile, target_environment
from converter.preflight.preflight import Subject, preflight, read_subjects
from converter.preflight.profile import HERE, NAMES, Profile
from converter.preflight.runtime_child import RuntimeChild, Sample, local_child
from converter.preflight.template_model import custom_model
from converter.preflight.verdict import judge
from converter.recipes import RECIPES
from converter.tflite_model import model_path
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError, MachineError, ModelError
from tests.converter.conftest import make_conversion
from tests.converter.preflight.mutations import FOREIGN, mutation, seed_files
from tests.converter.preflight.test_verdict import with_operator


@pytest.fixture(scope="module")
def by_recipe(
    converted: TrainedModel,
    pi_environments: list[PiEnvironment],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, bytes]:
    """Return the small run's model by each recipe there is."""
    folder = tmp_path_factory.mktemp("recipes") / "run"
    shutil.copytree(converted.folder, folder)
    trained = TrainedModel.read(folder)
    newest = next(one for one in pi_environments if one.runtime.startswith("ai-edge-litert"))
    conversion = make_conversion(trained, newest, force=True)
    for name, recipe in RECIPES.items():
        if not model_path(trained, recipe).exists():
            conversion.convert(RECIPES[name])
    return {name: model_path(trained, recipe).read_bytes() for name, recipe in RECIPES.items()}


@pytest.fixture(scope="module")
def profiles(pi_environments: list[PiEnvironment]) -> dict[PiEnvironment, Profile]:
    """Return what each environment's runtime says of itself."""
    return {environment: here_profile(environment) for environment in pi_environments}


def test_each_recipe_does_in_each_runtime_what_preflight_says(
    by_recipe: dict[str, bytes], profiles: dict[PiEnvironment, Profile]
) -> None:
    assert set(by_recipe) == set(RECIPES)
    hold_against(by_recipe, profiles)


def test_so_do_operators_that_only_some_runtimes_know(
    profiles: dict[PiEnvironment, Profile],
) -> None:
    models = {
        "dynamic dense": with_operator("FULLY_CONNECTED", 12),
        "too new": with_operator("CONV_2D", 60),
        "stablehlo": with_operator("STABLEHLO_ADD", 1),
        "flex": custom_model("FlexSoftplus"),
        "custom": custom_model("edgetpu-custom-op"),
        **{path.stem: path.read_bytes() for path in FOREIGN.glob("*.tflite")},
    }
    hold_against(models, profiles)


def hold_against(models: dict[str, bytes], profiles: dict[PiEnvironment, Profile]) -> None:
    """Hold the tables' verdict on each model against what it does in each runtime."""
    for environment, profile in profiles.items():
        said = {name: judge(read_graph(model), profile).passes for name, model in models.items()}
        answers = here_child(environment).run([Sample(*item) for item in models.items()])
        assert said == {one.name: one.result == "runs" for one in answers}, environment.runtime


def test_the_shipped_tables_are_those_of_the_same_release_here(
    profiles: dict[PiEnvironment, Profile],
) -> None:
    """An operator table is the release's, not the machine's: aarch64 and armv7l as x86-64."""
    here = {profile.runtime: profile for profile in profiles.values()}
    compared = 0
    for profile in map(Profile.read, NAMES):
        if profile.runtime in here:
            ours = here[profile.runtime]
            assert (profile.operators, profile.since) == (ours.operators, ours.since)
            assert (profile.custom, profile.dtypes) == (ours.custom, ours.dtypes)
            compared += 1
    assert compared


def test_a_model_that_kills_the_runtime_loses_none_of_the_others(
    pi: PiEnvironment,
) -> None:
    """A custom operator without its options kills tflite-runtime, and LiteRT too."""
    good = (FOREIGN / "uint8_pixels.tflite").read_bytes()
    deadly = custom_model("TFLite_Detection_PostProcess")
    child = local_child(pi.python, pi.runtime.split()[0])
    answers = child.run(
        [Sample("a", good), Sample("b", deadly), Sample("c", deadly), Sample("d", good)]
    )
    assert [answer.result for answer in answers] == ["runs", "crashed", "crashed", "runs"]
    assert answers[1].reason.startswith("SIG")


def test_damaged_files_do_what_they_like_in_a_child_and_nothing_here(pi: PiEnvironment) -> None:
    seeds = seed_files()
    samples = [Sample(str(number), mutation(seeds, 3, number)) for number in range(25)]
    limits = {"memory_bytes": 8 * 2**30, "cpu_seconds": 10}
    answers = local_child(pi.python, pi.runtime.split()[0], 300, limits).run(samples)
    assert len(answers) == len(samples)
    assert {one.result for one in answers} <= {"runs", "refused", "failed", "crashed", "hung"}


def test_a_model_that_takes_too_long_is_stopped(pi: PiEnvironment) -> None:
    name = pi.runtime.split()[0]
    child = local_child(pi.python, name, seconds=0.001)
    with pytest.raises(MachineError, match="does not start.*in time"):
        child.run([Sample("a", (FOREIGN / "uint8_pixels.tflite").read_bytes())])


def test_here_says_what_happened(pi: PiEnvironment) -> None:
    profile = load_profile(HERE, pi)
    good = Subject("good", (FOREIGN / "uint8_pixels.tflite").read_bytes())
    (verdict,) = preflight(good, [profile], pi).verdicts
    assert verdict.passes and verdict.tried.startswith("loaded and ran")
    deadly = Subject("deadly", custom_model("TFLite_Detection_PostProcess"))
    (verdict,) = preflight(deadly, [profile], pi).verdicts
    assert verdict.word == "crashes" and "SIG" in verdict.findings[-1].why


def test_a_targets_models_are_tried_in_its_own_runtime(edge_pythons: list[Path]) -> None:
    for name in NAMES:
        wanted = Profile.read(name).target.runtime
        if any(wanted in PiEnvironment(python).runtime for python in edge_pythons):
            assert target_environment(name).runtime.startswith(wanted)


def test_a_runs_models_are_all_held_against_the_targets(converted: TrainedModel) -> None:
    subjects = list(read_subjects(converted.folder))
    assert {"int8.tflite", "float32.tflite"} <= {subject.name for subject in subjects}
    assert all(subject.recipe for subject in subjects)


def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read .*expected a .tflite file"):
        list(read_subjects(tmp_path / "none.tflite"))
    with pytest.raises(ModelError, match="holds no converted model"):
        list(read_subjects(tmp_path))
    (tmp_path / "a.ember").write_bytes(b"no bundle")
    with pytest.raises(ModelError):
        list(read_subjects(tmp_path / "a.ember"))


def test_a_python_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    child: RuntimeChild = local_child(tmp_path / "python", "tflite-runtime")
    with pytest.raises(MachineError, match="cannot run"):
        child.operators()
