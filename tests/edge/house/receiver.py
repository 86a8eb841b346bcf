"""A webhook's receiver over real HTTP, that behaves as a test wants."""

import json
import queue
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import sleep
from typing import Any


class Receiver:
    """Answers each POST with the next of `answers`, and 200 once there is none left.

    An answer is a status, or "hang" (nothing, until it is closed), "drip" (a byte of a status
    line now and then), "cut" (hangs up), "redirect".
    """

    def __init__(self, port: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        self.answers: list[Any] = []
        self.got: queue.SimpleQueue[tuple[dict[str, str], bytes]] = queue.SimpleQueue()
        self.paths: list[str] = []
        self.closing = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.paths.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if answer == "hang":
                    receiver.closing.wait(60)
                    return
                if answer == "drip":
                    self.wfile.write(b"HTTP/1.1 2")
                    while not receiver.closing.is_set():
                        self.wfile.write(b"0")
                        sleep(0.1)
                    return
                if answer == "cut":
                    return
                if answer == "redirect":
                    self.send_response(307)
                    self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                    self.end_headers()
                    return
                if answer == 200:
                    receiver.got.put((dict(self.headers), body))
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def next(self, seconds: float = 30) -> dict[str, Any]:
        """Return the next message that was taken."""
        return json.loads(self.got.get(timeout=seconds)[1])

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
