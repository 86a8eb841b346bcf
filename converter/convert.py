"""Convert: a run's float model into a TFLite file that the Pi's runtime was seen to run."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from time import perf_counter

from converter.activations import Activations
from converter.average_pool import Pools, faster_pools
from converter.calibration import CalibrationSet, read_row
from converter.features_output import with_features
from converter.integer_model import integer_model, ranges_of
from converter.keras_model import FEATURES, INPUT, KerasModel, versions
from converter.metadata import with_metadata
from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import Declaration, declaration, read_graph
from converter.preflight.here import here_profile
from converter.preflight.profile import Profile
from converter.preflight.verdict import judge, judge_recipe
from converter.progress import Progress
from converter.recipes import Recipe
from converter.tflite_model import TfliteModel, Trial, model_path, remove
from converter.trained_model import TrainedModel
from converter.trial import TRIED, try_model
from edge.contract import atomic
from edge.contract.bundle import sha256
from edge.contract.errors import ModelError
from edge.contract.picture import Rgb
from edge.contract.tensors import TensorSpec


class Conversion:
    """Converts one run, recipe by recipe.

    `calibration` gives the pictures for the recipes that need them; its first few are also
    those with which each result is tried in the Pi environment. With `force`, a model that
    loads and runs there is kept though it would be refused for other reasons. `pools` is the
    form of the average pools; None is the one that is faster in the target's runtime.
    `target` is the camera that each model is held against before it is tried; None is the
    environment itself.
    """

    def __init__(
        self,
        trained: TrainedModel,
        environment: PiEnvironment,
        calibration: CalibrationSet,
        progress: Progress,
        *,
        force: bool = False,
        pools: Pools | None = None,
        target: Profile | None = None,
    ) -> None:
        self.trained = trained
        self.environment = environment
        self.calibration = calibration
        self.progress = progress
        self.force = force
        self._pools = pools
        self._target = target
        self._keras: KerasModel | None = None

    @property
    def keras_model(self) -> KerasModel:
        """Return the float model, read once."""
        if self._keras is None:
            with self.progress.step("read the float model"):
                self._keras = KerasModel(self.trained)
        return self._keras

    def pools(self, recipe: Recipe) -> Pools:
        """Return the form that average pools get: what quantised operators gain by, for one."""
        chosen = recipe.pools or self._pools
        if chosen is not None:
            return chosen
        runtime = self._target.runtime if self._target else self.environment.runtime
        return faster_pools(runtime) if recipe.calibrated else "average"

    @cached_property
    def profile(self) -> Profile:
        """Return what the target's runtime takes; the environment's is asked, once."""
        return self._target or here_profile(self.environment)

    def calibration_of(self, recipe: Recipe) -> CalibrationSet:
        """Return the pictures that a recipe names, else those of this conversion."""
        if not recipe.pictures:
            return self.calibration
        return CalibrationSet.draw(self.trained, recipe.pictures, recipe.seed)

    def model(self, recipe: Recipe) -> TfliteModel:
        """Return the run's model by a recipe: the one that is there, if right, else a new one.

        Raises:
            ModelRefused, ModelError: as `convert`.
        """
        found = TfliteModel.read(self.trained, recipe)
        if found and found.pools == self.pools(recipe) and self._calibrated_alike(found):
            return found
        return self.convert(recipe)

    def _calibrated_alike(self, found: TfliteModel) -> bool:
        """Say whether a model had these pictures, where they were taken over from an older one."""
        asked = self.calibration.kept and found.calibration
        return not asked or found.calibration == self.calibration.to_json()

    def convert(self, recipe: Recipe) -> TfliteModel:
        """Write the run's model by a recipe and its record; return them.

        The file appears only once the Pi's runtime has run it; on a refusal none is left.

        Raises:
            ModelRefused: the Pi's runtime refuses it.
            ModelError: TensorFlow cannot convert it, or made something else than asked.
        """
        target = model_path(self.trained, recipe)
        remove(self.trained, recipe)
        self._check_recipe(recipe)
        keras_model = self.keras_model
        started = perf_counter()
        data = self._tflite(keras_model, recipe)
        seconds = perf_counter() - started
        declared = declaration(data)
        check_form(declared, recipe, self.trained)
        data = with_metadata(data, self.trained, recipe.name)
        with atomic.atomic_path(target) as temporary:
            temporary.write_bytes(data)
            self._preflight(data, recipe)
            trial = self._try(temporary, recipe)
        model = TfliteModel(
            path=target,
            recipe=recipe.name,
            recipe_digest=recipe.digest,
            sha256=sha256(data),
            size_bytes=len(data),
            keras_sha256=sha256(self.trained.keras_path.read_bytes()),
            pools=self.pools(recipe),
            declared=declared,
            trial=trial,
            seconds=round(seconds, 2),
            calibration=self.calibration_of(recipe).to_json() if recipe.calibrated else None,
            versions=versions(),
        )
        model.write_record()
        return model

    def _tflite(self, keras_model: KerasModel, recipe: Recipe) -> bytes:
        calibration = self.calibration_of(recipe)
        count = len(calibration.rows) if recipe.calibrated else None
        what = f"quantise with {count} pictures" if count else "convert"
        with self.progress.step(f"{recipe.name}: {what}", count) as tick:

            def samples() -> Iterator[Rgb]:
                for tensor in calibration.tensors():
                    yield tensor
                    tick()

            if recipe.calibrated:
                return self._quantised(recipe, samples())
            return with_features(keras_model.to_tflite(recipe, self.pools(recipe)))

    def _quantised(self, recipe: Recipe, samples: Iterator[Rgb]) -> bytes:
        """Return the model in integers: float file, ranges of its tensors, quantised file."""
        float_file = self.keras_model.to_float_file(self.pools(recipe))
        cut = recipe.least_error or recipe.percentile < 100
        activations = Activations(float_file, keep_values=cut).add(samples)
        return integer_model(float_file, recipe, ranges_of(recipe, activations), activations.means)

    def _check_recipe(self, recipe: Recipe) -> None:
        """Refuse what the recipe alone decides, before a minute is spent on converting."""
        verdict = judge_recipe(recipe, self.profile)
        if verdict.findings and not self.force:
            raise verdict.refusal(f"a model by the recipe {recipe.name}")

    def _preflight(self, model: bytes, recipe: Recipe) -> None:
        """Refuse what the target's runtime is known to refuse, or to die of."""
        verdict = judge(read_graph(model), self.profile, None if self.force else recipe)
        if verdict.findings and not (self.force and verdict.passes):
            raise verdict.refusal(f"the {recipe.name} model")

    def _try(self, model: Path, recipe: Recipe) -> Trial:
        runtime = self.environment.runtime
        with self.progress.step(f"{recipe.name}: try it in {runtime}"):
            rows = self.calibration.rows[:TRIED]
            apply = self.trained.preprocess.apply
            expected = self.keras_model.scores(apply(read_row(self.trained, row)) for row in rows)
            return try_model(model, recipe, self.trained, self.environment, rows, expected)


