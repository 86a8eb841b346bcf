"""The house over a real broker: what is said arrives, once the broker is there to hear it."""

import json
import signal
import socket
import ssl
import subprocess
import threading
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest

from edge.store.event import Event
from edge.store.events import EventLog
from tests.edge.house.broker import free_port
from tests.edge.house.certificates import Authority

BASE = """
[alarm]
notice_every_seconds = 1
[mqtt]
broker = "127.0.0.1"
port = {port}
id = "yard"
every_seconds = 1
"""
STATE = "emberwatch/yard/state"
AVAILABILITY = "emberwatch/yard/availability"
DISCOVERY = "homeassistant/device/emberwatch-yard/config"


def available(word):
    return lambda topic, body, _kept: topic == AVAILABILITY and body == word


def soon(holds, seconds=30):
    """Wait until something holds; return whether it came to that."""
    end = monotonic() + seconds
    while monotonic() < end:
        if holds():
            return True
        sleep(0.02)
    return False


def test_an_alarm_arrives_as_a_state_that_is_kept_and_as_an_event(
    hand, broker, listen, start_house
):
    listener = listen(broker.port)
    start_house(BASE.format(port=broker.port))
    listener.state(state="clear", alarm=False, answering=True)
    hand.alarm()
    state = listener.state(alarm=True, sounding=True)
    assert state["hazard"] == pytest.approx(0.93)
    event = listener.event("alarm")
    assert event["event_type"] == "alarm"
    assert event["device"] == {"id": "yard", "name": "Emberwatch"}
    assert "fire 0.90" in event["text"]
    assert event["late"] is False
    # Somebody who comes later finds the state and the entities, and no event of the past.
    later = listen(broker.port)
    later.wait(lambda topic, _body, kept: topic == STATE and kept)
    later.wait(lambda topic, _body, kept: topic == DISCOVERY and kept)
    assert not [topic for topic, _b, kept in later.heard if kept and topic.endswith("event")]


def test_a_broker_that_was_killed_hears_on_its_return_what_happened_meanwhile(
    hand, broker, listen, start_house
):
    listener = listen(broker.port)
    house = start_house(BASE.format(port=broker.port))
    listener.state(state="clear")
    broker.kill()
    hand.alarm()
    sleep(1.2)  # longer than notice_every_seconds: two messages of a subject, not one
    hand.clear()
    hand.trouble()
    assert soon(lambda: "trying again" in house.said)
    broker.start()
    later = listen(broker.port)
    later.event("trouble")
    assert [event["kind"] for event in later.events()] == ["alarm", "cleared", "trouble"]
    # The broker forgot everything: what it keeps for others is there again.
    assert later.state(state="trouble")["troubles"] == "the picture is black"
    anew = listen(broker.port)
    for wanted in (AVAILABILITY, DISCOVERY, STATE):
        anew.wait(lambda topic, _body, kept, wanted=wanted: topic == wanted and kept)
    assert house.said.count("mqtt: reached") == 2


def test_a_broker_that_hangs_delays_its_own_messages_and_nothing_else(
    hand, broker, listen, start_house
):
    listener = listen(broker.port)
    port = free_port()
    start_house(BASE.format(port=broker.port) + f"[metrics]\nport = {port}\n")
    listener.state(state="clear")
    broker.freeze()
    hand.alarm()
    # The other way out goes on: it knows of the alarm while the broker knows of nothing.
    assert soon(lambda: "emberwatch_alarm 1.0" in page(port))
    assert 'emberwatch_house_waiting{to="mqtt"} 1.0' in page(port)
    broker.freeze(False)
    assert listener.event("alarm")


def test_a_house_that_is_killed_is_offline_by_its_last_will(hand, broker, listen, start_house):
    listener = listen(broker.port)
    house = start_house(BASE.format(port=broker.port))
    listener.wait(available(b"online"))
    house.stop(signal.SIGKILL)
    listener.wait(available(b"offline"))
    assert listen(broker.port).wait(lambda topic, body, kept: topic == AVAILABILITY and kept)[
        1
    ] == (b"offline")


def test_a_house_that_is_stopped_says_goodbye(hand, broker, listen, start_house):
    listener = listen(broker.port)
    house = start_house(BASE.format(port=broker.port))
    listener.wait(available(b"online"))
    assert house.stop() == 0
    listener.wait(available(b"offline"))


def test_a_house_that_is_stopped_while_the_broker_is_away_ends_all_the_same(hand, start_house):
    house = start_house(BASE.format(port=free_port()))
    assert soon(lambda: "cannot be reached" in house.said)
    assert house.stop() == 0


def test_yesterdays_state_is_not_available_before_it_is_todays(
    broker, listen, start_house, request
):
    listener = listen(broker.port)
    listener.say(STATE, '{"state": "clear", "alarm": false}', retain=True)
    listener.forget()
    start_house(BASE.format(port=broker.port))
    listener.wait(lambda topic, *_: topic == DISCOVERY)
    sleep(1)
    assert [topic for topic, *_ in listener.heard] == [DISCOVERY]
    request.getfixturevalue("hand")
    listener.wait(available(b"online"))
    assert [topic for topic, *_ in listener.heard] == [DISCOVERY, STATE, AVAILABILITY]


