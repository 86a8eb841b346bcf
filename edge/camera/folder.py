"""FolderCamera: the pictures in a folder, as if a camera had just taken them."""

from collections.abc import Iterator
from pathlib import Path

from edge.camera.camera import RIGHT_ORDER, LostFrame, Shot
from edge.contract.errors import InputError, PictureError
from edge.contract.picture import is_picture_name, read_picture
from edge.inference.prediction import Frame


class FolderCamera:
    """Gives a folder's pictures in the order of their names, `fps` of them to the second.

    A picture that cannot be read is a `LostFrame` in its place.

    Raises:
        InputError: no such folder, or no picture in it.
    """

    live = False
    colours = RIGHT_ORDER
    dropped = 0

    def __init__(self, path: Path, fps: float) -> None:
        self.name = str(path)
        self.fps = fps
        try:
            inside = sorted(path.iterdir(), key=lambda entry: entry.name)
        except OSError as error:
            raise InputError(
                f"cannot read the folder {path}: {error.strerror or error}",
                expected="a folder of pictures",
            ) from error
        self.pictures = [entry for entry in inside if is_picture_name(entry)]
        if not self.pictures:
            raise InputError(
                f"{path} holds no pictures", expected=".jpg, .png, .webp or .bmp files"
            )

    def frames(self) -> Iterator[Shot]:
        """Give each picture, the first at 0 s."""
        for number, picture in enumerate(self.pictures):
            time_s = number / self.fps
            try:
                rgb = read_picture(picture)
            except PictureError as error:
                yield LostFrame(time_s, number, error.line())
                continue
            yield Frame(rgb, time_s, number)

    def restart(self, reason: str) -> None:
        """Do nothing: a recording would only begin again."""

    def close(self) -> None:
        """Do nothing: no file is kept open."""
