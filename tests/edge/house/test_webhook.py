"""The webhook against receivers that fail in every way: each message arrives in the end."""

import hashlib
import hmac
import signal
from time import sleep, time

import pytest

from tests.edge.house.broker import free_port
from tests.edge.house.certificates import Authority
from tests.edge.house.receiver import Receiver
from tests.edge.house.test_mqtt import page, soon

HOOK = """
[alarm]
notice_every_seconds = {quiet}
[webhook]
url = "http://127.0.0.1:{port}/hook?token=t0ken"
timeout_seconds = 0.5
"""


@pytest.fixture
def receive(once):
    """Return a function that makes a receiver."""
    made = []

    def make(*answers, **options):
        receiver = Receiver(**options)
        receiver.answers += answers
        made.append(receiver)
        return receiver

    yield make
    for receiver in made:
        receiver.close()


def following(hand):
    return lambda: {"ask": "follow"} in hand.asked


def test_an_alarm_is_posted_with_a_signature_that_holds(hand, receive, start_house):
    receiver = receive()
    start_house(
        HOOK.format(port=receiver.port, quiet=60) + 'secret = "s3cret"\n[mqtt]\nid = "yard"\n'
    )
    assert soon(following(hand))
    hand.alarm()
    headers, body = receiver.got.get(timeout=30)
    timestamp = headers["X-Emberwatch-Timestamp"]
    assert abs(int(timestamp) - time()) < 60
    signed = hmac.new(b"s3cret", timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Emberwatch-Signature"] == f"sha256={signed}"
    assert receiver.paths == ["/hook?token=t0ken"]
    assert b'"kind":"alarm"' in body
    assert b'"id":"yard"' in body


@pytest.mark.parametrize("failure", [500, 503, 404, "hang", "drip", "cut", "redirect"])
def test_a_message_is_sent_again_until_it_is_taken(hand, receive, start_house, failure):
    receiver = receive(failure, failure)
    house = start_house(HOOK.format(port=receiver.port, quiet=60))
    assert soon(following(hand))
    hand.alarm()
    assert receiver.next()["kind"] == "alarm"
    assert len(receiver.paths) == 3
    assert set(receiver.paths) == {"/hook?token=t0ken"}, "a redirect was followed"
    assert "trying again" in house.said
    assert "t0ken" not in house.said


def test_a_receiver_that_was_away_gets_everything_in_order_on_its_return(
    hand, receive, start_house
):
    port = free_port()
    house = start_house(HOOK.format(port=port, quiet=0))
    assert soon(following(hand))
    hand.alarm()
    hand.clear()
    hand.trouble()
    assert soon(lambda: "cannot be reached" in house.said)
    receiver = receive(port=port)
    messages = [receiver.next() for _ in range(3)]
    assert [message["kind"] for message in messages] == ["alarm", "cleared", "trouble"]
    assert [message["number"] for message in messages] == [0, 1, 2]
    assert messages[2]["source"] == "camera-black"
    receiver.close()
    hand.clear()
    assert soon(lambda: house.said.count("cannot be reached") == 2)
    again = receive(port=port)
    assert again.next()["kind"] == "trouble-cleared"


def test_a_message_that_is_refused_keeps_no_other_from_going(hand, receive, start_house):
    port = free_port()
    house = start_house(HOOK.format(port=port, quiet=0))
    assert soon(following(hand))
    hand.trouble()
    hand.alarm()
    assert soon(lambda: "cannot be reached" in house.said)
    receiver = receive(422, port=port)
    assert [receiver.next()["kind"], receiver.next()["kind"]] == ["alarm", "trouble"]


def test_only_what_was_asked_for_is_told(hand, receive, start_house):
    receiver = receive()
    start_house(HOOK.format(port=receiver.port, quiet=0) + 'tell = ["alarm"]\n')
    assert soon(following(hand))
    hand.trouble()
    hand.clear()
    hand.alarm()
    assert receiver.next()["kind"] == "alarm"
    sleep(0.5)
    assert receiver.got.empty()


def test_a_fault_that_rattles_gives_one_message_and_then_the_last_word(hand, receive, start_house):
    receiver = receive()
    start_house(HOOK.format(port=receiver.port, quiet=3))
    assert soon(following(hand))
    for _ in range(20):
        hand.trouble()
        hand.clear()
    first, last = receiver.next(), receiver.next()
    assert [first["kind"], last["kind"]] == ["trouble", "trouble-cleared"]
    assert last["repeats"] == 38
    sleep(0.5)
    assert receiver.got.empty()


def test_an_alarm_that_nobody_took_before_a_restart_is_told_after_it(
    hand, receive, start_house, tmp_path
):
    """It is on still, and the house's memory says that nobody was told."""
    port = free_port()
    house = start_house(HOOK.format(port=port, quiet=60))
    assert soon(following(hand))
    hand.alarm()
    assert soon(lambda: "cannot be reached" in house.said)
    house.stop(signal.SIGKILL)
    receiver = receive(port=port)
    start_house(HOOK.format(port=port, quiet=60))
    assert receiver.next()["kind"] == "alarm"


def test_https_is_spoken_with_a_certificate_that_is_signed_and_with_no_other(
    hand, receive, start_house, tmp_path
):
    authority = Authority(tmp_path)
    pair = authority.issue("hook")
    receiver = receive(tls=(pair.certificate, pair.key))
    text = HOOK.format(port=receiver.port, quiet=60).replace("http:", "https:")
    house = start_house(text)  # by the system's authorities, which do not know it
    assert soon(following(hand))
    hand.alarm()
    assert soon(lambda: "certificate verify failed" in house.said.lower()), house.said
    assert house.stop() == 0
    assert receiver.got.empty()
    start_house(text + f'ca = "{authority.pem.name}"\n')
    assert receiver.next()["kind"] == "alarm"


def test_a_secret_file_that_is_missing_is_said_at_the_start(hand, start_house):
    house = start_house(HOOK.format(port=1, quiet=60) + 'secret_file = "nowhere"\n')
    assert house.process.wait(30) == 2
    assert "[webhook] secret_file cannot be read" in house.said


def test_a_house_with_nobody_to_talk_to_says_so(start_house):
    house = start_house("")
    assert house.process.wait(30) == 2
    assert "nobody to talk to" in house.said


def test_metrics_say_what_each_way_out_has_done(hand, receive, start_house):
    receiver = receive(500)
    port = free_port()
    start_house(HOOK.format(port=receiver.port, quiet=60) + f"[metrics]\nport = {port}\n")
    assert soon(following(hand))
    hand.alarm()
    receiver.next()
    assert soon(lambda: 'emberwatch_house_delivered_total{to="webhook"} 1.0' in page(port))
    assert 'emberwatch_house_failures_total{to="webhook"} 1.0' in page(port)
    assert 'emberwatch_house_connected{to="webhook"} 1.0' in page(port)
