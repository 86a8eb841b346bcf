"""A trial says for each way out whether a message gets there, without disturbing a house."""

import pytest

from tests.edge.house.broker import free_port
from tests.edge.house.process import LEAST
from tests.edge.house.receiver import Receiver
from tests.edge.house.test_mqtt import BASE, available


@pytest.fixture
def try_out(once, run_edge, site):
    def run(text):
        (site / "watch.toml").write_text(LEAST + text)
        return run_edge("house", "--config", "watch.toml", "--try")

    return run


def test_a_test_message_goes_each_way(hand, broker, listen, start_house, try_out):
    receiver, listener = Receiver(), listen(broker.port)
    text = BASE.format(port=broker.port)
    try:
        start_house(text)
        listener.wait(available(b"online"))
        done = try_out(f'{text}[webhook]\nurl = "http://127.0.0.1:{receiver.port}/x?token=t"\n')
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [
            f"mqtt: 127.0.0.1:{broker.port} took a test message",
            f"webhook: http://127.0.0.1:{receiver.port} took a test message",
        ]
        assert receiver.next()["text"] == "a test message; nothing has happened"
        assert listener.event("test")["event_type"] == "test"
        # The house that runs has lost nothing by it.
        hand.alarm()
        listener.event("alarm")
        assert not [body for topic, body, _ in listener.heard if body == b"offline"]
    finally:
        receiver.close()


def test_what_does_not_arrive_is_said_with_the_reason(try_out):
    receiver = Receiver()
    receiver.answers.append(403)
    try:
        port = free_port()
        done = try_out(
            BASE.format(port=port)
            + f'[webhook]\nurl = "http://127.0.0.1:{receiver.port}/x?token=t0ken"\n'
        )
    finally:
        receiver.close()
    assert done.returncode == 5
    assert f"mqtt: the broker 127.0.0.1:{port} cannot be reached: Connection refused" in done.stdout
    assert f"webhook: http://127.0.0.1:{receiver.port} answered 403" in done.stdout
    assert "t0ken" not in done.stdout + done.stderr


def test_with_nobody_to_talk_to_there_is_nothing_to_try(try_out):
    done = try_out("")
    assert done.returncode == 0
    assert "nothing to try" in done.stdout
