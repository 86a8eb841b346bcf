"""Comparison: runs side by side, and how far their figures may be compared at all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from converter.statistics import SIGNIFICANT, Proportion, mcnemar
from edge.contract.errors import InputError
from training.compare.candidate import Candidate, names_of


@dataclass(frozen=True)
class Pair:
    """Two runs on the test pictures that both have.

    `only_first` counts the pictures that the first alone has right, `only_second` the second
    alone. `p_value` is McNemar's, exact: how often a difference as large or larger would come
    about if both were equally good (McNemar 1947; the sign test on the pictures on which
    exactly one is right). None where no picture tells them apart.
    """

    first: str
    second: str
    agreement: Proportion
    only_first: int
    only_second: int
    p_value: float | None

    @property
    def words(self) -> str:
        """Return in a sentence which of them is better, if that can be said."""
        if not self.agreement.of:
            return "no test picture in common whose answers are known"
        counts = f"{self.only_first} right by the first alone, {self.only_second} by the second"
        if self.p_value is None:
            return "each is right where the other is"
        if self.p_value >= SIGNIFICANT:
            return f"{counts}: that may be chance (p = {self.p_value:.2f})"
        better = self.first if self.only_first > self.only_second else self.second
        return f"{counts}: {better} is better (p = {self.p_value:.2g})"


@dataclass(frozen=True)
class Comparison:
    """The runs, each pair of them, and their accuracy on the pictures that all were tested on."""

    candidates: tuple[Candidate, ...]
    pairs: tuple[Pair, ...]
    same_test: bool
    shared: dict[str, Proportion]

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> "Comparison":
        """Compare runs."""
        common = frozenset.intersection(*(frozenset(one.answers) for one in candidates))
        shared = {
            one.name: Proportion.of_counts(
                sum(one.answers[digest].right for digest in common), len(common)
            )
            for one in candidates
        }
        return cls(
            candidates=tuple(candidates),
            pairs=tuple(compare(a, b) for a, b in combinations(candidates, 2)),
            same_test=len({one.tested for one in candidates}) == 1,
            shared=shared if common else {},
        )

    @classmethod
    def read(cls, runs: Sequence[Path]) -> "Comparison":
        """Read run folders and compare them.

        Raises:
            InputError: fewer than two, one named twice, or one that holds no finished run.
        """
        if len(runs) < 2:
            raise InputError("nothing to compare", found=f"{len(runs)} run", expected="two or more")
        if len({run.resolve() for run in runs}) < len(runs):
            raise InputError("a run is named twice", expected="each run once")
        names = names_of(list(runs))
        return cls.of([Candidate.read(run, name) for run, name in zip(runs, names, strict=True)])

    @property
    def recipes(self) -> list[str]:
        """Return the recipes by which any of the runs was converted or measured."""
        found = [name for one in self.candidates for name in (*one.measured, *one.size_bytes)]
        return list(dict.fromkeys(found))

    @property
    def notes(self) -> list[str]:
        """Return what to know before two figures are compared."""
        notes = []
        if not self.same_test:
            notes.append(
                "The runs were tested on different pictures: do not compare their test accuracy. "
                + self._common_words()
            )
        unknown = [one.name for one in self.candidates if not one.answers]
        if unknown:
            notes.append(
                f"No single answers are known of {', '.join(unknown)}: retrain with this version."
            )
        for recipe in self.recipes:
            measured = [one.measured[recipe] for one in self.candidates if recipe in one.measured]
            ways = {f"{one.runtime}, {one.threads} threads" for one in measured}
            if len(ways) > 1:
                notes.append(f"The times of {recipe} are of different kinds: {'; '.join(ways)}.")
        return notes

    def _common_words(self) -> str:
        if not self.shared:
            return "They have no test picture in common whose answers are known."
        count = next(iter(self.shared.values())).of
        return f"The row `on shared pictures` counts the {count} that all have."

    def to_json(self) -> dict[str, Any]:
        """Return the whole as plain JSON."""
        return {
            "schema": 1,
            "same_test_pictures": self.same_test,
            "runs": [_candidate_json(one, self.shared.get(one.name)) for one in self.candidates],
            "pairs": [asdict(pair) for pair in self.pairs],
            "notes": self.notes,
        }


def compare(first: Candidate, second: Candidate) -> Pair:
    """Compare two runs, picture by picture."""
    common = sorted(first.answers.keys() & second.answers.keys())
    both = [(first.answers[digest], second.answers[digest]) for digest in common]
    only_first = sum(a.right and not b.right for a, b in both)
    only_second = sum(b.right and not a.right for a, b in both)
    return Pair(
        first=first.name,
        second=second.name,
        agreement=Proportion.of_counts(sum(a.said == b.said for a, b in both), len(both)),
        only_first=only_first,
        only_second=only_second,
        p_value=mcnemar(only_first, only_second) if only_first + only_second else None,
    )


def _candidate_json(one: Candidate, shared: Proportion | None) -> dict[str, Any]:
    return {
        "name": one.name,
        "backbone": one.backbone,
        "cut": one.cut,
        "accuracy": asdict(one.test.accuracy) if one.test else None,
        "accuracy_on_shared_pictures": asdict(shared) if shared else None,
        "leave_one_group_out": asdict(one.left_out) if one.left_out else None,
        "parameters": one.parameters,
        "test_pictures": len(one.tested),
        "size_bytes": one.size_bytes,
        "measured": {
            recipe: {
                "accuracy": asdict(found.figures.accuracy),
                "median_ms": found.median_ms,
                "p95_ms": found.p95_ms,
                "runtime": found.runtime,
                "threads": found.threads,
                "size_bytes": found.size_bytes,
            }
            for recipe, found in one.measured.items()
        },
    }
