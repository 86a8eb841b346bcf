"""ClipLabels: what a person says of each frame of a clip."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import InputError
from edge.replay.recording import Recording

SUFFIX = ".labels.tsv"
FORMAT = "a head with the columns frame and label, then a row for each frame, tab-separated"


@dataclass(frozen=True)
class Stretch:
    """Seconds of a clip, from and to, in which there was a hazard all along, or none."""

    start_s: float
    end_s: float
    hazard: bool

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return self.end_s - self.start_s

    def has(self, time_s: float) -> bool:
        """Say whether a moment is in it."""
        return self.start_s <= time_s < self.end_s


@dataclass(frozen=True)
class ClipLabels:
    """The label of each frame, counted from 0, of a clip as it was recorded."""

    labels: tuple[str, ...]
    path: Path | None = None

    @classmethod
    def read(cls, path: Path) -> "ClipLabels":
        """Read a file of labels: columns `frame` and `label`, and others that are left alone.

        Raises:
            InputError: it cannot be read, or the frames are not 0, 1, 2, ...
        """
        try:
            rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
            head, rows = rows[0], [row for row in rows[1:] if row != [""]]
            frame_at, label_at = head.index("frame"), head.index("label")
            frames = [int(row[frame_at]) for row in rows]
            labels = tuple(row[label_at].strip() for row in rows)
        except (OSError, ValueError, IndexError) as error:
            raise InputError(
                f"cannot read the labels {path}", found=error, expected=FORMAT
            ) from error
        if frames != list(range(len(frames))) or not frames:
            raise InputError(f"the frames of {path} are not 0, 1, 2, ...", expected=FORMAT)
        return cls(labels, path)

    @classmethod
    def normal(cls, recording: Recording) -> "ClipLabels":
        """Return labels that say: never a hazard."""
        last = max((report.number for report in recording.reports), default=-1)
        return cls(("",) * (last + 1))

    def stretches(self, recording: Recording, hazard: Collection[str]) -> tuple[Stretch, ...]:
        """Return the clip's stretches with and without a hazard, in time order.

        Raises:
            InputError: there are frames without a label.
        """
        reports = recording.reports
        beyond = [report.number for report in reports if report.number >= len(self.labels)]
        if beyond:
            raise InputError(
                f"the labels {self.path or ''} end before the clip {recording.clip}",
                found=f"{len(self.labels)} labels, and a frame {beyond[0]}",
            )
        flags = [self.labels[report.number] in hazard for report in reports]
        starts = [at for at in range(len(flags)) if at == 0 or flags[at] != flags[at - 1]]
        times = [report.time_s for report in reports]
        found = []
        for at, following in zip(starts, [*starts[1:], None], strict=True):
            end_s = times[-1] + recording.frame_s if following is None else times[following]
            found.append(Stretch(times[at], end_s, flags[at]))
        return tuple(found)


def find_labels(clips: Sequence[Path], given: Sequence[Path]) -> dict[Path, Path]:
    """Return the file of labels of each clip that has one.

    One that is given belongs to the clip whose name it has (`yard.labels.tsv` to `yard.mp4`),
    or to the only clip. Where none is given, one beside the clip is taken.

    Raises:
        InputError: one belongs to no clip.
    """
    found = {}
    for clip in clips:
        beside = clip.with_name(clip.stem + SUFFIX)
        if beside.is_file():
            found[clip] = beside
    for path in given:
        name = path.name.removesuffix(SUFFIX)
        fitting = [clip for clip in clips if clip.stem == name] or list(clips)
        if len(fitting) != 1:
            raise InputError(
                f"the labels {path} belong to no clip that was given",
                expected=f"a name such as {clips[0].stem}{SUFFIX}",
            )
        found[fitting[0]] = path
    return found
