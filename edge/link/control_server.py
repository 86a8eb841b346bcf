"""ControlServer: the hand's door for the page, for messengers and for commands.

A request is a message with `ask` (`state`, `picture`, `history`, `follow`), `do` (`silence`,
`reset`, `test`, `end-test`, `keep`, `set-zones`) or `tell` (what is wrong beside the watch, with
`problem`); the answer has `ok`, and `error` if not. To one that asked to `follow`, every
published state is sent, for as long as it reads them.
"""

import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.contract.errors import MachineError
from edge.link.address import short_address, unix_socket
from edge.link.wire import Decoder, Message, WireError, encode

MOST_CLIENTS = 32
# A reader so slow that this much waits for it is let go: the hand waits for nobody.
MOST_WAITING_BYTES = 8 << 20
READ_BYTES = 65536


@dataclass(frozen=True)
class Later:
    """An answer that is sent once `ready` says so: when what it promises is on the disk."""

    ready: Callable[[], bool]
    message: Callable[[], Message]


Answer = Callable[[dict[str, Any], bytes], Message | Later | None]


class ControlServer:
    """Serves a Unix socket inside somebody else's loop; no call of it ever waits.

    `answer` is given a request and returns its answer, or None to follow the state. The
    selector's owner calls `ready` for each of its events on these sockets, and `settle` now
    and then for the answers that are due later.

    Raises:
        MachineError: the socket cannot be made.
    """

    def __init__(self, path: Path, selector: selectors.BaseSelector, answer: Answer) -> None:
        self._path = path
        self._selector = selector
        self._answer = answer
        self._clients: dict[socket.socket, _Client] = {}
        self._later: list[tuple[_Client, Later]] = []
        self._listener = unix_socket()
        try:
            path.unlink(missing_ok=True)
            with short_address(path) as address:
                self._listener.bind(address)
            path.chmod(0o660)
            self._listener.listen(4 * MOST_CLIENTS)
        except OSError as error:
            self._listener.close()
            raise MachineError(
                f"the control socket {path} cannot be made: {error.strerror or error}",
                next_step="give the watch a [store] folder that it may write",
            ) from error
        self._listener.setblocking(False)
        selector.register(self._listener, selectors.EVENT_READ, self)

    def ready(self, key: selectors.SelectorKey, events: int) -> None:
        """Do what a socket is ready for."""
        if key.fileobj is self._listener:
            self._accept()
            return
        client = self._clients.get(key.fileobj)  # type: ignore[call-overload]
        if client is None:
            return
        if events & selectors.EVENT_READ:
            self._read(client)
        if events & selectors.EVENT_WRITE and client.socket in self._clients:
            self._write(client)

    @property
    def followed(self) -> bool:
        """Say whether anybody follows the state."""
        return any(client.follows for client in self._clients.values())

    def settle(self) -> None:
        """Send the answers that have become ready."""
        if self._later:
            waiting, self._later = self._later, []
            for client, later in waiting:
                if later.ready():
                    self._send(client, encode(*later.message()))
                elif client.socket in self._clients:
                    self._later.append((client, later))

    def publish(self, state: dict[str, Any]) -> None:
        """Send a state to everyone who follows."""
        followers = [client for client in self._clients.values() if client.follows]
        if followers:
            data = encode({"ok": True, "state": state})
            for client in followers:
                self._send(client, data)

    def close(self) -> None:
        """Let everyone go and remove the socket."""
        for client in list(self._clients.values()):
            self._drop(client)
        if self._listener.fileno() >= 0:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        if len(self._clients) >= MOST_CLIENTS:
            connection.close()
            return
        connection.setblocking(False)
        self._clients[connection] = _Client(connection)
        self._selector.register(connection, selectors.EVENT_READ, self)

    def _read(self, client: "_Client") -> None:
        try:
            data = client.socket.recv(READ_BYTES)
            requests = client.decoder.feed(data)
        except BlockingIOError:
            return
        except (OSError, WireError):
            data, requests = b"", []
        if not data:
            self._drop(client)
            return
        for header, blob in requests:
            answer = self._answer(header, blob)
            if answer is None:
                client.follows = True
            elif isinstance(answer, Later):
                self._later.append((client, answer))
            else:
                self._send(client, encode(*answer))
        self.settle()

    def _send(self, client: "_Client", data: bytes) -> None:
        if client.socket not in self._clients:
            return
        client.waiting += data
        if len(client.waiting) > MOST_WAITING_BYTES:
            self._drop(client)
        else:
            self._write(client)

    def _write(self, client: "_Client") -> None:
        try:
            sent = client.socket.send(client.waiting)
            del client.waiting[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)
            return
        wanted = selectors.EVENT_READ
        if client.waiting:
            wanted |= selectors.EVENT_WRITE
        self._selector.modify(client.socket, wanted, self)

    def _drop(self, client: "_Client") -> None:
        if self._clients.pop(client.socket, None) is not None:
            self._selector.unregister(client.socket)
            client.socket.close()


class _Client:
    """One connection: what came half, and what waits to be sent."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.decoder = Decoder()
        self.waiting = bytearray()
        self.follows = False
