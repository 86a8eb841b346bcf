"""A headless Chromium, spoken to over a pipe in the DevTools protocol."""

import base64
import json
import os
import select
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Self

# Every name and address leads nowhere, so that a page that asks for one fails loudly.
NOWHERE = "--host-resolver-rules=MAP * 127.0.0.1:9"
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--no-first-run", "--no-default-browser-check", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic", "--disable-extensions"),
    *("--hide-scrollbars", "--mute-audio"),
    "--remote-debugging-pipe",
)
READ_BYTES = 1 << 20
WAIT_SECONDS = 60  # a runaway, not a speed: the machine may be busy

# What the page measures of itself once it has loaded.
MEASURE = """
(async () => {
  const images = [...document.images];
  await Promise.all(images.map((image) => image.decode().catch(() => null)));
  const root = document.documentElement;
  const wide = [...document.querySelectorAll('body *')].filter((element) => {
    if (element.closest('.scroll')) return false;
    return element.getBoundingClientRect().right > innerWidth + 0.5;
  });
  const overlap = [...document.querySelectorAll('a[href^="#"]')].filter(
    (link) => !document.getElementById(link.hash.slice(1)));
  return {
    title: document.title,
    innerWidth,
    scrollWidth: root.scrollWidth,
    wide: wide.map((element) => element.outerHTML.slice(0, 80)),
    images: images.length,
    broken: images.filter((image) => !image.naturalWidth).length,
    plots: document.querySelectorAll('svg').length,
    emptyPlots: [...document.querySelectorAll('svg')].filter(
      (plot) => plot.getBoundingClientRect().height < 40).length,
    deadLinks: overlap.map((link) => link.hash),
    text: document.body.innerText,
  };
})()
"""


@dataclass
class Visit:
    """What happened while a page was open: `requests` are the addresses that it asked for."""

    measured: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Chromium:
    """One browser process with a profile of its own; `served` lets it reach this machine."""

    def __init__(self, program: str, profile: Path, *, served: bool = False) -> None:
        inbound, self._out = os.pipe()
        self._in, outbound = os.pipe()
        # The browser reads commands from file 3 and writes answers to file 4.
        script = f'exec "$@" 3<&{inbound} 4>&{outbound}'
        rules = f"{NOWHERE}, EXCLUDE 127.0.0.1" if served else NOWHERE
        command = [program, *ARGUMENTS, rules, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", *command],
            pass_fds=(inbound, outbound),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(inbound)
        os.close(outbound)
        self._number = 0
        self._buffer = b""
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._out)
        os.close(self._in)
        self._process.terminate()
        try:
            self._process.wait(WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def visit(self, page: Path, width: int, picture: Path | None = None) -> Visit:
        """Open a file in a window of this width in pixels; take a picture of all of it."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable", session)
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", session, **size)
        self._events.clear()
        self._call("Page.navigate", session, url=page.as_uri())
        self._wait_for("Page.loadEventFired")
        result = self._call(
            *("Runtime.evaluate", session),
            expression=MEASURE,
            awaitPromise=True,
            returnByValue=True,
        )
        visit = Visit(result["result"]["value"])
        if picture:
            self._photograph(session, picture)
        for event in self._events:
            _note(event, visit)
        self._call("Target.closeTarget", targetId=target)
        return visit

    def _photograph(self, session: str, picture: Path) -> None:
        shot = self._call(
            *("Page.captureScreenshot", session), format="png", captureBeyondViewport=True
        )
        picture.write_bytes(base64.b64decode(shot["data"]))

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        deadline = monotonic() + WAIT_SECONDS
        while True:
            answer = self._next(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._events.append(answer)

    def _wait_for(self, method: str) -> None:
        deadline = monotonic() + WAIT_SECONDS
        while not any(event.get("method") == method for event in self._events):
            self._events.append(self._next(deadline))

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, deadline - monotonic()))
            read = os.read(self._in, READ_BYTES) if ready else b""
            if not read:
                raise TimeoutError("the browser went quiet")
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


def _note(event: dict[str, Any], visit: Visit) -> None:
    method, what = event.get("method"), event.get("params", {})
    if method == "Network.requestWillBeSent":
        visit.requests.append(what["request"]["url"])
    elif method == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert"):
        visit.complaints.append(str(what["args"]))
    elif method == "Runtime.exceptionThrown":
        visit.complaints.append(str(what["exceptionDetails"]["text"]))
    elif method == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
        visit.complaints.append(what["entry"]["text"])
