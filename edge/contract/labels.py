"""Labels: the ordered, unique class names of a classifier."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import LabelsError


@dataclass(frozen=True)
class Labels:
    """Class names in the order of a model's outputs.

    Raises:
        LabelsError: a name is empty, holds a line break, or comes twice.
    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.names:
            raise LabelsError("there are no labels", expected="one class name a line")
        for name in self.names:
            # splitlines knows more line breaks than \n, and `from_text` reads by it.
            if not name or name != name.strip() or len(name.splitlines()) != 1:
                raise LabelsError(
                    "a label is empty, has stray white space or more than one line",
                    found=repr(name),
                    expected="one class name a line",
                )
        twice = sorted(name for name, count in Counter(self.names).items() if count > 1)
        if twice:
            raise LabelsError("a label comes twice", found=", ".join(twice))

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def index(self, name: str) -> int:
        """Return the output index of `name`.

        Raises:
            LabelsError: no class has that name.
        """
        if name not in self.names:
            raise LabelsError(
                f"no class is named {name!r}", expected="one of " + ", ".join(self.names)
            )
        return self.names.index(name)

    def to_text(self) -> str:
        """Return one name a line."""
        return "".join(f"{name}\n" for name in self.names)

    @classmethod
    def from_text(cls, text: str) -> "Labels":
        """Read one name a line; blank lines at the end are ignored."""
        return cls(tuple(line.strip() for line in text.rstrip().splitlines()))

    @classmethod
    def numbered(cls, text: str) -> "Labels":
        """Read one name a line, where a name may come again and then gets a number.

        ImageNet's own list has two cranes, a bird and a machine: `crane`, `crane (2)`.
        """
        seen: Counter[str] = Counter()
        names = []
        for line in text.rstrip().splitlines():
            name = line.strip()
            seen[name] += 1
            names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
        return cls(tuple(names))

    @classmethod
    def read(cls, path: Path) -> "Labels":
        """Read a labels file in UTF-8, any project's: a name may come again (`numbered`).

        Raises:
            LabelsError: the file cannot be read or its names are unusable.
        """
        try:
            # utf-8-sig: some editors begin the file with a byte order mark.
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise LabelsError(
                f"cannot read the labels file {path}",
                found=error,
                expected="a UTF-8 text file with one class name a line",
            ) from error
        return cls.numbered(text)
