#!/usr/bin/env bash
# Run the tests: all of them on the workstation, and the edge's again in each Pi environment.
# Arguments go to pytest (`make test ARGS="-k labels"`).
set -euo pipefail
cd "$(dirname "$0")/.."

pytest() { # environment, what to run, pytest's arguments...
  local environment=$1 code=0
  echo "tests: $2 in $environment"
  # pytest-timeout, which the `timeout` setting is for, is in the workstation's alone.
  "$environment/bin/python" -m pytest -W ignore::pytest.PytestConfigWarning "${@:2}" || code=$?
  # 5: no test was left, which is no fault when the caller chose among them.
  [ "$code" -eq 0 ] || { [ "$code" -eq 5 ] && [ $# -gt 2 ]; } || exit "$code"
}

for environment in .venv/edge .venv/edge-litert; do
  [ ! -x "$environment/bin/python" ] || pytest "$environment" tests/edge "$@"
done
pytest .venv/workstation tests "$@"
