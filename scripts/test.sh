#!/usr/bin/env bash
# Run the tests. What runs models or reckons with pictures runs in each Pi environment, with its
# runtime and its NumPy; all else once, on the workstation. The two go side by side.
# Arguments go to pytest (`make test ARGS="-k labels"`).
set -euo pipefail
cd "$(dirname "$0")/.."

# Folders of tests/edge/ whose code asks neither for a model nor for NumPy.
plain=(config doctor faults house link store web)
# Those that depend on the runtime most: they run in the second Pi environment too.
nearest=(contract eye inference service update)

pytest() { # environment, what to run, pytest's arguments...
  local environment=$1 code=0
  echo "tests: $2 in $environment"
  # pytest-timeout, which the `timeout` setting is for, is in the workstation's alone.
  "$environment/bin/python" -m pytest -W ignore::pytest.PytestConfigWarning "${@:2}" || code=$?
  # 5: no test was left, which is no fault when the caller chose among them.
  [ "$code" -eq 0 ] || { [ "$code" -eq 5 ] && [ $# -gt 2 ]; } || exit "$code"
}

on_the_pi() {
  pytest .venv/edge tests/edge "${plain[@]/#/--ignore=tests/edge/}" "$@"
  [ ! -x .venv/edge-litert/bin/python ] ||
    pytest .venv/edge-litert "${nearest[@]/#/tests/edge/}" "$@"
}

once=() pi="" said=""
if [ -x .venv/edge/bin/python ]; then
  for folder in tests/edge/*/; do
    name=$(basename "$folder")
    # tests/edge/camera has a test that needs a server of the workstation's.
    case " ${plain[*]} camera " in *" $name "*) ;; *) once+=("--ignore=tests/edge/$name") ;; esac
  done
  said=$(mktemp)
  on_the_pi "$@" >"$said" 2>&1 &
  pi=$!
  trap 'kill "$pi" 2>/dev/null; cat "$said"; rm -f "$said"' EXIT
fi
code=0
(pytest .venv/workstation tests "${once[@]}" "$@") || code=$?
if [ "$pi" ]; then
  wait "$pi" || code=$?
  cat "$said"
  rm -f "$said"
  trap - EXIT
fi
exit "$code"