def test_home_assistant_that_comes_back_is_told_everything_again(hand, broker, listen, start_house):
    listener = listen(broker.port)
    start_house(BASE.format(port=broker.port))
    listener.state(state="clear")
    listener.wait(lambda topic, *_: topic == DISCOVERY)
    listener.forget()
    listener.say("homeassistant/status", "online")
    listener.wait(lambda topic, *_: topic == DISCOVERY)
    listener.wait(available(b"online"))
    listener.state(state="clear")


def fire_in_the_log(folder):
    """Write into the event log that there was an alarm; return the newest number."""
    log, at = EventLog(folder / "state" / "events.sqlite"), datetime.now(UTC)
    numbers = log.write(
        [
            Event(at, "state_changed", "alarm", detail={"from": "clear", "to": "alarm"}),
            Event(at, "acknowledged", "alarm", detail={"what": "reset"}, by="page"),
            Event(at, "state_changed", "clear", detail={"from": "alarm", "to": "clear"}),
        ]
    )
    log.close()
    return numbers[-1]


@pytest.mark.parametrize("counted", [True, False])
def test_what_happened_while_the_house_was_dead_is_told_from_the_log_and_once(
    hand, broker, listen, start_house, tmp_path, counted
):
    """Also when the watch itself has just started and has not counted its events yet."""
    text = BASE.format(port=broker.port)
    listener = listen(broker.port)
    fire_in_the_log(tmp_path)
    house = start_house(text)
    listener.state(state="clear")
    assert soon((tmp_path / "state" / "house.json").exists)
    assert listener.events() == [], "what happened before anybody was ever told is no news"
    house.stop(signal.SIGKILL)
    newest = fire_in_the_log(tmp_path)
    hand.show(last_event=newest if counted else 0)
    listener.forget()
    house = start_house(text)
    listener.event("alarm")
    listener.event("cleared")
    assert len(listener.events()) == 2
    assert all(event["from_log"] and event["late"] for event in listener.events())
    assert soon(lambda: f'"event": {newest}' in (tmp_path / "state/house.json").read_text())
    house.stop(signal.SIGKILL)
    listener.forget()
    start_house(text)
    listener.state(state="clear")
    sleep(1)
    assert listener.events() == []


def test_a_watch_that_falls_silent_is_a_trouble_and_no_all_clear(hand, broker, listen, start_house):
    listener = listen(broker.port)
    start_house(BASE.format(port=broker.port))
    listener.state(state="clear")
    hand.mute = True
    state = listener.state(state="silent")
    assert state["alarm"] is None
    assert state["trouble"] is True
    assert listener.event("trouble")["source"] == "watch-silent"
    hand.mute = False
    listener.event("trouble-cleared")
    listener.forget()
    listener.state(state="clear")


def test_without_leave_nobody_on_the_broker_commands_anything(hand, broker, listen, start_house):
    listener = listen(broker.port)
    start_house(BASE.format(port=broker.port))
    listener.state(state="clear")
    listener.say("emberwatch/yard/command", "reset")
    sleep(1)
    assert not [asked for asked in hand.asked if "do" in asked]


def test_a_button_commands_the_watch_and_hears_what_came_of_it(hand, broker, listen, start_house):
    listener = listen(broker.port)
    start_house(BASE.format(port=broker.port) + "commands = true\n")
    listener.state(state="clear")
    listener.say("emberwatch/yard/command", "silence")
    assert soon(lambda: {"do": "silence", "by": "mqtt"} in hand.asked)
    hand.refuse = "the hazard is still there"
    listener.say("emberwatch/yard/command", "reset")
    answer = "emberwatch/yard/answer"
    refused = b"reset: the hazard is still there"
    listener.wait(lambda topic, body, _kept: topic == answer and body == refused)
    listener.say("emberwatch/yard/command", "set-zones")
    listener.wait(lambda topic, body, _kept: topic == answer and b"no such command" in body)
    assert not [asked for asked in hand.asked if asked.get("do") == "set-zones"]


def test_a_command_that_the_broker_kept_from_another_day_is_not_obeyed(
    hand, broker, listen, start_house
):
    listener = listen(broker.port)
    listener.say("emberwatch/yard/command", "reset", retain=True)
    start_house(BASE.format(port=broker.port) + "commands = true\n")
    listener.state(state="clear")
    listener.say("emberwatch/yard/command", "silence")
    assert soon(lambda: {"do": "silence", "by": "mqtt"} in hand.asked)
    assert not [asked for asked in hand.asked if asked.get("do") == "reset"]


def test_no_picture_leaves_the_camera_unless_it_may(hand, broker, listen, start_house):
    listener = listen(broker.port)
    start_house(BASE.format(port=broker.port))
    listener.state(state="clear")
    hand.alarm()
    listener.event("alarm")
    sleep(0.5)
    assert not [asked for asked in hand.asked if asked.get("ask") == "picture"]
    assert not [topic for topic, *_ in listener.heard if topic.endswith("picture")]


