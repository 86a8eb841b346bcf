"""Stream: what holds now, sent to one viewer as it changes (server-sent events)."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Scope, Send

from edge.web.hub import Hub, Picture, Seen
from edge.web.words import words_of

LOG = logging.getLogger("emberwatch.web")
# https://html.spec.whatwg.org/multipage/server-sent-events.html
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
STATE_EVERY_SECONDS = 0.5
# All viewers together are sent so many pictures a second: the processor is for watching.
PICTURES_FOR_ALL = 16.0
# One who cannot take a few hundred bytes in this time is let go.
SEND_SECONDS = 10.0
CHECK_SECONDS = 10.0


class Bell:
    """Wakes whoever waits in the event loop; rung from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()

    def begin(self) -> None:
        """Take the loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """Wake all that wait now."""
        # A thread may ring once more while the loop is being closed.
        with suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._ring)

    async def wait(self, seconds: float) -> None:
        """Wait for the next ring, at most so long."""
        rung = self._rung
        try:
            await asyncio.wait_for(rung.wait(), seconds)
        except TimeoutError:
            return

    def _ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()


class Messages:
    """The messages' bytes, made once for all viewers."""

    def __init__(self) -> None:
        self._state: tuple[object, bytes] = (None, b"")
        self._picture: tuple[object, bytes] = (None, b"")

    def state(self, seen: Seen) -> bytes:
        """Return what holds now, as an event."""
        known = (seen.snapshot, seen.problem)
        made = self._state[0]
        if not (isinstance(made, tuple) and made[0] is known[0] and made[1] == known[1]):
            simulated = bool(seen.snapshot and seen.snapshot.simulated_gpio)
            zones = list(seen.snapshot.zones) if seen.snapshot else []
            data = {**words_of(seen).to_json(), "simulated": simulated, "zones": zones}
            self._state = known, _event("state", data)
        return self._state[1]

    def picture(self, picture: Picture) -> bytes:
        """Return that there is a picture, and where in it is hazard, as an event."""
        if self._picture[0] is not picture:
            data = {
                "number": picture.number,
                "at": picture.at,
                "hazard": picture.hazard,
                "cells": picture.class_map,
                "box": picture.box,
            }
            self._picture = picture, _event("picture", data)
        return self._picture[1]


class Stream:
    """An answer that goes on until the viewer leaves, is too slow, or may look no more.

    It holds nothing back for a slow viewer: what was missed is skipped.
    """

    def __init__(
        self,
        hub: Hub,
        bell: Bell,
        messages: Messages,
        pictures_per_second: float,
        may_look: Callable[[], bool],
    ) -> None:
        self._hub = hub
        self._bell = bell
        self._messages = messages
        self._pause = 1.0 / pictures_per_second
        self._may_look = may_look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        gone = asyncio.ensure_future(_gone(receive))
        try:
            with self._hub.viewer():
                await self._send_all(send, gone)
        except TimeoutError:
            LOG.info("a viewer was let go: nothing was taken for %g s", SEND_SECONDS)
        finally:
            gone.cancel()
        # Whether it left or was let go: this ends the connection.
        await asyncio.wait_for(send({"type": "http.response.body", "body": b""}), SEND_SECONDS)

    async def _send_all(self, send: Send, gone: "asyncio.Future[None]") -> None:
        loop = asyncio.get_running_loop()
        sent: Picture | None = None
        next_state = next_picture = 0.0
        next_check = loop.time() + CHECK_SECONDS
        while not gone.done():
            now, seen = loop.time(), self._hub.seen
            data = b""
            if now >= next_state:
                data += self._messages.state(seen)
                next_state = now + STATE_EVERY_SECONDS
            if now >= next_picture and seen.picture and seen.picture is not sent:
                data += self._messages.picture(seen.picture)
                sent = seen.picture
                next_picture = now + max(self._pause, self._hub.viewers / PICTURES_FOR_ALL)
            if data:
                await asyncio.wait_for(
                    send({"type": "http.response.body", "body": data, "more_body": True}),
                    SEND_SECONDS,
                )
            if now >= next_check:
                next_check = now + CHECK_SECONDS
                if not self._may_look():
                    return
            await self._bell.wait(STATE_EVERY_SECONDS)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(name: str, data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()
