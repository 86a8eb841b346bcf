"""Setup: what all models of a benchmark share."""

from dataclasses import dataclass, field

from converter.benchmark.figure_store import FigureStore
from converter.benchmark.machine import Machine, usable_cores
from converter.benchmark.pictures import TestPictures
from converter.benchmark.timing_plan import TimingPlan
from converter.pi_environment import PiEnvironment
from converter.progress import Progress


@dataclass(frozen=True)
class Setup:
    """The pictures, the runtimes and the ways of measuring.

    `environments` are the runtimes, the first the one that counts; `workers` the processes
    that score pictures at once; `plan` how models are timed. Without a plan nothing is timed
    but by the way, while one process scores the pictures. `device` says in words which camera
    all runs on, empty for this machine.
    """

    pictures: TestPictures
    environments: tuple[PiEnvironment, ...]
    progress: Progress
    plan: TimingPlan | None = field(default_factory=TimingPlan)
    store: FigureStore = field(default_factory=lambda: FigureStore(None))
    workers: int = field(default_factory=usable_cores)
    device: str = ""

    @property
    def processes(self) -> int:
        """Return how many processes score pictures at once."""
        return self.workers if self.plan else 1

    def machine(self, busy_cores: float | None) -> Machine:
        """Return the machine, with the cores that were at other work while it timed."""
        return Machine(self.device, 0) if self.device else Machine.here(busy_cores)
