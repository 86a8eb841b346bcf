"""A real `emberwatch-edge run` with its house: the alarm needs no network, the message waits."""

import json
import os
import signal
import urllib.request
from pathlib import Path

import pytest

from edge.contract.errors import MachineError
from edge.link.address import SOCKET
from edge.link.control_client import ControlClient
from tests.edge.faults.running import Running, alive, descendants, sources, words
from tests.edge.faults.scene import LiveScene
from tests.edge.house.broker import free_port
from tests.edge.house.receiver import Receiver
from tests.edge.house.test_metrics import samples
from tests.edge.house.test_mqtt import BASE, page, soon


@pytest.fixture
def scene():
    made = LiveScene()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path, bundle_bytes: bytes) -> Path:
    made = tmp_path / "watch"
    made.mkdir()
    (made / "tiny.ember").write_bytes(bundle_bytes)
    return made


def house_of(watch):
    """Return the process id of the house that a watch started, None while there is none."""
    found = [pid for pid in descendants(watch.process.pid) if "house" in words(pid)]
    return found[-1] if found else None


def test_an_alarm_is_raised_without_the_broker_and_told_when_it_is_back(
    scene, folder, broker, listen
):
    listener = listen(broker.port)
    with Running(folder, scene, more=BASE.format(port=broker.port)) as watch:
        watch.sees()
        listener.state(state="clear")
        broker.kill()
        scene.burning = True
        took_s = watch.until(lambda state: state.level == "alarm" and state.lines["siren"])
        print(f"alarm {took_s:.2f} s after the fire, without a broker")
        broker.start()
        later = listen(broker.port)
        event = later.event("alarm")
        assert event["simulated"] is True
        assert "fire" in event["text"]
        assert later.state(alarm=True)["sounding"] is True
        scene.burning = False
        assert soon(lambda: was_reset(watch))
        later.event("cleared")
    # The watch took the house with it, and the house said goodbye.
    later.wait(lambda topic, body, _k: topic.endswith("availability") and body == b"offline")


def test_a_house_that_is_killed_is_started_again_and_tells_what_it_missed(
    scene, folder, broker, listen
):
    listener = listen(broker.port)
    with Running(folder, scene, more=BASE.format(port=broker.port)) as watch:
        watch.sees()
        listener.state(state="clear")
        assert soon((folder / "state" / "house.json").exists)
        first = house_of(watch)
        os.kill(first, signal.SIGKILL)
        scene.burning = True
        watch.until(lambda state: state.level == "alarm")
        assert listener.event("alarm")["event"] > 0
        assert soon(lambda: house_of(watch) not in (None, first))


def test_an_alarm_that_came_and_went_before_a_power_cut_is_told_after_it(
    scene, folder, broker, listen
):
    """Nobody heard of it, the queue is gone with the power, and the log knows."""
    more = BASE.format(port=broker.port).replace("[mqtt]", "latch = false\n[mqtt]")
    listener = listen(broker.port)
    with Running(folder, scene, more=more) as watch:
        watch.sees()
        listener.state(state="clear")
        assert soon((folder / "state" / "house.json").exists)
        broker.kill()
        scene.burning = True
        watch.until(lambda state: state.level == "alarm")
        scene.burning = False
        watch.until(lambda state: state.level == "clear" and state.last_event)
        house = house_of(watch)
        watch.kill()
        assert soon(lambda: not alive(house)), "the house outlived its watch"
    broker.start()
    later = listen(broker.port)
    with Running(folder, scene, more=more) as watch:
        alarm = later.event("alarm")
        assert (alarm["from_log"], alarm["late"]) == (True, True)
        later.event("cleared")
        watch.sees()


def test_a_command_from_the_broker_silences_the_siren_in_its_name(scene, folder, broker, listen):
    listener = listen(broker.port)
    more = BASE.format(port=broker.port) + "commands = true\n"
    with Running(folder, scene, more=more) as watch:
        watch.sees()
        listener.state(state="clear")
        scene.burning = True
        listener.state(alarm=True, sounding=True)
        listener.say("emberwatch/yard/command", "silence")
        watch.until(lambda state: state.silenced and not state.lines["siren"])
        listener.say("emberwatch/yard/command", "reset")
        refused = listener.wait(
            lambda topic, body, _k: topic.endswith("answer") and b"reset" in body
        )
        assert b"still there" in refused[1]
        done = [event for event in watch.events() if event.kind == "acknowledged"]
        assert [(event.by, event.detail["what"]) for event in done] == [("mqtt", "silence")]


def test_a_webhook_and_metrics_tell_of_a_covered_lens(once, scene, folder):
    receiver, port = Receiver(), free_port()
    more = f'[webhook]\nurl = "http://127.0.0.1:{receiver.port}/"\n[metrics]\nport = {port}\n'
    try:
        with Running(folder, scene, more=more) as watch:
            watch.sees()
            for name in ("emberwatch_frames_total", "emberwatch_inference_seconds_count"):
                assert soon(lambda name=name: figure(port, name) > 10), name
            address = f"http://127.0.0.1:{port}/healthz"
            with urllib.request.urlopen(address, timeout=20) as answer:
                assert json.load(answer)["watching"] is True
            scene.fault = "black"
            assert receiver.next()["source"] == "camera-black"
            assert soon(
                lambda: samples(page(port).encode()).get(("emberwatch_trouble", ("camera-black",)))
            )
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(address, timeout=20)
            assert caught.value.code == 503
            scene.fault = ""
            watch.until(lambda state: state.state == "clear")
    finally:
        receiver.close()


def test_a_way_out_that_is_closed_is_supervisory_and_no_more(once, scene, folder):
    with Running(folder, scene) as watch:
        watch.sees()
        with ControlClient(next(folder.rglob(SOCKET))) as client:
            client.request({"tell": "mqtt-away", "problem": "it is\naway"})
            watch.until(lambda state: sources(state) == {"mqtt-away"})
            state = watch.state()
            assert (state.notices[0].signal, state.notices[0].problem) == (
                "supervisory",
                "it is away",
            )
            assert (state.state, state.lines["trouble"]) == ("clear", True)
            with pytest.raises(MachineError, match="does not listen"):
                client.request({"tell": "camera-black", "problem": "a lie"})
            client.request({"tell": "mqtt-away", "problem": None})
        watch.until(lambda state: not state.notices)


def was_reset(watch):
    """Reset the alarm; say whether the watch agrees that the hazard is gone."""
    try:
        return watch.do("reset", "a test")["ok"]
    except MachineError:
        return False


def figure(port, name):
    """Return a figure, 0 where it is not there yet."""
    try:
        return samples(page(port).encode()).get((name, ()), 0)
    except OSError:
        return 0
