"""Recipe: a way of writing a trained model as TFLite, and what it costs and needs."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from edge.contract import atomic
from edge.contract.errors import InputError

Weights = Literal["float32", "float16", "int8"]
Activations = Literal["float32", "int8", "int16"]
# Who writes the file: TensorFlow's own converter, or Google's ai-edge-quantizer upon it.
Engine = Literal["tensorflow", "ai-edge-quantizer"]
SCHEMA = 1


@dataclass(frozen=True)
class Recipe:
    """One way of quantising, named by rule: weights, then activations where they differ.

    `summary` and `needs` are one line each, for people. `float_tolerance` is the largest
    difference in score, to the float model, at which a converted model still counts as the
    same model: it catches a broken kernel, not the cost of quantising.

    `float_layers` are regular expressions (Python, searched) over the names of operators'
    output tensors; those operators stay in float. `percentile` cuts each activation's range
    to that percentage of its values, in (50, 100]; 100 is the plain minimum and maximum.
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

    @property
    def calibrated(self) -> bool:
        """Say whether pictures are run through the model to find each tensor's range."""
        return self.activations != "float32"

    def write(self, path: Path) -> None:
        """Write the recipe as JSON, atomically.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        data = {"schema": SCHEMA} | asdict(self)
        atomic.write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """Read a recipe that `write` wrote, such as `emberwatch rescue` leaves.

        Raises:
            InputError: no such file, or no recipe in it.
        """
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            known = {field.name for field in fields(cls)}
            if data.pop("schema") != SCHEMA or not set(data) <= known:
                raise KeyError("schema")
            return cls(**data | {"float_layers": tuple(data.get("float_layers", ()))})
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read the recipe {path}", found=error) from error
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise InputError(
                f"{path} holds no recipe",
                found=repr(error),
                expected="a file that emberwatch rescue wrote",
            ) from error


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
    """Return the recipes as lines for a command's help."""
    width = max(map(len, RECIPES)) + 1
    return "\n".join(
        f"{recipe.name:<{width}}{recipe.summary}\n{'':<{width}}needs {recipe.needs}"
        for recipe in RECIPES.values()
    )
