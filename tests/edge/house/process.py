"""`emberwatch-edge house` as the process that it is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

LEAST = '[model]\nbundle = "m.ember"\n[camera]\npath = "c.mp4"\n'


class HouseProcess:
    """The house of a configuration, with what it says."""

    def __init__(self, folder: Path, text: str) -> None:
        self.config = folder / "watch.toml"
        self.config.write_text(LEAST + text)
        self._log = folder / "house.log"
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.pop("RUNTIME_DIRECTORY", None)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edge", "house", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                env=environment,
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