def check_form(declared: Declaration, recipe: Recipe, trained: TrainedModel) -> None:
    """Make sure that a converted model has the form that a camera expects.

    One uint8 RGB picture in, in int8 with scale 1 and zero point 0, so that pixels are fed as
    they are; scores, class map and what it is made of out. And no FULLY_CONNECTED in an int8
    model: quantised per channel and without a bias, with 2 or 3 outputs, it kills
    `tflite-runtime` 2.14 on aarch64 (docs/preflight.md).

    Raises:
        ModelError: it has another form.
    """
    size = (1, trained.preprocess.height, trained.preprocess.width, 3)
    scale = 1.0 if recipe.calibrated else 0.0
    wanted = TensorSpec(INPUT, size, "uint8", scale, 0)
    if declared.inputs != (wanted,):
        raise ModelError(
            f"the {recipe.name} model takes another input than pixels",
            found=declared.inputs,
            expected=wanted,
        )
    classes = len(trained.labels)
    ends = sorted(
        (len(spec.shape), spec.shape[-1]) for spec in declared.outputs if spec.name != FEATURES
    )
    if ends != [(2, classes), (4, classes)]:
        raise ModelError(
            f"the {recipe.name} model gives something else than scores and a class map",
            found=[list(spec.shape) for spec in declared.outputs],
            expected=f"[1, {classes}] and [1, rows, columns, {classes}]",
        )
    if recipe.calibrated and declared.count("FULLY_CONNECTED"):
        raise ModelError(
            "the int8 model has a dense layer, which kills tflite-runtime 2.14 on aarch64",
            expected="a head that is a 1x1 convolution",
            next_step="retrain with this version",
        )
