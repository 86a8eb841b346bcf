"""Everything that may be asked of a running watch, over its own socket."""

import importlib.util
import io
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from edge.contract.errors import MachineError
from edge.link.control_client import ControlClient
from edge.link.wire import encode
from tests.edge.faults.running import Running, sources
from tests.edge.faults.scene import LiveScene

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pytest_timeout") is None, reason="the workstation's tests do it"
)
ZONE = {"name": "hearth", "points": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]}


@pytest.fixture(scope="module")
def scene() -> Iterator[LiveScene]:
    with LiveScene() as running:
        yield running


@pytest.fixture(scope="module")
def watch(
    scene: LiveScene, tmp_path_factory: pytest.TempPathFactory, bundle_bytes: bytes
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("watch")
    (folder / "tiny.ember").write_bytes(bundle_bytes)
    with Running(folder, scene) as running:
        yield running.sees()


@pytest.fixture
def client(watch: Running) -> Iterator[ControlClient]:
    with ControlClient(watch.folder / "run" / "control.sock", 10.0) as made:
        yield made


def test_the_state_says_which_model_and_camera(client):
    state = client.state()
    assert (state.model, state.labels) == ("tiny-colour", ("fire", "smoke", "misc"))
    assert state.camera.startswith("http://127.0.0.1")
    assert state.live
    assert state.simulated_gpio
    assert state.frame_age_s is not None
    assert state.frame_age_s < 5
    assert 0 < state.fps < 30
    assert set(state.lines) >= {"siren", "beacon", "trouble"}


def test_a_picture_comes_with_where_the_hazard_is(watch, client):
    watch.until(lambda s: s.frames > 30)
    header, jpeg = client.request({"ask": "picture"})
    assert Image.open(io.BytesIO(jpeg)).size == (320, 240)
    assert len(header["class_map"]) == len(header["class_map"][0]) == 8
    assert 0 <= header["hazard"] <= 1
    assert {"time_s", "number", "at"} <= set(header)


def test_history_has_a_point_a_second(watch, client):
    watch.until(lambda s: s.uptime_s > 4)
    points = client.request({"ask": "history", "seconds": 60})[0]["points"]
    assert 2 <= len(points) <= watch.state().uptime_s + 2
    epochs = [point[0] for point in points]
    assert epochs == sorted(epochs)
    assert all(point[2] == "clear" for point in points)


def test_a_follower_is_told_of_an_alarm_at_once_and_each_second(watch, client, scene):
    states = client.follow()
    assert next(states).state == "clear"
    scene.burning = True
    assert any(state.state == "alarm" for state, _ in zip(states, range(10), strict=False))
    scene.burning = False
    watch.until(lambda s: s.hazard is not None and s.hazard < 0.3 and s.level == "alarm")
    watch.until(lambda _: _resets(watch))


def _resets(watch: Running) -> bool:
    try:
        return bool(watch.do("reset", "anna"))
    except MachineError:
        watch.hang_up()
        return False


def test_zones_are_kept_over_a_restart_by_whom_they_were_set(watch, client):
    assert client.do("set-zones", "bert", zones=[ZONE])["durable"]
    assert client.state().zones[0]["name"] == "hearth"
    (told,) = [event for event in watch.events() if event.detail.get("what") == "set-zones"]
    assert (told.by, told.detail["zones"]) == ("bert", ["hearth"])
    assert "hearth" in (watch.folder / "state" / "zones.json").read_text(encoding="utf-8")
    assert client.do("set-zones", "bert", zones=[])["durable"]


def test_the_last_minute_is_kept_for_retraining(watch, client):
    answer = client.do("keep", "carla", kind="false-alarm")
    assert answer["ok"]
    kept = Path(watch.folder / "state" / "kept" / "false-alarm")
    watch.until(lambda _: any(kept.rglob("*.jpg")))


def test_a_scene_is_learnt_anew_on_demand(watch, client):
    reference = watch.folder / "state" / "reference.bin"
    watch.until(lambda _: reference.exists() and reference.stat().st_size)
    assert client.do("accept-scene", "dora")["durable"]
    assert reference.read_bytes() == b""
    watch.until(lambda _: reference.stat().st_size)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"ask": None},
        {"ask": "the moon"},
        {"do": "explode"},
        {"do": "set-zones", "zones": 7},
        {"do": "set-zones", "zones": [{"name": "x"}]},
        {"do": "keep", "kind": "../../etc"},
        {"ask": "history", "seconds": "many"},
        {"ask": "history", "seconds": None},
        {"do": ["reset"]},
    ],
)
def test_what_cannot_be_done_is_an_answer_and_no_more(watch, client, request_):
    with pytest.raises(MachineError):
        client.request(request_)
    assert client.state().state == "clear"


def test_rubbish_and_floods_leave_it_watching(watch, client):
    address = watch.folder / "run" / "control.sock"
    before = client.state().frames
    for data in (b"\xff" * 1000, struct.pack(">II", 5, 0) + b"null!", encode({"ask": "state"})[:7]):
        with socket.socket(socket.AF_UNIX) as rude:
            rude.connect(str(address))
            rude.sendall(data)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(str(address))
        deaf.settimeout(2.0)
        try:
            for _ in range(20_000):
                deaf.sendall(encode({"ask": "picture"}))
        except OSError:
            pass
    watch.until(lambda s: s.frames > before + 10)
    assert sources(watch.state()) == set()
