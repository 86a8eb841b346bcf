"""Recipe: a way of writing a trained model as TFLite, and what it costs and needs."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from textwrap import fill
from typing import Any, Literal, get_args

from converter.average_pool import Pools
from edge.contract import atomic
from edge.contract.errors import InputError

Weights = Literal["float32", "float16", "int8"]
Activations = Literal["float32", "int8", "int16"]
# Who writes the file: TensorFlow's own converter, or Google's ai-edge-quantizer upon it.
Engine = Literal["tensorflow", "ai-edge-quantizer"]
SCHEMA = 1
# What a model's file may be called: it lies in the run's folder and nowhere else.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# The fields of a recipe that change no byte of a model.
WORDS = ("name", "summary", "needs", "float_tolerance")


@dataclass(frozen=True)
class Recipe:
    """One way of quantising, named by rule: weights, then activations where they differ.

    `summary` and `needs` are one line each, for people. `float_tolerance` is the largest
    difference in score, to the float model, at which a converted model still counts as the
    same model: it catches a broken kernel, not the cost of quantising.

    `float_layers` are regular expressions (Python, searched) over the names of operators'
    output tensors; those operators stay in float. So do, with `float_from`, the operator that
    makes the output of that name and all that follow on it. `percentile` ends each
    activation's range at that percentile of its values, in (50, 100], and at the one as far
    from the other end; 100 is the plain minimum and maximum. Layers in float are for the
    ai-edge-quantizer alone. `least_error` ends each range where 8 bits tell its values with
    the least error (converter/least_error.py), unless a percentile is asked for, and
    `bias_correction` takes out what rounding the weights adds on average
    (converter/bias_correction.py).

    `pictures` is the number of calibration pictures and `seed` which ones; 0 leaves both to
    the command. `pools` is the form of the average pools; None the environment's.

    Raises:
        ValueError: a value that is none, or that the engine does not know.
    """

    name: str
    summary: str
    needs: str
    weights: Weights
    activations: Activations
    float_tolerance: float
    engine: Engine = "tensorflow"
    float_layers: tuple[str, ...] = ()
    percentile: float = 100.0
    float_from: str = ""
    pictures: int = 0
    seed: int = 0
    pools: Pools | None = None
    least_error: bool = False
    bias_correction: bool = False

    def __post_init__(self) -> None:
        wrong = [
            f"{name} {value!r}"
            for name, value, right in (
                ("name", self.name, bool(NAME.fullmatch(self.name))),
                ("weights", self.weights, self.weights in get_args(Weights)),
                ("activations", self.activations, self.activations in get_args(Activations)),
                ("engine", self.engine, self.engine in get_args(Engine)),
                ("pools", self.pools, self.pools is None or self.pools in get_args(Pools)),
                ("percentile", self.percentile, 50 < self.percentile <= 100),
                ("pictures", self.pictures, self.pictures >= 0 and self.seed >= 0),
                ("float_layers", self.float_layers, _compile(self.float_layers)),
                ("float layers", self.engine, self._engine_suits()),
                (
                    "least_error",
                    self.activations,
                    self.activations == "int8" or not self.least_error,
                ),
            )
            if not right
        ]
        if wrong:
            raise ValueError(", ".join(wrong))

    @property
    def calibrated(self) -> bool:
        """Say whether pictures are run through the model to find each tensor's range."""
        return self.activations != "float32"

    @property
    def digest(self) -> str:
        """Return a hash of what the recipe does, whatever it is called."""
        does = {name: value for name, value in asdict(self).items() if name not in WORDS}
        return hashlib.sha256(json.dumps(does, sort_keys=True).encode()).hexdigest()

    def _engine_suits(self) -> bool:
        """Say whether the engine can do what is asked of it."""
        if self.engine == "ai-edge-quantizer":
            return self.calibrated
        return not self.float_layers and not self.float_from

    def write(self, path: Path) -> None:
        """Write the recipe as JSON, atomically.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        atomic.write_text(path, json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n")

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain JSON."""
        return {"schema": SCHEMA} | asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Recipe":
        """Read what `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is something else.
        """
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in data.items() if name != "schema"}
        if data["schema"] != SCHEMA or not set(given) <= known:
            raise KeyError("schema")
        layers = given.get("float_layers", [])
        if not isinstance(layers, list | tuple):
            raise TypeError("float_layers is no list")
        return cls(**given | {"float_layers": tuple(layers)})

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """Read a recipe that `write` wrote, such as `emberwatch rescue` leaves.

        Raises:
            InputError: no such file, or no recipe in it.
        """
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise InputError(f"cannot read the recipe {path}", found=error) from error
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError(
                f"{path} holds no recipe",
                found=repr(error),
                expected="a file that emberwatch rescue wrote",
            ) from error


