"""A real Mosquitto on loopback, and somebody who listens to it."""

import json
import queue
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


class Broker:
    """A broker with a configuration of its own, that can be killed and come back."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        login = () if any("password_file" in line for line in lines) else ("allow_anonymous true",)
        text = [f"listener {self.port} 127.0.0.1", "user root", *login, *lines]
        (folder / "mosquitto.conf").write_text("\n".join(text) + "\n")

    def start(self) -> None:
        command = [str(MOSQUITTO), "-c", str(self.folder / "mosquitto.conf")]
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        end = monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "mosquitto.log").read_text()
                assert monotonic() < end, "the broker did not start"
                sleep(0.02)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def freeze(self, on: bool = True) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def close(self) -> None:
        if self.process is not None:
            self.kill()


class Listener:
    """Hears everything on the broker, with whether it was kept there."""

    def __init__(
        self,
        port: int,
        user: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._queue: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()
        self.heard: list[tuple[str, bytes, bool]] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        if user:
            self._client.username_pw_set(user, password)
        if tls:
            self._client.tls_set_context(tls)
        self._client.on_message = lambda _c, _u, message: self._queue.put(
            (message.topic, message.payload, message.retain)
        )
        ready: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._client.on_connect = lambda *_: self._client.subscribe("#", 1)
        self._client.on_subscribe = lambda *_: ready.put(1)
        self._client.connect(host, port)
        self._client.loop_start()
        ready.get(timeout=20)

    def wait(self, what: Any, seconds: float = 30) -> tuple[str, bytes, bool]:
        """Return the first message heard, from the beginning on, of which `what` holds."""
        for message in self.heard:
            if what(*message):
                return message
        end = monotonic() + seconds
        while True:
            try:
                message = self._queue.get(timeout=max(0.01, end - monotonic()))
            except queue.Empty:
                raise AssertionError(f"not heard in {seconds} s, but {self.heard}") from None
            self.heard.append(message)
            if what(*message):
                return message

    def event(self, kind: str, seconds: float = 30) -> dict[str, Any]:
        """Wait for an event of a kind; return it."""
        return json.loads(
            self.wait(
                lambda topic, body, _kept: (
                    topic.endswith("/event") and json.loads(body)["kind"] == kind
                ),
                seconds,
            )[1]
        )

    def state(self, seconds: float = 30, **wanted: Any) -> dict[str, Any]:
        """Wait for a state with these values; return it."""

        def fits(topic: str, body: bytes, _kept: bool) -> bool:
            if not topic.endswith("/state") or not body:
                return False
            state = json.loads(body)
            return all(state.get(name) == value for name, value in wanted.items())

        return json.loads(self.wait(fits, seconds)[1])

    def events(self) -> list[dict[str, Any]]:
        """Return the events heard so far."""
        while not self._queue.empty():
            self.heard.append(self._queue.get())
        return [json.loads(body) for topic, body, _ in self.heard if topic.endswith("/event")]

    def forget(self) -> None:
        """Forget what was heard so far."""
        self.events()
        self.heard.clear()

    def say(self, topic: str, payload: str, retain: bool = False) -> None:
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(20)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
