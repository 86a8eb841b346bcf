"""Profile: what a target's runtime takes and what kills it, found by asking that runtime.

`make profiles` writes the JSON files beside this one; nothing in them is typed by hand but a
target's name and its memory.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from converter.preflight.model_graph import Use
from edge.contract import atomic
from edge.contract.errors import InputError, MachineError

FOLDER = Path(__file__).with_name("profiles")
SCHEMA = 1
# The targets that come with the package; `here` is asked anew.
NAMES = ("bookworm64", "bookworm32", "trixie")
HERE = "here"
RUNS = "runs"


@dataclass(frozen=True)
class Target:
    """A kind of camera: its system and runtime, and the memory of its smallest board in MB."""

    name: str
    title: str
    runtime: str
    machine: str
    memory_mb: int


@dataclass(frozen=True)
class Tried:
    """What became of small models with one use of an operator: `runs`, `refused`, `failed`,
    `crashed`, `hung` or `wrong`.

    `cells` are the pairs of inputs and outputs (`Use`) with which it was seen, `recipes` those
    by which the models were made; `largest_difference` the furthest from the float result, in
    shares of the span of its values.
    """

    operator: str
    form: str
    bias: bool | None
    result: str
    reason: str
    recipes: tuple[str, ...]
    cells: tuple[tuple[int, int], ...]
    largest_difference: float = 0.0


@dataclass(frozen=True)
class Rule:
    """A use of an operator that a runtime does not survive, or gets wrong.

    It holds for a use of that operator, form and bias with outputs from 2 up to
    `fewer_outputs` - 1 or with inputs up to `fewer_inputs` - 1; where both are 0, for any.
    """

    operator: str
    form: str
    bias: bool | None
    result: str
    reason: str
    fewer_outputs: int = 0
    fewer_inputs: int = 0
    least_outputs: int = 1

    def holds(self, use: Use) -> bool:
        """Say whether a use of an operator is such a one."""
        same = (use.operator, use.form, use.bias) == (self.operator, self.form, self.bias)
        if not same or use.outputs < self.least_outputs:
            return False
        small = use.outputs < self.fewer_outputs or use.inputs < self.fewer_inputs
        return small or not (self.fewer_outputs or self.fewer_inputs)

    def words(self) -> str:
        """Return the rule as a phrase, such as `int8 per-channel FULLY_CONNECTED, no bias`."""
        phrase = f"{self.form} {self.operator}"
        if self.bias is not None:
            phrase += " with a bias" if self.bias else " without a bias"
        sizes = []
        if self.fewer_outputs:
            sizes.append(f"fewer than {self.fewer_outputs} outputs")
        if self.fewer_inputs:
            sizes.append(f"fewer than {self.fewer_inputs} inputs")
        return phrase + (f", with {' or '.join(sizes)}" if sizes else "")


@dataclass(frozen=True)
class RecipeTried:
    """What became of a small network by a recipe: `result` and `reason` as in `Tried`."""

    result: str
    reason: str = ""


@dataclass(frozen=True)
class Profile:
    """A target and what its runtime was found to do.

    `operators` are the highest known versions, `since` the lowest where it is not 1, `custom`
    the custom operators built in, `dtypes` the tensor types. `resident_mb` is the runtime's
    memory without a model. `derived` says on what it was asked, and when.
    """

    target: Target
    runtime_version: str
    operators: Mapping[str, int]
    since: Mapping[str, int]
    custom: tuple[str, ...]
    dtypes: tuple[str, ...]
    resident_mb: float
    derived: Mapping[str, str]
    rules: tuple[Rule, ...] = ()
    recipes: Mapping[str, RecipeTried] | None = None
    tried: tuple[Tried, ...] = ()

    @property
    def name(self) -> str:
        """Return the target's name."""
        return self.target.name

    @property
    def runtime(self) -> str:
        """Return the runtime's name and version, such as `tflite-runtime 2.14.0`."""
        return f"{self.target.runtime} {self.runtime_version}"

    def runs_recipe(self, recipe: str) -> bool:
        """Say whether a small network by that recipe ran there."""
        tried = (self.recipes or {}).get(recipe)
        return tried is not None and tried.result == RUNS

    def write(self, folder: Path = FOLDER) -> Path:
        """Write the profile as NAME.json, atomically; return its path.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        path = folder / f"{self.name}.json"
        data = {"schema": SCHEMA, **asdict(self)}
        tables = {name: data.pop(name) for name in ("tried", "rules")}
        text = json.dumps(data, indent=1, ensure_ascii=False)
        for name, rows in tables.items():
            lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows)
            text = f'{text[:-2]},\n "{name}": [\n{lines}\n ]\n}}'
        atomic.write_text(path, text + "\n")
        return path

    @classmethod
    def read(cls, name: str, folder: Path = FOLDER) -> "Profile":
        """Read a profile that comes with the package.

        Raises:
            InputError: no target is called that.
            MachineError: the package's file is damaged.
        """
        path = folder / f"{name}.json"
        if name not in NAMES or not path.exists():
            raise InputError(f"no target is called {name!r}", expected=", ".join((*NAMES, HERE)))
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            data.pop("schema")
            return cls(
                **data
                | {
                    "target": Target(**data["target"]),
                    "custom": tuple(data["custom"]),
                    "dtypes": tuple(data["dtypes"]),
                    "rules": tuple(Rule(**row) for row in data["rules"]),
                    "tried": tuple(_tried(row) for row in data["tried"]),
                    "recipes": {
                        recipe: RecipeTried(**row)
                        for recipe, row in (data["recipes"] or {}).items()
                    },
                }
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MachineError(
                f"the profile {path.name} is damaged",
                found=repr(error),
                next_step="install emberwatch again, or run make profiles",
            ) from error


def is_shipped(name: str) -> bool:
    """Say whether a target's profile lies beside this file."""
    return (FOLDER / f"{name}.json").exists()


