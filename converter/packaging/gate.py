"""AccuracyGate: says whether the accuracy that quantising cost may be shipped."""

from dataclasses import dataclass

from converter.benchmark.benchmark import Benchmark
from edge.contract.approval import Approval, Check
from edge.contract.errors import GateRefused

CHECK = "accuracy_drop_points"
DEFAULT_MAX_DROP_POINTS = 1.0


@dataclass(frozen=True)
class AccuracyGate:
    """Allows a recipe to lose at most `max_drop_points` percentage points to the float model."""

    max_drop_points: float = DEFAULT_MAX_DROP_POINTS

    def check(self, benchmark: Benchmark, recipe: str) -> Approval:
        """Return the approval of a measured recipe.

        Raises:
            GateRefused: it lost more; the message has the figures.
            InputError: the recipe was not measured.
        """
        # Rounded, so that 1.0 points is 1.0 however the division falls out.
        drop = round(benchmark.drop_points(recipe), 6)
        check = Check(CHECK, drop, self.max_drop_points, drop <= self.max_drop_points)
        if not check.passed:
            measured = benchmark.measured(recipe)
            ours, reference = measured.figures.accuracy, benchmark.reference.accuracy
            raise GateRefused(
                f"{recipe} loses {drop:.2f} points of accuracy on {ours.of} test pictures: "
                f"{reference.percent()} float, {ours.percent()} {recipe} "
                f"({measured.lost} pictures lost, {measured.gained} gained)",
                expected=f"at most {self.max_drop_points:g} points",
                next_step="convert with more --calibration pictures or another recipe, "
                "or raise --max-drop",
            )
        return Approval((check,))
