"""MqttPost: the thread that keeps a broker told of a channel's state and delivers its letters."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from edge.contract.errors import EmberwatchError
from edge.house.backoff import Backoff
from edge.house.channel import Channel
from edge.house.device import Device
from edge.house.discovery import COMMANDS, Topics, discovery_message, discovery_topic
from edge.house.message import news_message, state_message, state_words
from edge.house.mqtt_link import LinkError, Login, MqttLink, Will
from edge.house.outage import Outage

ONLINE, OFFLINE = b"online", b"offline"
# So many letters are on their way at once; the broker acknowledges each.
MOST_IN_FLIGHT = 8
PICTURE_SECONDS = 10.0
# Home Assistant came back: all cameras of a house answer, but not in the same instant.
BIRTH_SECONDS = 3.0
MOST_COMMANDS = 16
FAREWELL_SECONDS = 1.0

Tell = Callable[[str], object]
Do = Callable[[str], None]
Picture = Callable[[], bytes | None]


@dataclass(frozen=True)
class MqttPlan:
    """What is said, and where: as [mqtt] wants it."""

    device: Device
    topics: Topics
    discovery_prefix: str | None
    hazard: tuple[str, ...]
    commands: bool
    pictures: bool
    every_seconds: float


class MqttPost:
    """Keeps the retained state on the broker true, and sends each letter until it is there.

    `do` has the watch do something and raises an EmberwatchError if it refuses; `picture`
    gets the newest picture; `tell` hears when the broker goes and comes back; `chance`
    returns a number in [0, 1). None of them is called from another thread than `run`'s.
    """

    def __init__(
        self,
        channel: Channel,
        login: Login,
        plan: MqttPlan,
        do: Do,
        picture: Picture,
        backoff: Backoff,
        tell: Tell,
        chance: Callable[[], float],
    ) -> None:
        self._channel = channel
        self._login = login
        self._plan = plan
        self._do = do
        self._picture = picture
        self._backoff = backoff
        self._tell = tell
        self._outage = Outage("mqtt", f"{login.host}:{login.port}", tell)
        self._chance = chance
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._begin()

    def wake(self) -> None:
        """Have the thread look at its channel at once; may be called from any thread."""
        with suppress(BlockingIOError):  # full: it is being woken already
            os.write(self._wake, b"!")

    def run(self) -> None:
        """Deliver until the channel is closed."""
        while not self._channel.closing:
            try:
                self._connection()
                problem = "the broker hung up"
            except LinkError as error:
                problem = error.line()
            if not self._channel.closing:
                self._channel.failed(problem)
                self._outage.failed(problem)
                self._channel.wait(self._backoff.next_wait(), even_if_waiting=True)

    def _begin(self) -> None:
        """Forget what belonged to the last connection."""
        self._in_flight: dict[int, int] = {}
        self._state_mid: int | None = None
        self._sent: list[int] = []
        self._commands: list[str] = []
        self._words: dict[str, object] | None = None
        self._state_due = self._picture_due = 0.0
        self._announce_at: float | None = None
        self._online = False

    def _connection(self) -> None:
        self._begin()
        will = Will(self._plan.topics.availability, OFFLINE)
        link = MqttLink(self._login, will, self._heard, self._sent.append)
        self._channel.reached()
        self._backoff.worked()
        self._outage.worked()
        try:
            link.subscribe(self._listened())
            self._announce(link)
            while not self._channel.closing:
                self._send(link)
                if not link.serve(self._patience(), self._woken):
                    return
                self._drain()
                self._answer(link)
            self._farewell(link)
        finally:
            link.close()

    def _listened(self) -> list[str]:
        topics = [self._plan.topics.command] if self._plan.commands else []
        if self._plan.discovery_prefix is not None:
            topics.append(f"{self._plan.discovery_prefix}/status")
        return topics

    def _announce(self, link: MqttLink) -> None:
        """Say what there is; that we are here is said once the state is."""
        plan = self._plan
        if plan.discovery_prefix is not None:
            message = discovery_message(
                plan.device,
                plan.topics,
                plan.hazard,
                commands=plan.commands,
                pictures=plan.pictures,
            )
            link.publish(discovery_topic(plan.discovery_prefix, plan.device), message, retain=True)
        self._announce_at, self._words, self._online = None, None, False

    def _send(self, link: MqttLink) -> None:
        for mid in self._sent:
            number = self._in_flight.pop(mid, None)
            if number is not None:
                self._channel.done(number)
            if mid == self._state_mid:
                self._state_mid = None
        self._sent.clear()
        now = monotonic()
        if self._announce_at is not None and now >= self._announce_at:
            self._announce(link)
        if self._channel.informed:
            self._send_state(link, now)
        under_way = set(self._in_flight.values())
        for letter in self._channel.next(MOST_IN_FLIGHT):
            if letter.number not in under_way:
                message = news_message(letter, self._plan.device, now, event_type=True)
                mid = link.publish(self._plan.topics.event, message)
                self._in_flight[mid] = letter.number

    def _send_state(self, link: MqttLink, now: float) -> None:
        snapshot = self._channel.latest
        words = state_words(snapshot)
        changed = words != self._words
        # One at a time: what changes while one is on its way is in the next one.
        if self._state_mid is None and (changed or now >= self._state_due):
            topic = self._plan.topics.state
            self._state_mid = link.publish(topic, state_message(snapshot), retain=True)
            self._words, self._state_due = words, now + self._plan.every_seconds
            if not self._online:
                # After the state, so that nobody takes yesterday's for today's.
                link.publish(self._plan.topics.availability, ONLINE, retain=True)
                self._online = True
        alarmed = snapshot is not None and snapshot.level == "alarm"
        if self._plan.pictures and alarmed and now >= self._picture_due:
            self._picture_due = now + PICTURE_SECONDS
            picture = self._picture()
            if picture:
                link.publish(self._plan.topics.picture, picture, qos=0)

    def _patience(self) -> float:
        """Return how long nothing needs to be done of ourselves."""
        return min(1.0, self._plan.every_seconds)

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._woken, 4096)

    def _heard(self, topic: str, payload: bytes, kept: bool) -> None:
        # A command that the broker kept was meant for another moment than this one.
        if kept:
            return
        if topic == self._plan.topics.command and self._plan.commands:
            word = payload[:32].decode("ascii", "replace")
            if len(self._commands) < MOST_COMMANDS:
                self._commands.append(word)
        elif payload == ONLINE:
            self._announce_at = monotonic() + BIRTH_SECONDS * self._chance()

    def _answer(self, link: MqttLink) -> None:
        for word in self._commands:
            error = ""
            try:
                if word not in COMMANDS:
                    raise LinkError("there is no such command", found=repr(word))
                self._do(word)
            except EmberwatchError as refused:
                error = refused.line()
            self._tell(f"mqtt: command {word!r}" + (f" refused: {error}" if error else ""))
            text = f"{word}: {error}" if error else f"{word}: done"
            link.publish(self._plan.topics.answer, text.encode(), qos=0)
        self._commands.clear()

    def _farewell(self, link: MqttLink) -> None:
        """Say that we are leaving; what still waits is in the event log for the next time."""
        link.publish(self._plan.topics.availability, OFFLINE, retain=True)
        end = monotonic() + FAREWELL_SECONDS
        while monotonic() < end and link.serve(0.05) and self._in_flight:
            self._send(link)
