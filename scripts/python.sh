#!/usr/bin/env bash
# Print the Python to build the environments with, or say in one line what is missing.
#
# $PYTHON if given; else the one that the workstation's environment was made with; else the
# first of python3, python3.11, python3.12, python3.13 that is 3.11 up to 3.13.
set -euo pipefail
cd "$(dirname "$0")/.."

stop() {
  echo "emberwatch: $*" >&2
  exit 5
}

# "3.11" and so on, or nothing where the command is missing or does not start.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

fits() { case "$1" in 3.11 | 3.12 | 3.13) return 0 ;; *) return 1 ;; esac; }

check_venv() {
  "$1" -c 'import ensurepip, venv' 2>/dev/null && return
  local package=python3-venv
  [ "$(version_of python3)" = "$2" ] || package="python$2-venv"
  stop "$1 (Python $2) has no venv module; on Debian: apt install $package"
}

if [ -n "${PYTHON:-}" ]; then
  version=$(version_of "$PYTHON")
  [ -n "$version" ] || stop "PYTHON=$PYTHON does not start; give the path of a Python 3.11, 3.12 or 3.13"
  fits "$version" || stop "PYTHON=$PYTHON is Python $version; emberwatch needs 3.11, 3.12 or 3.13 (TensorFlow 2.21 has no other)"
  check_venv "$PYTHON" "$version"
  command -v "$PYTHON"
  exit
fi

made_with=$(.venv/workstation/bin/python -c 'import sys; print(sys._base_executable)' 2>/dev/null || true)
seen=""
for candidate in $made_with python3 python3.11 python3.12 python3.13; do
  version=$(version_of "$candidate")
  if [ -n "$version" ] && fits "$version"; then
    check_venv "$candidate" "$version"
    command -v "$candidate"
    exit
  fi
  [ -z "$version" ] || seen="$seen $candidate is $version;"
done
[ -n "$seen" ] || stop "no python3 was found; on Debian: apt install python3 python3-venv"
stop "emberwatch needs Python 3.11, 3.12 or 3.13:$seen install one of them and give it as PYTHON=/path/to/python3.12"
