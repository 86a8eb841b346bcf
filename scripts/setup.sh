#!/usr/bin/env bash
# Make the Python environments under .venv/, or leave them where they are whole and current.
#
#   scripts/setup.sh [--dev] [--cluster] ENVIRONMENT...
#
#   workstation  TensorFlow and all that trains, converts and packages (--dev: tests, lint too;
#                --cluster: Ray)
#   edge         the Raspberry Pi's: tflite-runtime on Python 3.11, else LiteRT
#   edge-litert  LiteRT beside it on Python 3.11, for tests; elsewhere edge is that already
#   readers      MediaPipe Tasks, to read our models by another's reader
#   rivals       OpenVINO and ONNX Runtime, to be measured against
#
# An environment is whole once its stamp is written, which holds the hash of what went into
# it. One without a stamp was interrupted, and is made again from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

dev="" cluster=""
while [[ "${1:-}" == --* ]]; do
  case "$1" in
    --dev) dev=yes ;;
    --cluster) cluster=yes ;;
    *)
      echo "emberwatch: no option is called $1" >&2
      exit 2
      ;;
  esac
  shift
done

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1 PIP_USER=0
unset PYTHONHOME PYTHONPATH

python=$(scripts/python.sh)
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

mkdir -p .venv
exec 9>.venv/.lock
if ! flock --nonblock 9; then
  echo "environments: another make is at it; waiting for it"
  flock 9
fi

hash_of() { cat "$@" | sha256sum | cut -d' ' -f1; }

stamped() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

install_pins() { # environment, requirement file
  "$1/bin/python" -m pip install -qq --require-hashes -r "$2" && return
  echo "emberwatch: cannot install $2 (see pip's words above); run the same command again to try again" >&2
  exit 5
}

install_ours() { # environment, folder...
  local environment=$1 folder
  shift
  for folder in "$@"; do
    "$environment/bin/python" -m pip install -qq --no-deps --no-build-isolation -e "$folder"
  done
}

make_environment() { # name, requirement file, the words for it, our folders...
  local name=$1 pins=$2 words=$3
  shift 3
  local environment=.venv/$name started=$SECONDS
  local wanted="python $version, $root, $(hash_of "$pins")"
  if ! stamped "$environment/.pins" "$wanted" || ! "$environment/bin/python" -c '' 2>/dev/null; then
    echo "environments: making $environment on Python $version ($words)"
    rm -rf "$environment"
    "$python" -m venv "$environment"
    install_pins "$environment" "$pins"
    echo "$wanted" >"$environment/.pins"
    echo "environments: $environment made in $((SECONDS - started)) s"
  fi
  if [ "$dev" ] && [ "$name" = workstation ]; then add "$environment" dev "pytest, ruff and mypy"; fi
  if [ "$cluster" ] && [ "$name" = workstation ]; then add "$environment" cluster Ray; fi
  [ "$#" -gt 0 ] || return 0
  local projects=("${@/%//pyproject.toml}")
  wanted=$(hash_of "${projects[@]}")
  if ! stamped "$environment/.ours" "$wanted"; then
    rm -f "$environment/.ours"
    install_ours "$environment" "$@"
    echo "$wanted" >"$environment/.ours"
  fi
}

add() { # environment, requirement file's name, what it is
  local wanted started=$SECONDS
  wanted=$(hash_of "requirements/$2.txt")
  stamped "$1/.$2" "$wanted" && return
  echo "environments: adding $3 to $1"
  rm -f "$1/.$2"
  install_pins "$1" "requirements/$2.txt"
  echo "$wanted" >"$1/.$2"
  echo "environments: added in $((SECONDS - started)) s"
}

for name in "$@"; do
  case "$name" in
    workstation)
      make_environment workstation requirements/workstation.txt \
        "TensorFlow and what goes with it: about 700 MB the first time" edge .
      ;;
    edge)
      if [ "$version" = 3.11 ]; then
        make_environment edge requirements/edge-tflite.txt "the Pi's packages, with tflite-runtime" edge
      else
        make_environment edge requirements/edge-litert.txt "the Pi's packages, with LiteRT" edge
      fi
      ;;
    edge-litert)
      if [ "$version" = 3.11 ]; then
        make_environment edge-litert requirements/edge-litert.txt "the Pi's packages, with LiteRT" edge
      fi
      ;;
    readers)
      make_environment readers requirements/readers.txt "MediaPipe Tasks"
      ;;
    rivals)
      make_environment rivals requirements/rivals.txt "OpenVINO and ONNX Runtime"
      ;;
    *)
      echo "emberwatch: no environment is called $name" >&2
      exit 2
      ;;
  esac
done