def _tried(row: dict[str, Any]) -> Tried:
    cells = tuple((int(inputs), int(outputs)) for inputs, outputs in row["cells"])
    return Tried(**row | {"recipes": tuple(row["recipes"]), "cells": cells})


def rules_of(tried: Iterable[Tried]) -> tuple[Rule, ...]:
    """Reduce what was tried to rules that a foreign model can be held against.

    Refusals are left out: the runtime says those itself, by the operator's version. Of the
    others, a rule by size is sought that tells the dead from the living: so many outputs or
    inputs at the least. Where none does, all of that operator, form and bias are meant.
    """
    groups: dict[tuple[str, str, bool | None], list[Tried]] = {}
    for row in tried:
        groups.setdefault((row.operator, row.form, row.bias), []).append(row)
    return tuple(
        rule
        for rows in groups.values()
        for result in sorted({row.result for row in rows} - {RUNS, "refused"})
        for rule in [_rule(rows, result)]
    )


def _rule(rows: list[Tried], result: str) -> Rule:
    bad_rows = [row for row in rows if row.result == result]
    bad = {cell for row in bad_rows for cell in row.cells}
    good = {cell for row in rows if row.result == RUNS for cell in row.cells} - bad
    first, fewest = bad_rows[0], min(outputs for _, outputs in bad)
    rule = Rule(first.operator, first.form, first.bias, result, first.reason, least_outputs=fewest)
    rivals = {cell for cell in good if cell[1] >= fewest}
    if not rivals:
        return rule
    # One above the last size at which it dies whatever the other size is.
    few_outputs = max((o for i, o in bad if _lives(rivals, i, o)), default=fewest - 1) + 1
    left = {inputs for inputs, outputs in bad if outputs >= few_outputs}
    # Between the last that dies and the next that lives nobody looked: those die too.
    few_inputs = min((i for i, _ in rivals if left and i > max(left)), default=0)
    bounded = Rule(**asdict(rule) | {"fewer_outputs": few_outputs, "fewer_inputs": few_inputs})
    exact = all(_meets(bounded, cell) == (cell in bad) for cell in rivals | bad)
    return bounded if exact else rule


def _meets(rule: Rule, cell: tuple[int, int]) -> bool:
    return rule.holds(Use(rule.operator, rule.form, rule.bias, *cell))


def _lives(rivals: set[tuple[int, int]], inputs: int, outputs: int) -> bool:
    """Say whether, with that many inputs, some larger number of outputs lives."""
    return any(i == inputs and o > outputs for i, o in rivals)
