"""The wire: messages on a stream socket, each a JSON object with an optional blob."""

import json
import struct
from collections.abc import Mapping
from typing import Any

from edge.contract.errors import EmberwatchError

HEAD = struct.Struct(">II")
# A header holds a class map at most, a blob one JPEG: far less than these.
MOST_HEADER_BYTES = 4 << 20
MOST_BLOB_BYTES = 32 << 20

Message = tuple[dict[str, Any], bytes]


class WireError(EmberwatchError):
    """What came over a socket is no message: whoever sent it is not to be trusted further."""

    exit_code = 5


def encode(header: Mapping[str, Any], blob: bytes = b"") -> bytes:
    """Return a message's bytes: two lengths (uint32, big-endian), the JSON, the blob."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return HEAD.pack(len(text), len(blob)) + text + blob


class Decoder:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Take in some bytes; return the messages that are whole now.

        Raises:
            WireError: lengths beyond any message, or a header that is no JSON object.
        """
        self._held += data
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> Message | None:
        if len(self._held) < HEAD.size:
            return None
        header_bytes, blob_bytes = HEAD.unpack_from(self._held)
        if header_bytes > MOST_HEADER_BYTES or blob_bytes > MOST_BLOB_BYTES:
            raise WireError("a message is too long", found=f"{header_bytes} and {blob_bytes} bytes")
        end = HEAD.size + header_bytes + blob_bytes
        if len(self._held) < end:
            return None
        text = bytes(self._held[HEAD.size : HEAD.size + header_bytes])
        blob = bytes(self._held[HEAD.size + header_bytes : end])
        del self._held[:end]
        try:
            header = json.loads(text)
        except ValueError as error:
            raise WireError("a message is not JSON", found=error) from error
        if not isinstance(header, dict):
            raise WireError("a message is no JSON object", found=type(header).__name__)
        return header, blob
