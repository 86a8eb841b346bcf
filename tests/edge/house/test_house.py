"""The house in its own process and beside a broken disk: it goes on, or says why it cannot."""

import json
import signal
import subprocess
import sys
from threading import Thread

import pytest

from edge.config.config import Config
from edge.contract.errors import EmberwatchError
from edge.house.house import House
from edge.house.memory import HouseMemory
from edge.house.newsdesk import Known
from tests.edge.house.broker import free_port
from tests.edge.house.process import LEAST
from tests.edge.house.receiver import Receiver
from tests.edge.house.test_mqtt import soon

TOLD = Known("alarm", frozenset({("trouble", "pins")}), 41)


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


def hook(receiver):
    return f'[webhook]\nurl = "http://127.0.0.1:{receiver.port}/"\n'


def test_a_thread_that_died_ends_the_house_so_that_it_is_started_again(hand, tmp_path):
    house = House(Config.from_toml(f"{LEAST}[metrics]\nport = {free_port()}\n", tmp_path), print)
    house._threads.append(Thread(target=lambda: None, name="mqtt"))
    with pytest.raises(EmberwatchError, match="the thread that talks to mqtt died"):
        house.run()


@pytest.mark.parametrize(
    ("package", "text", "name"),
    [
        ("paho", '[mqtt]\nbroker = "127.0.0.1"\n', "paho-mqtt"),
        ("prometheus_client", "[metrics]\nport = 1\n", "prometheus-client"),
    ],
)
def test_a_package_that_is_missing_is_named_with_its_remedy(once, tmp_path, package, text, name):
    (tmp_path / "watch.toml").write_text(LEAST + text)
    program = f"import sys; sys.modules[{package!r}] = None; from edge.cli import main; main()"
    command = [sys.executable, "-c", program, "house", "--config", str(tmp_path / "watch.toml")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 5
    assert f"{name}" in done.stderr
    assert "pip install 'emberwatch-edge[house]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"webhook": {"level": 1}}', "\0", "null"])
def test_a_damaged_memory_costs_a_message_and_not_the_house(tmp_path, content):
    said = []
    (tmp_path / "house.json").write_text(content)
    memory = HouseMemory(tmp_path, said.append)
    assert memory.known("webhook") is None
    assert "beginning anew" in said[0]
    memory.note("webhook", TOLD)
    memory.flush()
    assert HouseMemory(tmp_path, said.append).known("webhook") == TOLD
    assert len(said) == 1


def test_a_memory_is_written_seldom(tmp_path):
    seconds = [0.0]
    memory = HouseMemory(tmp_path, print, lambda: seconds[0])
    file, writes, last = tmp_path / "house.json", 0, None
    for second in range(100):
        seconds[0] = float(second)
        memory.note("mqtt", Known("alarm" if second % 2 else "clear", event=second), second)
        memory.flush()
        stamp = file.stat().st_mtime_ns
        writes, last = writes + (stamp != last), stamp
    assert writes == 10
    memory.flush(at_once=True)
    assert json.loads(file.read_text())["mqtt"]["event"] == 99


def test_an_event_number_alone_is_not_worth_a_write(tmp_path):
    memory = HouseMemory(tmp_path, print)
    memory.note("mqtt", Known(event=1))
    memory.flush()
    before = (tmp_path / "house.json").stat().st_mtime_ns
    memory.note("mqtt", Known(event=2))
    memory.flush()
    assert (tmp_path / "house.json").stat().st_mtime_ns == before


def test_a_state_folder_that_cannot_be_written_stops_no_message(
    hand, receiver, start_house, tmp_path
):
    (tmp_path / "state" / "house.json").mkdir()
    house = start_house(hook(receiver))
    assert soon(lambda: {"ask": "follow"} in hand.asked)
    hand.alarm()
    assert receiver.next()["kind"] == "alarm"
    assert soon(lambda: "cannot write" in house.said)
    assert house.said.count("cannot write") == 1
    assert house.stop() == 0


def test_an_event_log_that_is_damaged_stops_no_message(hand, receiver, start_house, tmp_path):
    house = start_house(hook(receiver))
    assert soon((tmp_path / "state" / "house.json").exists)
    house.stop(signal.SIGKILL)
    (tmp_path / "state" / "events.sqlite").write_bytes(b"no database" * 1000)
    hand.alarm(last_event=9)
    house = start_house(hook(receiver))
    assert receiver.next()["kind"] == "alarm"
    assert "does not say what was missed" in house.said


def test_a_watch_that_starts_later_is_found(receiver, start_house, tmp_path, request):
    house = start_house(hook(receiver))
    hand = request.getfixturevalue("hand")
    assert soon(lambda: {"ask": "follow"} in hand.asked)
    hand.alarm()
    assert receiver.next()["kind"] == "alarm"
    assert house.stop(signal.SIGINT) == 0
