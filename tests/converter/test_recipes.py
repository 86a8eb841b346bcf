"""Recipes: named by rule, written and read back, and none taken that could do harm."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from converter.recipes import RECIPES, describe_recipes, find_recipe
from edge.contract.errors import InputError

HEAD = RECIPES["int8-float-head"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_comes_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    RECIPES[name].write(path)
    assert find_recipe(str(path)) == RECIPES[name]


def test_every_recipe_says_what_it_needs() -> None:
    text = " ".join(describe_recipes().split())  # wrapped for the eye, read as one line
    for recipe in RECIPES.values():
        assert recipe.summary in text and f"needs {recipe.needs}" in text


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the recipe"):
        find_recipe(str(tmp_path / "none.json"))


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 99},
        {"colour": "red"},
        {"name": "../../etc/cron"},
        {"name": ""},
        {"weights": "int4"},
        {"activations": "float8"},
        {"engine": "sh"},
        {"float_layers": ["("]},
        {"float_layers": "conv"},
        {"float_layers": [3]},
        {"percentile": 40},
        {"percentile": "99"},
        {"pictures": -1},
        {"pools": "maximum"},
        {"engine": "tensorflow"},
        {"activations": "float32"},
    ],
)
def test_a_recipe_with_a_wrong_value_is_refused(change: dict, tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    HEAD.write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match="holds no recipe"):
        find_recipe(str(path))


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"schema": 1}', "{", "\x00", '"int8"'])
def test_a_file_without_a_recipe_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    path.write_text(text)
    with pytest.raises(InputError, match="holds no recipe"):
        find_recipe(str(path))


def test_the_same_recipe_has_the_same_digest_whatever_it_is_called() -> None:
    assert replace(HEAD, name="other", summary="x", needs="y").digest == HEAD.digest
    assert replace(HEAD, seed=5).digest != HEAD.digest
