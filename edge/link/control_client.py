"""ControlClient: asks the hand, from another process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.contract.errors import MachineError
from edge.link.address import short_address, unix_socket
from edge.link.control_server import READ_BYTES
from edge.link.snapshot import Snapshot
from edge.link.wire import Decoder, Message, encode

SECONDS = 5.0


class ControlClient:
    """One connection to a running watch; requests go one after the other.

    Raises:
        MachineError: no watch answers at that socket.
    """

    def __init__(self, path: Path, timeout_seconds: float = SECONDS) -> None:
        self._path = path
        self._decoder = Decoder()
        self._messages: list[Message] = []
        self._socket = unix_socket()
        self._socket.settimeout(timeout_seconds)
        try:
            with short_address(path) as address:
                self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise self._gone(error) from error

    def request(self, header: dict[str, Any], blob: bytes = b"") -> Message:
        """Send a request and return its answer.

        Raises:
            MachineError: the watch is gone or silent, or says no.
        """
        try:
            self._socket.sendall(encode(header, blob))
            answer = self._receive()
        except OSError as error:
            raise self._gone(error) from error
        if not answer[0].get("ok"):
            raise MachineError(str(answer[0].get("error", "the watch refused")))
        return answer

    def state(self) -> Snapshot:
        """Return the watch's state now.

        Raises:
            MachineError: as `request`.
        """
        return Snapshot.from_json(self.request({"ask": "state"})[0]["state"])

    def do(self, what: str, by: str, **more: Any) -> dict[str, Any]:
        """Have the watch do something in somebody's name: `silence`, `reset`, `test`, ...

        Raises:
            MachineError: as `request`.
        """
        return self.request({"do": what, "by": by, **more})[0]

    def follow(self) -> Iterator[Snapshot]:
        """Give the state now, and from then on each time it changes, at least once a second.

        Raises:
            MachineError: the watch is gone or silent.
        """
        try:
            self._socket.sendall(encode({"ask": "follow"}))
            while True:
                yield Snapshot.from_json(self._receive()[0]["state"])
        except OSError as error:
            raise self._gone(error) from error

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> "ControlClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receive(self) -> Message:
        while not self._messages:
            data = self._socket.recv(READ_BYTES)
            if not data:
                raise ConnectionResetError("it hung up")
            self._messages += self._decoder.feed(data)
        return self._messages.pop(0)

    def _gone(self, error: OSError) -> MachineError:
        return MachineError(
            "no watch answers",
            found=f"{self._path}: {error.strerror or error}",
            next_step="start `emberwatch-edge run`, or give its configuration with --config",
        )
