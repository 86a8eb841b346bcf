"""The subcommands of `emberwatch-edge`, the command on the camera."""

from edge.command_line import LazyCommand

COMMANDS = {
    "run": LazyCommand("edge.service.cli:run_command", "Watch: camera, classifier, alarm, pins."),
    "status": LazyCommand("edge.hand.cli:status_command", "Say how a running watch is."),
    "silence": LazyCommand("edge.hand.cli:silence_command", "Stop the siren for now."),
    "reset": LazyCommand("edge.hand.cli:reset_command", "End an alarm whose hazard is gone."),
    "test": LazyCommand("edge.hand.cli:test_command", "Sound siren and beacon for seconds."),
    "accept-scene": LazyCommand(
        "edge.hand.cli:accept_scene_command", "Learn where the camera looks anew."
    ),
    "config": LazyCommand(
        "edge.config.cli:config_command", "Check, explain and show a configuration."
    ),
    "doctor": LazyCommand(
        "edge.doctor.cli:doctor_command", "Examine this machine: would the watch work here?"
    ),
    "pins": LazyCommand("edge.service.pins_cli:pins_command", "Try the wiring; leave it safe."),
    "house": LazyCommand(
        "edge.house.cli:house_command", "Tell MQTT, a webhook and Prometheus of a watch."
    ),
    "events": LazyCommand(
        "edge.service.events_cli:events_command", "Show what happened: alarms, troubles, who."
    ),
    "filmstrip": LazyCommand(
        "edge.filmstrip.cli:filmstrip_command", "Picture a clip's decisive moments on one sheet."
    ),
    "web": LazyCommand("edge.web.cli:web_command", "Serve the web page of a running watch."),
    "web-password": LazyCommand(
        "edge.web.cli:web_password_command", "Set who may open the web page."
    ),
    "replay": LazyCommand(
        "edge.replay.cli:replay_command", "Play recorded footage through the watch's decisions."
    ),
    "tune": LazyCommand("edge.replay.cli:tune_command", "Choose alarm rules by labelled footage."),
    "camera": LazyCommand(
        "edge.doctor.camera_cli:camera_command", "Try the camera; prove its colours."
    ),
    "label": LazyCommand("edge.inference.label_cli:label_command", "Classify pictures."),
    "verify": LazyCommand("edge.update.cli:verify_command", "Check a bundle on this machine."),
    "predict": LazyCommand(
        "edge.inference.predict_cli:predict_command", "Score many pictures, with times, to a file."
    ),
    "stopwatch": LazyCommand(
        "edge.inference.stopwatch_cli:stopwatch_command", "Time a model on this machine."
    ),
}