def _compile(expressions: tuple[str, ...]) -> bool:
    try:
        return all(re.compile(expression) for expression in expressions)
    except re.error:
        return False


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "int8",
            "weights and activations in 8 bits: a quarter of the size, fastest on a Pi",
            "calibration pictures from the training part; runs on every supported runtime",
            weights="int8",
            activations="int8",
            float_tolerance=0.5,
            least_error=True,
            bias_correction=True,
        ),
        Recipe(
            "int8-float-head",
            "as int8, but the head and what follows in 32 bits: nearer to the float model's "
            "scores, as small and as fast",
            "calibration pictures from the training part; runs on every supported runtime",
            weights="int8",
            activations="int8",
            float_tolerance=0.5,
            engine="ai-edge-quantizer",
            float_from="class_map",
            least_error=True,
            bias_correction=True,
        ),
        Recipe(
            "int16x8",
            "weights in 8 bits, activations in 16: a quarter of the size, nearly the float "
            "model's scores, 20 to 130 times as slow as int8",
            "calibration pictures from the training part, and patience: no runtime has a fast "
            "16-bit convolution, and XNNPACK takes none",
            weights="int8",
            activations="int16",
            float_tolerance=0.05,
            engine="ai-edge-quantizer",
            bias_correction=True,
        ),
        Recipe(
            "float16",
            "weights in 16 bits, computed in 32: half the size, the float model's scores",
            "nothing; no faster than float32 on a Pi",
            weights="float16",
            activations="float32",
            float_tolerance=0.02,
        ),
        Recipe(
            "float32",
            "nothing quantised: the yardstick",
            "nothing; the largest and slowest to load",
            weights="float32",
            activations="float32",
            float_tolerance=0.001,
        ),
        Recipe(
            "dynamic",
            "weights in 8 bits, activations quantised anew for each picture",
            "ai-edge-litert on the Pi; refused for tflite-runtime 2.14",
            weights="int8",
            activations="float32",
            float_tolerance=0.2,
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of that name, or the one in the file of that name (`*.json`).

    Raises:
        InputError: there is none.
    """
    if name in RECIPES:
        return RECIPES[name]
    if name.endswith(".json"):
        return Recipe.read(Path(name))
    raise InputError(
        f"no recipe is called {name!r}", expected=" or ".join(RECIPES) + ", or a recipe's .json"
    )


def parse_recipes(text: str) -> tuple[Recipe, ...]:
    """Read a list such as `int8,float32`, or `all`; each comes once, in the order given.

    Raises:
        InputError: an unknown name, or none at all.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return tuple(RECIPES.values())
    if not names:
        raise InputError("no recipe was named", expected="all, or some of " + ",".join(RECIPES))
    return tuple(find_recipe(name) for name in dict.fromkeys(names))


def describe_recipes() -> str:
    """Return the recipes as lines for a command's help, each at most 78 characters wide."""
    indent = " " * (max(map(len, RECIPES)) + 1)
    lines = []
    for recipe in RECIPES.values():
        first = f"{recipe.name:<{len(indent)}}"
        lines.append(fill(recipe.summary, 78, initial_indent=first, subsequent_indent=indent))
        needs = f"needs {recipe.needs}"
        lines.append(fill(needs, 78, initial_indent=indent, subsequent_indent=indent))
    return "\n".join(lines)
