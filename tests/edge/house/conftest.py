"""A hand to follow, a broker to talk to, and the house between them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.house.broker import MOSQUITTO, Broker, Listener
from tests.edge.house.hand import StandInHand
from tests.edge.house.process import HouseProcess


@pytest.fixture(scope="session")
def once() -> None:
    """Let a test run in the workstation's environment alone: a broker is the same in each."""
    pytest.importorskip("pytest_timeout", reason="runs once, in the workstation's environment")


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[StandInHand]:
    """Return a hand whose state folder is `tmp_path`/state."""
    made = StandInHand(tmp_path / "state")
    yield made
    made.close()


@pytest.fixture
def make_broker(
    once: None, tmp_path: Path, need: Callable[[object, str], None]
) -> Iterator[Callable[..., Broker]]:
    """Return a function that starts a broker with further lines of configuration."""
    need(MOSQUITTO, "no broker: apt install mosquitto")
    made: list[Broker] = []

    def make(*lines: str) -> Broker:
        broker = Broker(tmp_path, *lines)
        made.append(broker)
        broker.start()
        return broker

    yield make
    for broker in made:
        broker.close()


@pytest.fixture
def broker(make_broker: Callable[..., Broker]) -> Broker:
    """Return a broker that everybody may use."""
    return make_broker()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    """Return a function that listens to a broker."""
    made: list[Listener] = []

    def make(port: int, **options: object) -> Listener:
        listener = Listener(port, **options)
        made.append(listener)
        return listener

    yield make
    for listener in made:
        listener.close()


@pytest.fixture
def start_house(once: None, tmp_path: Path) -> Iterator[Callable[[str], HouseProcess]]:
    """Return a function that starts the house with a configuration."""
    made: list[HouseProcess] = []

    def start(text: str) -> HouseProcess:
        house = HouseProcess(tmp_path, text)
        made.append(house)
        return house

    yield start
    for house in made:
        house.close()


@pytest.fixture(scope="session")
def mosquitto_passwd(need: Callable[[object, str], None]) -> str:
    """Return the command that writes a broker's passwords."""
    found = shutil.which("mosquitto_passwd")
    need(found, "no mosquitto_passwd: apt install mosquitto")
    return str(found)
