"""A tab of a headless Chromium: somebody who looks at a served page, clicks and draws."""

import base64
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

from tests.browser.chromium import MEASURE, WAIT_SECONDS, Chromium, Visit, _note

HEIGHT = 800


class Tab:
    """One window with cookies of its own; what it asks for and complains about is kept."""

    def __init__(
        self, browser: Chromium, width: int, height: int = HEIGHT, *, dark: bool = False
    ) -> None:
        self._browser = browser
        self._context = browser._call("Target.createBrowserContext")["browserContextId"]
        self._target = browser._call(
            "Target.createTarget", url="about:blank", browserContextId=self._context
        )["targetId"]
        attached = browser._call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = attached["sessionId"]
        self._seen = Visit()
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.size(width, height)
        if dark:
            scheme = {"name": "prefers-color-scheme", "value": "dark"}
            self.call("Emulation.setEmulatedMedia", features=[scheme])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._browser._call("Target.closeTarget", targetId=self._target)
        self._browser._call("Target.disposeBrowserContext", browserContextId=self._context)

    @property
    def requests(self) -> list[str]:
        """Return the addresses that were asked for."""
        return self._drain().requests

    @property
    def complaints(self) -> list[str]:
        """Return what the console says against the page."""
        return self._drain().complaints

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol."""
        return self._browser._call(method, self._session, **parameters)

    def size(self, width: int, height: int = HEIGHT) -> None:
        """Make the window so large, in pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)

    def go(self, address: str) -> None:
        """Open an address and wait until it has loaded."""
        self.evaluate("window.left = true")
        self.call("Page.navigate", url=address)
        self.until("!window.left && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """Return what a JavaScript expression gives, a promise's end included."""
        result = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, expression: str) -> Any:
        """Wait until an expression holds; return what it gave."""
        deadline = monotonic() + WAIT_SECONDS
        while True:
            try:
                if found := self.evaluate(expression):
                    return found
            except RuntimeError:
                if monotonic() > deadline:  # the page is being changed for another
                    raise
            if monotonic() > deadline:
                raise TimeoutError(f"never: {expression}")
            sleep(0.05)

    def middle(self, selector: str) -> tuple[float, float]:
        """Return the middle of the first element that fits, scrolled into view."""
        x, y = self.evaluate(
            f"(() => {{ const e = document.querySelector({selector!r}); "
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect(); "
            "return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return x, y

    def click(self, selector: str) -> None:
        """Click an element with the mouse, where it is on the screen."""
        self.drag([self.middle(selector)])

    def drag(self, path: list[tuple[float, float]]) -> None:
        """Press the mouse at the first point, move it along and let go at the last."""
        self._mouse("mousePressed", path[0], clickCount=1)
        for point in path[1:]:
            self._mouse("mouseMoved", point)
        self._mouse("mouseReleased", path[-1], clickCount=1)

    def finger(self, path: list[tuple[float, float]]) -> None:
        """Touch the screen at the first point, move along and let go."""
        for index, (x, y) in enumerate(path):
            kind = "touchMove" if index else "touchStart"
            self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def type(self, selector: str, text: str) -> None:
        """Write into a field, in place of what is there."""
        self.evaluate(f"document.querySelector({selector!r}).focus()")
        self.evaluate(f"document.querySelector({selector!r}).select()")
        self.call("Input.insertText", text=text)

    def text(self, selector: str = "body") -> str:
        """Return an element's text as it is seen."""
        return str(self.evaluate(f"document.querySelector({selector!r}).innerText"))

    def measure(self) -> dict[str, Any]:
        """Return what the page measures of itself."""
        return dict(self.evaluate(MEASURE))

    def photograph(self, picture: Path | None, *, whole: bool = True) -> None:
        """Take a picture of the page, if one is wanted."""
        if picture is not None:
            shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
            picture.write_bytes(base64.b64decode(shot["data"]))

    def _mouse(self, kind: str, at: tuple[float, float], **more: Any) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", **more)

    def _drain(self) -> Visit:
        # Asked for something, the browser tells first what happened before.
        self.evaluate("0")
        mine = [one for one in self._browser._events if one.get("sessionId") == self._session]
        self._browser._events[:] = [one for one in self._browser._events if one not in mine]
        for event in mine:
            _note(event, self._seen)
        return self._seen
