"""Events page: what happened, the newest first, with the pictures of the alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from edge.contract.errors import InputError, StorageError
from edge.store.event import KINDS, Event
from edge.store.evidence import Evidence
from edge.store.reader import EventReader
from edge.web.event_words import EventLine, line_of
from edge.web.site import Site

ON_A_PAGE = 50
# An alarm may have a picture for each second of minutes: so many are shown in the list.
MOST_PICTURES = 12
MOST_BYTES = 20 << 20
# The lines move with every alarm and trouble, which say so themselves.
MAIN = tuple(kind for kind in KINDS if kind != "line_moved")
FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "main": ("Main", MAIN),
    "alarms": ("Alarms", ("alarm",)),
    "troubles": ("Troubles", ("trouble", "trouble_cleared")),
    "notices": ("Notices", ("supervisory", "supervisory_cleared")),
    "people": ("By people", ("acknowledged",)),
    "system": ("Starts and models", ("started", "stopped", "restarted", "model_changed")),
    "all": ("Everything", ()),
}


@dataclass(frozen=True)
class Shown:
    """An event with its pictures' names: those listed, and how many there are."""

    line: EventLine
    pictures: tuple[str, ...]
    count: int


class EventsPages:
    """The list, one alarm with all its pictures, and the pictures."""

    def __init__(self, site: Site) -> None:
        self._site = site
        store = site.config.store
        self._reader = EventReader(store.events)
        self._evidence = Evidence(store.evidence)

    def routes(self) -> list[Route]:
        """Return what is served here."""
        return [
            Route("/events", self.page, methods=["GET"]),
            Route("/events/{number:int}", self.one, methods=["GET"]),
            Route("/evidence/{name}", self.picture, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """Show a page of the list."""
        return await run_in_threadpool(self._page, request)

    async def one(self, request: Request) -> Response:
        """Show an event with all its pictures."""
        return await run_in_threadpool(self._one, request)

    async def picture(self, request: Request) -> Response:
        """Return a picture of an alarm."""
        return await run_in_threadpool(self._picture, request)

    def _page(self, request: Request) -> Response:
        kind = request.query_params.get("kind", "main")
        kind = kind if kind in FILTERS else "main"
        before = _number(request.query_params.get("before"))
        problem = ""
        events: list[Event] = []
        try:
            events = self._reader.newest(ON_A_PAGE + 1, before=before, kinds=FILTERS[kind][1])
        except StorageError as error:
            problem = error.line()
        more = len(events) > ON_A_PAGE
        shown = self._with_pictures(events[:ON_A_PAGE])
        days = [(day, list(those)) for day, those in groupby(shown, key=lambda one: one.line.day)]
        values = {
            "days": days,
            "kind": kind,
            "filters": [(name, words) for name, (words, _) in FILTERS.items()],
            "before": before,
            "next": shown[-1].line.number if more else None,
            "problem": problem,
        }
        return self._site.page(request, "events.html", values)

    def _one(self, request: Request) -> Response:
        number = int(request.path_params["number"])
        try:
            events = self._reader.since(number - 1, limit=1) if number < 1 << 62 else []
        except StorageError:
            events = []
        if not events or events[0].number != number:
            return PlainTextResponse("there is no such event", 404)
        pictures = [picture.name for picture in self._evidence.list(number)]
        values = {"event": line_of(events[0]), "pictures": pictures}
        return self._site.page(request, "event.html", values)

    def _with_pictures(self, events: Sequence[Event]) -> list[Shown]:
        names: dict[int, list[str]] = {}
        for picture in self._evidence.list():
            names.setdefault(picture.event, []).append(picture.name)
        shown = []
        for event in events:
            found = names.get(event.number, [])
            step = max(1, -(-len(found) // MOST_PICTURES))
            shown.append(Shown(line_of(event), tuple(found[::step]), len(found)))
        return shown

    def _picture(self, request: Request) -> Response:
        try:
            with self._evidence.open(request.path_params["name"]) as file:
                data = file.read(MOST_BYTES)
        except (InputError, OSError):
            return PlainTextResponse("there is no such picture", 404)
        # Evidence never changes: who may look need not fetch it twice.
        headers = {"Cache-Control": "private, max-age=86400"}
        return Response(data, media_type="image/jpeg", headers=headers)


def _number(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return int(text)
