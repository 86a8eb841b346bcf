"""Claims of the camera over ssh: the same answers as here, no trace left, and clear failures."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from converter.benchmark.clock import time_model, with_operators
from converter.pi_environment import PiEnvironment
from converter.recipes import find_recipe
from converter.remote import RemoteEnvironment, find_environment
from converter.ssh import Ssh
from converter.tflite_model import model_path
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError, MachineError, ModelError
from tests.converter import ssh_server
from tests.converter.ssh_server import SshServer

CUT = """
session=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$PPID/status)
echo . >&2
kill -9 "$session"
sleep 1
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, need) -> Iterator[SshServer]:
    """Return a running server."""
    there = ssh_server.SSHD.exists() and shutil.which("ssh")
    need(there, "no OpenSSH server and client here: apt install openssh-server")
    made, child = ssh_server.start(tmp_path_factory.mktemp("sshd"))
    yield made
    child.terminate()
    child.wait(timeout=10)


@pytest.fixture(scope="module")
def command(pi: PiEnvironment) -> str:
    """Return what `emberwatch-edge` is called on that machine."""
    return f"{pi.python} -P -m edge"


@pytest.fixture
def camera(server: SshServer, command: str) -> Iterator[RemoteEnvironment]:
    """Return the camera; whatever was asked of it, it keeps nothing."""
    yield RemoteEnvironment(server.ssh(), command)
    assert server.left_there == []


def test_the_camera_tells_its_runtime(camera: RemoteEnvironment, pi: PiEnvironment) -> None:
    assert camera.runtime == f"{pi.runtime} on {camera.ssh.host}"
    assert camera.runtime_version == pi.runtime_version
    assert camera.board["machine"]
    assert camera.shipped_target == (
        "bookworm64" if pi.runtime.startswith("tflite-runtime") else "trixie"
    )


def test_its_scores_are_the_very_ones_of_this_machine(
    camera: RemoteEnvironment, pi: PiEnvironment, converted: TrainedModel, tmp_path: Path
) -> None:
    model = model_path(converted, find_recipe("int8"))
    odd = tmp_path / "it's; touch $HOME `x` \n.png"
    paths = [converted.path_of(row) for row in converted.pictures("testing")[:4]]
    shutil.copy(paths[0], odd)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    paths += [tmp_path / "broken.png", tmp_path / "nowhere.png"]
    ticks: list[int] = []
    there = camera.predict(model, [*paths, odd], converted.labels, progress=lambda: ticks.append(1))
    here = pi.predict(model, paths, converted.labels)
    assert np.array_equal(there.scores[:-1], here.scores, equal_nan=True)
    assert np.array_equal(there.scores[-1], there.scores[0])
    assert there.tensor_sha256[:-1] == here.tensor_sha256
    assert len(ticks) == 7
    assert str(tmp_path / "broken.png") in there.problems[4]
    assert str(tmp_path / "nowhere.png") in there.problems[5]
    assert there.runtime == camera.runtime


def test_its_times_come_with_its_state(
    camera: RemoteEnvironment, server: SshServer, converted: TrainedModel
) -> None:
    model = model_path(converted, find_recipe("int8"))
    server.program("vcgencmd", 'test "$1" = get_throttled && echo throttled=0x50000\n')
    (calm,) = time_model(camera, model, runs=5)
    assert calm.runtime == camera.runtime and calm.median_ms > 0
    assert not calm.throttled, "what was before the test does not count"
    server.program("vcgencmd", 'test "$1" = get_throttled && echo throttled=0x50006\n')
    (slow,) = time_model(camera, model, runs=5)
    assert slow.throttled and slow.throttled_by == "frequency capped, throttled"
    assert slow.median_ms > 0, "the time is shown, but is no result"


def test_its_operators_are_timed_there(camera: RemoteEnvironment, converted: TrainedModel) -> None:
    model = model_path(converted, find_recipe("int8"))
    (timing,) = time_model(camera, model, runs=5)
    rows = with_operators(camera, model, timing).operators
    assert {"CONV_2D", "SOFTMAX"} <= {row.name for row in rows}


