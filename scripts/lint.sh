#!/usr/bin/env bash
# Check style, types and import directions; all four run, and any may fail the whole.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/workstation/bin
failed=0
check() {
  echo "lint: $1 ${*:2}"
  "$bin/$1" "${@:2}" || failed=1
}
check ruff check --quiet .
check ruff format --check --quiet .
check mypy --no-error-summary
check lint-imports --no-logo
exit "$failed"
