"""Viewers: `python -m tests.edge.web.viewers PORT COOKIE COUNT SECONDS`: many who look at once.

Each holds the stream of what is new open and fetches every picture that it is told of, as a
browser does. Prints a JSON object: how many came in, pictures and state messages in all.
"""

import asyncio
import json
import os
import sys
from time import monotonic


async def picture(port: int, cookie: str) -> bytes:
    """Fetch the newest picture."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /live/picture.jpg HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\nConnection: close\r\n"
    writer.write(f"{head}\r\n".encode())
    data = await reader.read(-1)
    writer.close()
    return data.partition(b"\r\n\r\n")[2]


async def look(port: int, cookie: str, until: float, seen: dict[str, int]) -> None:
    """Look until the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /live/events HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n\r\n".encode())
    status = await reader.readline()
    seen["viewers"] += b" 200 " in status
    while monotonic() < until:
        try:
            line = await asyncio.wait_for(reader.readline(), until - monotonic())
        except TimeoutError:
            break
        if line == b"event: state\n":
            seen["states"] += 1
        elif line == b"event: picture\n":
            data = await picture(port, cookie)
            seen["pictures"] += data.startswith(b"\xff\xd8")
            seen["bytes"] += len(data)
        elif not line:
            break
    writer.close()


async def main(port: int, cookie: str, count: int, seconds: float) -> None:
    """Have them look, and print what they saw."""
    seen = dict.fromkeys(("viewers", "states", "pictures", "bytes"), 0)
    until = monotonic() + seconds
    await asyncio.gather(*(look(port, cookie, until, seen) for _ in range(count)))
    print(json.dumps(seen))


if __name__ == "__main__":
    os.nice(19)  # they stand for other machines: this one's processor is not theirs
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
