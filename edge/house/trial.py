"""trial: one test message by each way out, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic, time

from edge.config.config import Config
from edge.contract.errors import EmberwatchError
from edge.house.addresses import device_of, login_of, topics_of, webhook_of
from edge.house.message import news_message
from edge.house.mqtt_link import LinkError, MqttLink
from edge.house.news import News
from edge.house.outbox import Letter
from edge.house.webhook import headers_of

ACKNOWLEDGED_SECONDS = 10.0
TEXT = "a test message; nothing has happened"


@dataclass(frozen=True)
class Tried:
    """A way out and its address; `problem` is None if the message was taken."""

    name: str
    where: str
    problem: str | None = None


def trial(config: Config) -> Iterator[Tried]:
    """Send a test message by each way out that is configured.

    A broker gets it as an event, from a client of its own name: a house that runs is not
    disturbed.

    Raises:
        ConfigError: a file that is named cannot be used.
        MissingPackage: paho-mqtt is not installed.
    """
    device = device_of(config)
    letter = Letter(0, News("test", datetime.now(UTC).isoformat(), TEXT), monotonic())
    login = login_of(config, device)
    if login is not None:
        login = replace(login, client_id=f"{login.client_id}-try")
        body = news_message(letter, device, monotonic(), event_type=True)
        problem = None
        try:
            sent: list[int] = []
            link = MqttLink(login, None, lambda *_: None, sent.append)
            _publish(link, topics_of(config, device).event, body, sent)
        except EmberwatchError as error:
            problem = error.line()
        yield Tried("mqtt", f"{login.host}:{login.port}", problem)
    way = webhook_of(config)
    if way is not None:
        post, secret = way
        body = news_message(letter, device, monotonic())
        problem = None
        try:
            post.send(body, headers_of(body, secret, time()))
        except EmberwatchError as error:
            problem = error.line()
        yield Tried("webhook", post.where, problem)


def _publish(link: MqttLink, topic: str, body: bytes, sent: list[int]) -> None:
    try:
        number, end = link.publish(topic, body), monotonic() + ACKNOWLEDGED_SECONDS
        while number not in sent:
            if not link.serve(0.2) or monotonic() > end:
                raise LinkError(f"the broker did not take the message for {topic}")
    finally:
        link.close()
