"""House: everything that the watch says to the house, and the process that says it."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread
from time import monotonic
from typing import Any

from edge.config.config import Config
from edge.contract.errors import ConfigError, EmberwatchError, StorageError
from edge.house.addresses import device_of, login_of, topics_of, webhook_of
from edge.house.backoff import Backoff
from edge.house.channel import Channel
from edge.house.complaints import AWAY_SECONDS, Complaints
from edge.house.device import Device
from edge.house.follower import UNREADABLE, Follower
from edge.house.memory import HouseMemory
from edge.house.metrics import MetricsServer
from edge.house.mqtt import MqttPlan, MqttPost
from edge.house.newsdesk import Known
from edge.house.own_metrics import own_metrics
from edge.house.webhook import WebhookPost
from edge.link.address import control_path
from edge.link.control_client import ControlClient
from edge.link.snapshot import Snapshot
from edge.store.event import Event
from edge.store.reader import EventReader

MQTT, WEBHOOK = "mqtt", "webhook"
# Events of the time in which nobody listened: more are not told, the newest are.
MOST_CAUGHT_UP = 1000
# Whoever stops us waits no longer than two seconds before it insists.
JOIN_SECONDS = 1.5
# The watch answers a command once it is on the disk, or after two seconds.
ASK_SECONDS = 5.0
COMPLAIN_SECONDS = 1.0
# By their names in the log, the events that a message is made of.
TOLD_KINDS = (
    "state_changed",
    "trouble",
    "trouble_cleared",
    "supervisory",
    "supervisory_cleared",
)

Tell = Callable[[str], object]


class House:
    """Follows one watch and tells MQTT, a webhook and Prometheus of it.

    Each way out has its queue and its thread, so none waits for another, and the watch for
    none of them. `tell` is given a line for the journal now and then. A receiver that is
    away for `away_seconds` is told to the watch itself, which holds it as supervisory.

    Raises:
        ConfigError: there is nothing to do, or a file that is named cannot be used.
        MachineError: the port for metrics is taken, or a package is missing.
    """

    def __init__(self, config: Config, tell: Tell, away_seconds: float = AWAY_SECONDS) -> None:
        self._config = config
        self._tell = tell
        self._latest: Snapshot | None = None
        self._memory = HouseMemory(config.store.folder, tell)
        self._events = EventReader(config.store.events)
        self._socket = control_path(config.store.folder)
        self._follower = Follower(self._socket, self._take, self._lost)
        self._complaints = Complaints(self._complain, away_seconds)
        self._channels: list[Channel] = []
        self._threads: list[Thread] = []
        self._wakers: list[Callable[[], None]] = []
        self._behind = True
        self._quiet_seconds = config.alarm.notice_every_seconds
        device = device_of(config)
        self._open_mqtt(device)
        self._open_webhook(device)
        self._server: MetricsServer | None = None
        if config.metrics.wanted:
            wanted = config.metrics
            self._server = MetricsServer(
                wanted.host,
                wanted.port,
                lambda: self._latest,
                lambda: own_metrics(self._channels),
            )
        if not self._channels and self._server is None:
            raise ConfigError(
                "there is nobody to talk to",
                expected="[mqtt] broker, [webhook] url or [metrics] port",
            )

    def run(self) -> None:
        """Follow the watch and deliver until `stop`.

        Raises:
            EmberwatchError: a thread that delivers died.
        """
        for thread in self._threads:
            thread.start()
        try:
            self._follower.run()
        finally:
            self._close()

    def stop(self) -> None:
        """End `run`; may be called by a signal handler."""
        self._follower.stop()

    def _open_mqtt(self, device: Device) -> None:
        login = login_of(self._config, device)
        if login is None:
            return
        settings = self._config.mqtt
        channel = Channel(MQTT, settings.keep, self._quiet_seconds, known=self._memory.known(MQTT))
        plan = MqttPlan(
            device,
            topics_of(self._config, device),
            settings.discovery_topic if settings.discovery else None,
            self._config.alarm.hazard,
            settings.commands,
            settings.pictures,
            settings.every_seconds,
        )
        post = MqttPost(
            channel,
            login,
            plan,
            self._do,
            self._picture,
            Backoff(random.random),
            self._tell,
            random.random,
        )
        self._wakers.append(post.wake)
        self._add(channel, post.run)

    def _open_webhook(self, device: Device) -> None:
        way = webhook_of(self._config)
        if way is None:
            return
        settings = self._config.webhook
        channel = Channel(
            WEBHOOK,
            settings.keep,
            self._quiet_seconds,
            settings.tell,
            self._memory.known(WEBHOOK),
        )
        delivery = WebhookPost(channel, *way, device, Backoff(random.random), self._tell)
        self._add(channel, delivery.run)

    def _add(self, channel: Channel, run: Callable[[], None]) -> None:
        self._channels.append(channel)
        self._threads.append(Thread(target=run, name=channel.name, daemon=True))

    def _take(self, snapshot: Snapshot) -> None:
        if self._behind:
            self._behind = False
            self._catch_up(snapshot)
        self._latest = snapshot
        for channel in self._channels:
            channel.take(snapshot)
        self._after()

    def _lost(self, problem: str) -> None:
        self._behind, self._latest = True, None
        at = datetime.now(UTC).isoformat(timespec="seconds")
        for channel in self._channels:
            channel.lost(at, problem)
        self._after()

    def _after(self) -> None:
        for wake in self._wakers:
            wake()
        self._remember()
        if self._latest is not None:
            self._complaints.look(self._channels)
        self._check_threads()

    def _remember(self, at_once: bool = False) -> None:
        for channel in self._channels:
            settled = channel.settled()
            if settled is not None:
                self._memory.note(channel.name, settled, channel.counts().delivered)
        self._memory.flush(at_once)

    def _catch_up(self, snapshot: Snapshot) -> None:
        """Ask the log what happened while nobody listened; what it cannot say is not told."""
        # A hand that has just started has not counted its events yet: then all count.
        before = snapshot.last_event + 1 if snapshot.last_event else None
        events: list[Event] = []
        try:
            if self._events.path.exists():
                found = self._events.newest(MOST_CAUGHT_UP, before=before, kinds=TOLD_KINDS)
                events = found[::-1]
        except (StorageError, *UNREADABLE) as error:
            self._tell(f"house: the event log does not say what was missed: {error}")
        for channel in self._channels:
            if self._memory.known(channel.name) is not None:
                channel.catch_up(events)
                continue
            # Never told anything: a year of events is no news. From here on it counts.
            newest = max([snapshot.last_event, *(event.number for event in events)])
            self._memory.note(channel.name, Known(event=newest))

    def _do(self, what: str) -> None:
        with ControlClient(self._socket, ASK_SECONDS) as client:
            client.do(what, MQTT)

    def _complain(self, request: dict[str, Any]) -> None:
        with suppress(EmberwatchError), ControlClient(self._socket, COMPLAIN_SECONDS) as client:
            client.request(request)

    def _picture(self) -> bytes | None:
        with suppress(EmberwatchError), ControlClient(self._socket, ASK_SECONDS) as client:
            return client.request({"ask": "picture"})[1]
        return None

    def _check_threads(self) -> None:
        for thread in self._threads:
            if not thread.is_alive():
                raise EmberwatchError(
                    f"the thread that talks to {thread.name} died",
                    next_step="the watch starts it again; run it with --debug, and report it",
                )

    def _close(self) -> None:
        for channel in self._channels:
            channel.close()
        for wake in self._wakers:
            wake()
        end = monotonic() + JOIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - monotonic()))
        self._remember(at_once=True)
        if self._server is not None:
            self._server.close()