def test_a_model_that_it_refuses_is_refused_as_here(
    camera: RemoteEnvironment, converted: TrainedModel, tmp_path: Path
) -> None:
    whole = model_path(converted, find_recipe("int8")).read_bytes()
    (tmp_path / "cut.tflite").write_bytes(whole[:4000])
    with pytest.raises(ModelError, match="cut short"):
        camera.predict(tmp_path / "cut.tflite", [], converted.labels)
    with pytest.raises(ModelError, match="cut short"):
        time_model(camera, tmp_path / "cut.tflite")
    with pytest.raises(InputError, match="no such file"):
        time_model(camera, tmp_path / "nowhere.tflite")


def test_an_unknown_host_key_is_not_trusted(server: SshServer, tmp_path: Path) -> None:
    (tmp_path / "none").write_text("")
    ssh = server.ssh(known_hosts=tmp_path / "none")
    with pytest.raises(MachineError, match="compare the fingerprint"):
        str(RemoteEnvironment(ssh).runtime)
    other = (server.folder / "other_key.pub").read_text()
    (tmp_path / "wrong").write_text(f"[127.0.0.1]:{server.port} {other}")
    with pytest.raises(MachineError, match="no connection"):
        str(RemoteEnvironment(server.ssh(known_hosts=tmp_path / "wrong")).runtime)


def test_without_the_right_key_nobody_is_asked_for_a_password(server: SshServer) -> None:
    with pytest.raises(MachineError, match="ssh-copy-id"):
        str(RemoteEnvironment(server.ssh(identity=server.folder / "other_key")).runtime)


def test_a_machine_that_is_not_there_is_said_in_one_line(server: SshServer) -> None:
    with pytest.raises(MachineError, match="no connection to .*Connection refused") as refused:
        str(RemoteEnvironment(server.ssh(port=1)).runtime)
    assert "\n" not in refused.value.line()


def test_a_camera_without_our_package_is_told_apart(server: SshServer) -> None:
    with pytest.raises(MachineError, match="EMBERWATCH_DEVICE_COMMAND"):
        str(RemoteEnvironment(server.ssh(), "emberwatch-edge-nowhere").runtime)
    with pytest.raises(MachineError, match="another version"):
        str(RemoteEnvironment(server.ssh(), "echo an older").runtime)


def test_a_command_that_is_killed_there_is_a_crash_of_the_runtime(
    server: SshServer, command: str, converted: TrainedModel
) -> None:
    server.program("dies", f'test "$1" = predict && kill -SEGV $$\nexec {command} "$@"\n')
    camera = RemoteEnvironment(server.ssh(), "dies")
    model = model_path(converted, find_recipe("int8"))
    with pytest.raises(ModelError, match="crashed on int8.tflite; found SIGSEGV"):
        camera.predict(model, [], converted.labels)


def test_a_cut_connection_is_said_and_leaves_nothing_there(
    server: SshServer, converted: TrainedModel
) -> None:
    server.program("cutter", CUT)
    camera = RemoteEnvironment(server.ssh(), "cutter")
    with pytest.raises(MachineError, match="it was cut"):
        camera.stopwatch(model_path(converted, find_recipe("int8")))
    for _ in range(100):
        if not server.left_there:
            return
        time.sleep(0.1)
    pytest.fail(f"left on the camera: {server.left_there}")


@pytest.mark.parametrize("host", ["-oProxyCommand=touch x", "a b", "", "host;reboot", "-x"])
def test_a_host_that_is_an_option_or_a_command_is_refused(host: str) -> None:
    with pytest.raises(InputError, match="no machine can be called that"):
        Ssh(host)


def test_the_device_option_goes_by_the_users_own_setup(
    server: SshServer, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(
        f"Host camera\n  HostName 127.0.0.1\n  Port {server.port}\n"
        f"  IdentityFile {server.folder}/user_key\n"
        f"  UserKnownHostsFile {server.folder}/known_hosts\n"
    )
    monkeypatch.setenv("EMBERWATCH_SSH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("EMBERWATCH_DEVICE_COMMAND", command)
    found = find_environment(None, "camera")
    assert found.runtime.endswith(" on camera")
    with pytest.raises(InputError, match="expected one of the two"):
        find_environment(Path("python"), "camera")
    assert not isinstance(find_environment(None, None), RemoteEnvironment)
