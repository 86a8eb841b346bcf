"""A real RTSP server, GStreamer's, run by Debian's own Python: a camera at /yard.

    /usr/bin/python3 tests/fakes/rtsp_server.py PORT [NAME PASSWORD]

apt packages: gir1.2-gst-rtsp-server-1.0 python3-gst-1.0 gstreamer1.0-plugins-good
gstreamer1.0-plugins-bad. It shows red in H.264 at 15 frames a second, and prints "ready". On the
standard input, "silence" has it send no more pictures while it keeps all connections, and
"speak" go on.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PIPELINE = (
    "( videotestsrc is-live=true pattern=solid-color foreground-color=0xffdc3c14 "
    "! video/x-raw,format=I420,width=320,height=240,framerate=15/1 ! valve name=valve "
    "! openh264enc gop-size=15 ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)


def main() -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE)
    factory.set_shared(True)
    valves = []
    factory.connect(
        "media-configure",
        lambda _factory, media: valves.append(media.get_element().get_by_name("valve")),
    )
    if len(sys.argv) > 2:
        protect(server, factory, *sys.argv[2:4])
    server.get_mount_points().add_factory("/yard", factory)
    server.attach(None)
    threading.Thread(target=obey, args=(valves,), daemon=True).start()
    print("ready", flush=True)
    GLib.MainLoop().run()


def protect(server, factory, name: str, password: str) -> None:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(name, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


def obey(valves) -> None:
    for line in sys.stdin:
        for valve in valves:
            valve.set_property("drop", line.strip() == "silence")


main()
