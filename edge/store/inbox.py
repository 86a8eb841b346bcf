"""Inbox: what waits for the scribe, bounded, the least important given up first."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from edge.store.event import Weight
from edge.store.paper import EventPaper, FilePaper, KeptPaper, LatchPaper, Paper, PicturePaper
from edge.store.ticket import Ticket

# Some 300 bytes each in memory: nothing beside the pictures.
MOST_PAPERS = 2000
MOST_PICTURE_BYTES = 24 << 20
GIVEN_UP = "too much waited for the disk"


class Inbox:
    """Holds papers in their order, and pictures apart from them. Its owner does the locking.

    Pictures are given up before events, light events before heavy ones, and of the same
    weight the oldest; `lost_events` and `lost_pictures` count them. A latch or a file that is
    not written yet gives way to its successor.
    """

    def __init__(
        self, most_papers: int = MOST_PAPERS, most_picture_bytes: int = MOST_PICTURE_BYTES
    ) -> None:
        self.lost_events = 0
        self.lost_pictures = 0
        self.picture_bytes = 0
        self._most_papers = most_papers
        self._most_picture_bytes = most_picture_bytes
        self._papers: deque[Paper] = deque()
        self._of_weight: Counter[Weight] = Counter()
        self._pictures: deque[PicturePaper] = deque()

    @property
    def papers(self) -> int:
        """Return how many papers wait."""
        return len(self._papers)

    @property
    def pictures(self) -> int:
        """Return how many pictures wait."""
        return len(self._pictures)

    def add(self, paper: Paper) -> None:
        """Take a paper in."""
        self._papers.append(paper)
        self._of_weight[paper.weight] += 1
        self._bound()

    def add_picture(self, paper: PicturePaper) -> None:
        """Take a picture in."""
        self._pictures.append(paper)
        self.picture_bytes += len(paper.picture.jpeg)
        while self.picture_bytes > self._most_picture_bytes:
            self._give_up_picture()

    def take(self) -> list[Paper]:
        """Hand out every paper, in order."""
        papers = list(self._papers)
        self._papers.clear()
        self._of_weight.clear()
        return _newest_of_each(papers)

    def put_back(self, papers: Iterable[Paper]) -> None:
        """Take back papers that could not be written, before all others."""
        returned = list(papers)
        self._papers.extendleft(reversed(returned))
        self._of_weight.update(paper.weight for paper in returned)
        self._bound()

    def take_pictures(self, most: int) -> list[PicturePaper]:
        """Hand out the next pictures, at most so many, and none before its alarm is settled."""
        papers: list[PicturePaper] = []
        while self._pictures and len(papers) < most and _is_ready(self._pictures[0]):
            papers.append(self._pictures.popleft())
        self.picture_bytes -= sum(len(paper.picture.jpeg) for paper in papers)
        return papers

    def put_back_pictures(self, papers: Sequence[PicturePaper]) -> None:
        """Take back pictures that could not be written."""
        self._pictures.extendleft(reversed(papers))
        self.picture_bytes += sum(len(paper.picture.jpeg) for paper in papers)

    def oldest_picture_s(self) -> float | None:
        """Return when the first of the waiting pictures was queued; None if none can be taken."""
        ready = self._pictures and _is_ready(self._pictures[0])
        return self._pictures[0].queued_s if ready else None

    def oldest_s(self) -> float | None:
        """Return when the first of the waiting papers was queued."""
        return self._papers[0].queued_s if self._papers else None

    def heaviest(self) -> Weight | None:
        """Return how much the weightiest of the waiting papers matters."""
        return max((weight for weight, count in self._of_weight.items() if count), default=None)

    def _bound(self) -> None:
        excess = len(self._papers) - self._most_papers
        if excess > 0:
            while self._pictures:
                self._give_up_picture()
        for _ in range(excess):
            least = min(weight for weight, count in self._of_weight.items() if count)
            lightest = next(paper for paper in self._papers if paper.weight is least)
            self._papers.remove(lightest)
            self._of_weight[least] -= 1
            self.lost_events += isinstance(lightest, EventPaper)
            lightest.ticket.settle(problem=GIVEN_UP)

    def _give_up_picture(self) -> None:
        if self._pictures:
            paper = self._pictures.popleft()
            self.picture_bytes -= len(paper.picture.jpeg)
            self.lost_pictures += 1
            paper.ticket.settle(problem=GIVEN_UP)


def _is_ready(paper: PicturePaper) -> bool:
    return isinstance(paper, KeptPaper) or paper.alarm.done


def _newest_of_each(papers: list[Paper]) -> list[Paper]:
    """Leave out latches and files that a later one replaces; whoever waits, waits for that."""
    kept: list[Paper] = []
    seen: dict[str, Ticket] = {}
    for paper in reversed(papers):
        key = _key(paper)
        if key is not None and key in seen:
            seen[key].also(paper.ticket)
            continue
        if key is not None:
            seen[key] = paper.ticket
        kept.append(paper)
    return kept[::-1]


def _key(paper: Paper) -> str | None:
    if isinstance(paper, LatchPaper):
        return "latch"
    return f"file {paper.name}" if isinstance(paper, FilePaper) else None
