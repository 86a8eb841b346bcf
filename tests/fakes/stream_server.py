"""StreamServer: a network camera over HTTP that can be cut off, silenced and protected."""

import base64
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import sleep

from PIL import Image

from tests.fakes.tiny_bundle import MISC, plain

BOUNDARY = "frame"


class StreamServer:
    """Serves /mjpeg, pictures of one `colour` at `fps`, and the files of a folder.

    `cut` hangs up on everybody, and refuses all until `revive`; `silence` keeps the connections
    and sends nothing any more until `speak`. With a `password` it asks for `user` and that.
    """

    def __init__(self, folder: Path | None = None, fps: float = 20.0, password: str = "") -> None:
        self.folder = folder
        self.fps = fps
        self.password = password
        self.colour = MISC
        self.served = 0
        self._up = threading.Event()
        self._up.set()
        self._speaking = threading.Event()
        self._speaking.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mjpeg"

    def cut(self) -> None:
        self._up.clear()

    def revive(self) -> None:
        self._up.set()

    def silence(self) -> None:
        self._speaking.clear()

    def speak(self) -> None:
        self._speaking.set()

    def close(self) -> None:
        self._up.clear()
        self._speaking.set()
        self._server.shutdown()
        self._server.server_close()

    def jpeg(self) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(plain(self.colour)).save(buffer, "jpeg", quality=95)
        return buffer.getvalue()

    def __enter__(self) -> "StreamServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not server._up.is_set():
                    self.close_connection = True
                    return
                wanted = "Basic " + base64.b64encode(f"user:{server.password}".encode()).decode()
                if server.password and self.headers.get("Authorization") != wanted:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.end_headers()
                elif self.path.startswith("/mjpeg"):
                    self.stream()
                else:
                    self.file()

            def stream(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
                self.end_headers()
                while server._up.is_set():
                    while not server._speaking.wait(0.02) and server._up.is_set():
                        pass
                    data = server.jpeg()
                    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                    try:
                        self.wfile.write(f"--{BOUNDARY}\r\n{head}".encode() + data + b"\r\n")
                    except OSError:
                        return
                    server.served += 1
                    sleep(1 / server.fps)

            def file(self) -> None:
                file = server.folder / self.path.lstrip("/") if server.folder else None
                if file is None or not file.is_file():
                    self.send_error(404)
                    return
                data = file.read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None: ...

        return Handler
