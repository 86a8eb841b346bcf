"""The command, and its certificate's way into a bundle, where no byte of it can be changed."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from converter.gauntlet.certificate import Certificate
from converter.packaging.gate import Gate
from converter.packaging.package import Judged, Packager
from converter.pi_environment import PiEnvironment
from converter.recipes import find_recipe
from converter.trained_model import TrainedModel
from edge.contract.approval import Check
from edge.contract.bundle import ModelBundle
from edge.contract.errors import BundleError, BundleTampered, GateRefused, InputError
from tests.converter.conftest import make_conversion
from tests.converter.planted import planted_benchmark

INT8 = find_recipe("int8")
CERTIFICATE = "gauntlet.json"


def emberwatch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emberwatch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def certified(
    converted: TrainedModel, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainedModel, str]:
    """Return a run that went through the gauntlet by the command, and what that printed."""
    folder = tmp_path_factory.mktemp("certified") / "run"
    shutil.copytree(converted.folder, folder)
    done = emberwatch("gauntlet", folder, "--negative", "nothing", "--pictures", 3)
    assert done.returncode == 0, done.stderr
    return TrainedModel.read(folder), done.stdout


def packager(trained: TrainedModel, pi: PiEnvironment, gate: Gate) -> Packager:
    return Packager(make_conversion(trained, pi), gate, negative="nothing")


@pytest.fixture(scope="module")
def judged(certified: tuple[TrainedModel, str], pi: PiEnvironment) -> Judged:
    return packager(certified[0], pi, Gate(5.0, max_recall_drop_points=20)).judge(INT8)


@pytest.fixture(scope="module")
def bundle(
    certified: tuple[TrainedModel, str],
    judged: Judged,
    pi: PiEnvironment,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "small.ember"
    packager(certified[0], pi, Gate(5.0, max_recall_drop_points=20)).pack(judged, out)
    return out


def test_the_command_prints_a_table_and_writes_certificate_and_page(
    certified: tuple[TrainedModel, str],
) -> None:
    trained, printed = certified
    for word in ("sunset", "rolling flicker", "plain pictures", "3/3", "of 18 checks"):
        assert word in printed
    table = [line for line in printed.splitlines() if not line.startswith(("/", "False", "Not"))]
    assert max(map(len, table)) <= 80
    data = json.loads((trained.folder / CERTIFICATE).read_text())
    assert len(data["tried"]) == 22 and data["negative"] == "nothing"
    assert (trained.folder / "gauntlet.html").exists()


def test_the_certificate_is_in_the_bundle_and_its_verdicts_in_the_approval(
    bundle: Path, certified: tuple[TrainedModel, str]
) -> None:
    read = ModelBundle.read(bundle)
    assert read.files[CERTIFICATE] == (certified[0].folder / CERTIFICATE).read_bytes()
    assert CERTIFICATE in read.manifest.files
    names = [check.name for check in read.manifest.approval.checks]
    assert "gauntlet_false_alarm_rise_points[fog]" in names
    assert "gauntlet_recall_loss_points[fog]" in names


def test_a_tampered_certificate_is_found(bundle: Path) -> None:
    read = ModelBundle.read(bundle)
    kinder = read.files[CERTIFICATE].replace(b'"count": 3', b'"count": 0')
    assert kinder != read.files[CERTIFICATE]
    with pytest.raises(BundleTampered, match=CERTIFICATE):
        ModelBundle(read.manifest, read.files | {CERTIFICATE: kinder})
    data = bundle.read_bytes()
    with pytest.raises(BundleError):
        ModelBundle.from_bytes(data.replace(read.files[CERTIFICATE], kinder))


def test_a_certificate_of_another_model_is_not_packed(
    certified: tuple[TrainedModel, str], pi: PiEnvironment, tmp_path: Path
) -> None:
    shutil.copytree(certified[0].folder, tmp_path / "run")
    own = TrainedModel.read(tmp_path / "run")
    found = Certificate.read(own.folder)
    assert found is not None
    replace(found, model_sha256="0" * 64).write(own.folder)
    assert packager(own, pi, Gate()).judge(INT8).certificate is None
    found.write(own.folder)
    assert packager(own, pi, Gate()).judge(INT8).certificate == found
    assert packager(own, pi, Gate(gauntlet="off")).judge(INT8).certificate is None


def test_an_override_is_written_and_shown(
    judged: Judged, certified: tuple[TrainedModel, str], pi: PiEnvironment, tmp_path: Path
) -> None:
    failed = Check("recall_percent[blaze]", 40.0, 50.0, passed=False, at_least=True)
    bad = replace(judged, approval=replace(judged.approval, checks=(failed,)))
    ours, out = packager(certified[0], pi, Gate()), tmp_path / "small.ember"
    with pytest.raises(GateRefused, match=r"recall_percent\[blaze\]"):
        ours.pack(bad, out)
    with pytest.raises(InputError, match="needs a reason"):
        ours.pack(bad, out, "  ")
    assert not out.exists()
    ours.pack(bad, out, "bench test, no relay connected")
    read = ModelBundle.read(out)
    assert "bench test, no relay connected" in read.files["card.md"].decode()
    inspected = emberwatch("inspect", out).stdout
    verified = subprocess.run(
        [pi.python, "-P", "-m", "edge", "verify", out], capture_output=True, text=True, timeout=120
    )
    for shown in (inspected, verified.stdout):
        assert "OVERRIDDEN: bench test, no relay connected (failed: recall_percent[blaze])" in shown


def test_package_prints_every_check_also_when_it_refuses(own_run: TrainedModel, pi) -> None:
    model = json.loads((own_run.folder / "tflite" / "int8.json").read_text())
    planted_benchmark(
        *(190, 150, 200),
        sha256=model["sha256"],
        runtime=pi.runtime,
        keras_sha256=model["keras_sha256"],
    ).write(own_run.folder)
    out = own_run.folder / "no.ember"
    done = emberwatch("package", own_run.folder, "--out", out, "--negative", "nothing")
    assert done.returncode == 4 and not out.exists()
    for word in ("accuracy drop", "recall, blaze", "recall, haze", "false alarm", "FAILED"):
        assert word in done.stdout
    assert "accuracy_drop_points" in done.stderr and "recall_drop_points[haze]" in done.stderr
    done = emberwatch("package", own_run.folder, "--out", out, "--override", " ")
    assert done.returncode == 2 and "needs a reason" in done.stderr


def test_the_gate_judges_the_runtime_that_the_bundle_is_proved_in(
    own_run: TrainedModel, pi: PiEnvironment
) -> None:
    model = json.loads((own_run.folder / "tflite" / "int8.json").read_text())
    known = {"sha256": model["sha256"], "keras_sha256": model["keras_sha256"]}
    elsewhere = planted_benchmark(190, 100, 200, runtime="tflite-runtime 9.9", **known)
    here = planted_benchmark(190, 189, 200, runtime=pi.runtime, **known)
    both = replace(here, results=(*elsewhere.results, *here.results))
    both.write(own_run.folder)
    approval = packager(own_run, pi, Gate()).judge(INT8).approval
    assert approval.checks[0].measured == 0.5


def test_help_is_cheap() -> None:
    script = (
        "import sys; from emberwatch import make_group\n"
        "make_group().main(['gauntlet', '--help'], standalone_mode=False)\n"
        "sys.exit(bool({'tensorflow', 'matplotlib', 'scipy', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_a_bundle_without_pictures_is_told_what_it_needs(bundle: Path) -> None:
    done = emberwatch("gauntlet", bundle, "--negative", "nothing")
    assert done.returncode == 2 and "--test FOLDER" in done.stderr
    done = emberwatch("gauntlet", bundle)
    assert done.returncode == 2 and "--negative" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bundle_goes_through_on_a_folder(bundle: Path, converted: TrainedModel) -> None:
    folder = bundle.parent / "labelled"
    for row in converted.pictures("testing")[:2]:
        (folder / "nothing").mkdir(parents=True, exist_ok=True)
        shutil.copy(converted.path_of(row), folder / "nothing" / Path(row.file).name)
    done = emberwatch("gauntlet", bundle, "--negative", "nothing", "--test", folder, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["pictures"] == {"test": {"nothing": 2}}
    assert not list(bundle.parent.glob("gauntlet.*"))
