"""Cluster: bottlenecks by the workers of a Ray cluster. The one file that knows Ray."""

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from edge.contract.errors import EmberwatchError, MachineError, MissingPackage
from edge.contract.preprocess import Preprocess
from training.cluster_worker import (
    ClusterWorker,
    Row,
    from_row,
    package_versions,
    read_row,
    wanted_rows,
)
from training.computed import Computed
from training.decoding import Wanted
from training.features import PortableNetwork

LOCAL = "local"
# Ray's own word for the cluster that this machine has joined.
AUTO = "auto"
PATIENCE_SECONDS = 10.0
# The store of a Ray that is started here: the network and the pictures on their way.
LOCAL_STORE_BYTES = 512 * 1024 * 1024
# Ray's own noise: its usage statistics are sent nowhere, its notes are not shown.
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
}


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster to compute bottlenecks on.

    `address` is HOST:PORT of an existing cluster which this machine has joined by `ray start`,
    `auto` for the one it has joined, or `local`: `workers` processes of this machine, stopped
    afterwards. `workers` is how many are
    used at once, each with one core; None: one for each of the cluster's cores.

    Pictures are read by this machine and sent: the workers need no shared disk. Our own code
    is sent too; the packages that features depend on must be there in the same versions.
    """

    address: str
    workers: int | None = None

    def batches(
        self, pictures: Sequence[Wanted], network: PortableNetwork, preprocess: Preprocess
    ) -> Iterator[Computed]:
        """Yield the views' features as workers return them, in any order.

        A worker that dies is started anew and its batch computed again.

        Raises:
            MissingPackage: Ray is not installed.
            MachineError: no such cluster, or a worker failed for good.
            PictureError: a file went away or cannot be opened.
        """
        ray = import_ray()
        self._connect(ray)
        try:
            shipped = ray.put(network)
            for row in self._rows(ray, list(wanted_rows(pictures)), shipped, preprocess):
                done = from_row(row)
                if isinstance(done, EmberwatchError):
                    raise done
                yield done
        except ray.exceptions.RayError as error:
            raise _failure(error) from error
        finally:
            ray.shutdown()

    def _connect(self, ray: ModuleType) -> None:
        settings: dict[str, Any] = {
            "logging_level": logging.ERROR,
            "log_to_driver": False,
            "runtime_env": {"py_modules": _our_code(), "env_vars": {"TF_CPP_MIN_LOG_LEVEL": "3"}},
        }
        if self.address == LOCAL:
            settings |= {
                "num_cpus": self.workers,
                "include_dashboard": False,
                "object_store_memory": LOCAL_STORE_BYTES,
            }
        else:
            settings["address"] = self.address
        try:
            if self.address not in (LOCAL, AUTO):
                _knock(self.address)
            ray.init(**settings)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            lines = str(error).strip().splitlines() or [repr(error)]
            raise MachineError(
                f"cannot use the Ray cluster {self.address}",
                found=lines[0],
                expected="HOST:PORT of a cluster that this machine has joined, auto, or local",
                next_step="run `ray start --address=HOST:6379` here, or leave --cluster out",
            ) from error

    def _rows(
        self, ray: ModuleType, wanted: list[Row], shipped: Any, preprocess: Preprocess
    ) -> Iterator[Row]:
        """Yield what the workers make of the rows of wanted views."""
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        workers = self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        workers = min(workers, len(wanted))
        read = ray.data.from_items(wanted, override_num_blocks=len(wanted)).map(
            read_row,
            # The files lie on this machine. Reading takes no core from a worker.
            label_selector={"ray.io/node-id": ray.get_runtime_context().get_node_id()},
            num_cpus=0,
            compute=ray.data.TaskPoolStrategy(size=2),
        )
        computed = read.map(
            _opener(),
            fn_constructor_args=([shipped], preprocess, package_versions()),
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
        )
        yield from computed.iter_rows()


def import_ray() -> Any:
    """Return Ray.

    Raises:
        MissingPackage: it is not installed.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingPackage(
            "--cluster needs Ray, which is not installed here",
            found=error,
            next_step="pip install -r requirements/cluster.txt",
        ) from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


def _knock(address: str) -> None:
    """Open the cluster's port and close it again: Ray itself tries for minutes.

    Raises:
        ValueError: no HOST:PORT.
        OSError: nobody answers there.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise ValueError(f"no HOST:PORT: {address}")
    socket.create_connection((host, int(port)), PATIENCE_SECONDS).close()


def _opener() -> type[ClusterWorker]:
    """Return a worker that fetches the network from the cluster's store."""

    class RayWorker(ClusterWorker):
        def __init__(
            self, shipped: list[Any], preprocess: Preprocess, versions: dict[str, str]
        ) -> None:
            import ray

            super().__init__(ray.get(shipped[0]), preprocess, versions)

    return RayWorker


def _our_code() -> list[str]:
    """Return the folders of our packages, which are sent to the workers."""
    import converter
    import edge
    import training

    return [package.__path__[0] for package in (edge, converter, training)]


def _failure(error: Exception) -> MachineError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return MachineError(
        "a worker of the cluster failed",
        found=lines[-1][:300] if lines else repr(error),
        next_step="run the same command again: what was stored is kept",
    )
