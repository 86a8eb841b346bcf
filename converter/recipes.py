"""Recipe: a way of writing a trained model as TFLite, and what it costs and needs."""

from dataclasses import dataclass

from edge.contract.errors import InputError


@dataclass(frozen=True)
class Recipe:
    """One way of quantising.

    `summary` and `needs` are one line each, for people; `calibrated` says whether pictures
    are run through the model to find each tensor's range; `float_tolerance` is the largest
    difference in score, to the float model, at which a converted model still counts as the
    same model: it catches a broken kernel, not the cost of quantising.
    """

    name: str
    summary: str
    needs: str
    calibrated: bool
    float_tolerance: float


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "int8",
            "weights and activations in 8 bits: a quarter of the size, fastest on a Pi",
            "calibration pictures from the training part; runs on every supported runtime",
            calibrated=True,
            float_tolerance=0.5,
        ),
        Recipe(
            "float16",
            "weights in 16 bits, computed in 32: half the size, the float model's scores",
            "nothing; no faster than float32 on a Pi",
            calibrated=False,
            float_tolerance=0.02,
        ),
        Recipe(
            "float32",
            "nothing quantised: the yardstick",
            "nothing; the largest and slowest to load",
            calibrated=False,
            float_tolerance=0.001,
        ),
        Recipe(
            "dynamic",
            "weights in 8 bits, activations quantised anew for each picture",
            "ai-edge-litert on the Pi; refused for tflite-runtime 2.14",
            calibrated=False,
            float_tolerance=0.2,
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        InputError: there is none.
    """
    if name not in RECIPES:
        raise InputError(f"no recipe is called {name!r}", expected=" or ".join(RECIPES))
    return RECIPES[name]


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
    return "\n".join(
        f"{recipe.name:<9}{recipe.summary}\n{'':<9}needs {recipe.needs}"
        for recipe in RECIPES.values()
    )
