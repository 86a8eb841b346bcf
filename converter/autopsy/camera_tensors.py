"""Camera tensors: what the camera makes of pictures before its model sees them."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from converter.benchmark.pictures import TestPicture
from converter.pi_environment import PiEnvironment
from edge.contract.errors import InputError, MachineError
from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess
from edge.contract.tensors import Array

# Gives each picture's input tensor, uint8 [height, width, 3]; None where there is none of it.
TensorSource = Callable[[Sequence[TestPicture]], list[Rgb | None]]

# Runs in the camera's Python: its own decoder, its own resize.
SCRIPT = """
import json, sys
import numpy as np
from pathlib import Path
from edge.contract.errors import PictureError
from edge.contract.picture import read_picture
from edge.contract.preprocess import Preprocess
asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
preprocess = Preprocess.from_json(asked["preprocess"])
tensors = np.zeros((len(asked["paths"]), preprocess.height, preprocess.width, 3), np.uint8)
readable = np.zeros(len(tensors), bool)
for at, path in enumerate(asked["paths"]):
    try:
        tensors[at], readable[at] = preprocess.apply(read_picture(Path(path))), True
    except PictureError:
        pass
np.savez(sys.argv[2], tensors=tensors, readable=readable)
"""


def environment_tensors(environment: PiEnvironment, preprocess: Preprocess) -> TensorSource:
    """Return the tensors that the camera's environment makes, by its own packages."""

    def tensors(pictures: Sequence[TestPicture]) -> list[Rgb | None]:
        with tempfile.TemporaryDirectory(prefix="emberwatch-") as folder:
            asked, out = Path(folder, "asked.json"), Path(folder, "tensors.npz")
            paths = [str(picture.path.absolute()) for picture in pictures]
            content = {"preprocess": preprocess.to_json(), "paths": paths}
            asked.write_text(json.dumps(content), encoding="utf-8")
            command = [str(environment.python), "-P", "-c", SCRIPT, str(asked), str(out)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                lines = done.stderr.strip().splitlines() or ["no reason"]
                raise MachineError(
                    f"{environment.python} cannot preprocess pictures",
                    found=lines[-1],
                    expected="emberwatch-edge of this version in that environment",
                )
            with np.load(out, allow_pickle=False) as data:
                made, readable = data["tensors"], data["readable"]
        return [tensor if whole else None for tensor, whole in zip(made, readable, strict=True)]

    return tensors


def file_tensors(path: Path, preprocess: Preprocess) -> TensorSource:
    """Return the tensors that a camera's program wrote into a NumPy `.npz` file.

    It holds `files`, the pictures' names as in the run's split (or in the test folder), and
    `tensors`, [pictures, height, width, 3], in the same order: what was about to be fed to
    the model. Floats are rounded to bytes, as feeding them to a uint8 input does.

    Raises:
        InputError: no such file, or not of that form and size.
    """
    found, names = _read(path)
    size = (preprocess.height, preprocess.width, 3)
    if found.ndim != 4 or found.shape[1:] != size or len(names) != len(found):
        raise InputError(
            f"{path} does not hold this model's input tensors",
            found=f"tensors {list(found.shape)}, {len(names)} files",
            expected=f"[pictures, {size[0]}, {size[1]}, 3] and as many files",
        )
    if not np.isfinite(found).all():
        raise InputError(f"{path} holds values that are not numbers")
    pixels = np.clip(np.rint(found.astype(np.float64)), 0, 255).astype(np.uint8)
    by_name = dict(zip(names, pixels, strict=True))

    def tensors(pictures: Sequence[TestPicture]) -> list[Rgb | None]:
        given = [by_name.get(picture.file) for picture in pictures]
        if all(tensor is None for tensor in given):
            raise InputError(
                f"{path} has none of the pictures",
                found=", ".join(names[:3]) or "no files",
                expected=f"names such as {pictures[0].file}",
                next_step="choose the part they are of with --part",
            )
        return given

    return tensors


def _read(path: Path) -> tuple[Array, list[str]]:
    try:
        with np.load(path, allow_pickle=False) as data:
            return np.asarray(data["tensors"]), [str(name) for name in data["files"]]
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (KeyError, ValueError, TypeError, AttributeError, EOFError) as error:
        raise InputError(
            f"{path} holds no camera tensors",
            found=repr(error),
            expected="what numpy.savez(path, files=names, tensors=tensors) writes",
        ) from error
    except Exception as error:  # a damaged zip raises its own kinds
        raise InputError(f"{path} is damaged", found=repr(error)) from error
