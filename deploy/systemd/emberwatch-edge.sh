#!/bin/sh
# /usr/local/bin/emberwatch-edge: the camera's command as the user of the service, who may read
# its state and answer at its socket.
exec sudo -u emberwatch env RUNTIME_DIRECTORY=/run/emberwatch \
    /opt/emberwatch/bin/emberwatch-edge "$@"
