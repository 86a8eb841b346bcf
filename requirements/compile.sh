#!/usr/bin/env bash
# Renew the pins from the *.in files. Needs uv on the PATH (or UV=...).
set -euo pipefail
cd "$(dirname "$0")"
compile() { "${UV:-uv}" pip compile --quiet --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links --python-version 3.11 "$@"; }
compile --universal workstation.in -o workstation.txt
compile --universal edge-litert.in -c workstation.txt -o edge-litert.txt
compile --universal dev.in -o dev.txt
compile --universal cluster.in -o cluster.txt
compile --universal readers.in -o readers.txt
compile --universal rivals.in -o rivals.txt
# tflite-runtime has wheels for Python 3.11 alone, so this file is for 3.11 alone.
compile edge-tflite.in -o edge-tflite.txt