def test_a_picture_comes_with_an_alarm_where_it_may(hand, broker, listen, start_house):
    listener = listen(broker.port)
    start_house(BASE.format(port=broker.port) + "pictures = true\n")
    listener.state(state="clear")
    assert not [asked for asked in hand.asked if asked.get("ask") == "picture"]
    hand.alarm()
    found = listener.wait(lambda topic, *_: topic == "emberwatch/yard/picture")
    assert found[1] == hand.jpeg


def test_a_password_from_a_file_opens_a_broker_that_wants_one(
    hand, make_broker, listen, start_house, tmp_path, mosquitto_passwd
):
    passwords, secret = tmp_path / "passwords", tmp_path / "secret"
    subprocess.run([mosquitto_passwd, "-b", "-c", passwords, "yard", "let me in"], check=True)
    broker = make_broker(f"password_file {passwords}")
    secret.write_text("wrong\n")
    text = BASE.format(port=broker.port) + 'user = "yard"\npassword_file = "secret"\n'
    house = start_house(text)
    assert soon(lambda: "refuses us" in house.said), house.said
    assert house.stop() == 0
    assert "wrong" not in house.said
    secret.write_text("let me in\n")
    start_house(text)
    listen(broker.port, user="yard", password="let me in").state(state="clear")


def secured(make_broker, tmp_path, name="broker", address="127.0.0.1", *more):
    authority = Authority(tmp_path)
    pair = authority.issue(name, address)
    broker = make_broker(
        f"cafile {authority.pem}", f"certfile {pair.certificate}", f"keyfile {pair.key}", *more
    )
    return authority, broker


def test_tls_reaches_a_broker_whose_certificate_is_signed(
    hand, make_broker, listen, start_house, tmp_path
):
    authority, broker = secured(
        make_broker, tmp_path, "broker", "127.0.0.1", "require_certificate true"
    )
    ours = authority.issue("camera")
    start_house(
        BASE.format(port=broker.port)
        + f'tls = true\nca = "{authority.pem.name}"\n'
        + f'certificate = "{ours.certificate.name}"\nkey = "{ours.key.name}"\n'
    )
    context = ssl.create_default_context(cafile=str(authority.pem))
    context.load_cert_chain(ours.certificate, ours.key)
    listener = listen(broker.port, tls=context)
    listener.state(state="clear")
    hand.alarm()
    listener.event("alarm")


def test_a_broker_with_somebody_elses_certificate_is_told_nothing(
    hand, make_broker, start_house, tmp_path
):
    _, broker = secured(make_broker, tmp_path)
    stranger = Authority(tmp_path, "stranger")
    house = start_house(BASE.format(port=broker.port) + f'tls = true\nca = "{stranger.pem.name}"\n')
    assert soon(lambda: "certificate verify failed" in house.said.lower()), house.said


def test_a_broker_with_a_certificate_for_another_name_is_told_nothing(
    hand, make_broker, start_house, tmp_path
):
    authority, broker = secured(make_broker, tmp_path, "elsewhere.example", None)
    house = start_house(
        BASE.format(port=broker.port) + f'tls = true\nca = "{authority.pem.name}"\n'
    )
    assert soon(lambda: "127.0.0.1" in house.said and "certificate" in house.said), house.said
    assert "reached 127" not in house.said


def test_a_port_that_speaks_something_else_stops_nobody(hand, start_house):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(range(256)))

        threading.Thread(target=babble, daemon=True).start()
        house = start_house(BASE.format(port=server.getsockname()[1]))
        assert soon(lambda: "trying again" in house.said), house.said
        sleep(2)
        assert house.process.poll() is None
        assert house.stop() == 0


def test_of_too_many_messages_the_alarm_is_the_last_to_be_given_up(
    hand, broker, listen, start_house
):
    listener = listen(broker.port)
    port = free_port()
    start_house(BASE.format(port=broker.port) + f"keep = 5\n[metrics]\nport = {port}\n")
    listener.state(state="clear")
    broker.kill()
    hand.alarm()
    for number in range(50):
        hand.trouble(f"fault-{number}", f"fault number {number}")
    assert soon(lambda: 'emberwatch_house_given_up_total{to="mqtt"} 46.0' in page(port))
    broker.start()
    later = listen(broker.port)
    later.wait(lambda topic, body, _kept: topic.endswith("event") and b"fault-49" in body)
    kinds = [event["kind"] for event in later.events()]
    assert kinds == ["alarm"] + ["trouble"] * 4


def page(port):
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        return answer.read().decode()


def test_the_state_is_json_that_says_what_the_camera_sees(hand, broker, listen, start_house):
    listener = listen(broker.port)
    start_house(BASE.format(port=broker.port))
    state = listener.state(state="clear")
    assert state["celsius"] == 51.2
    assert state["scores"] == {"fire": 0.01, "smoke": 0.01, "misc": 0.98}
    assert state["model"] == "tiny"
    assert json.dumps(state, allow_nan=False)
