#!/bin/sh
# Puts the pinned packages of one lock file into .venv: `sh requirements/install.sh local|dev`.
# Needs Python 3.11 to 3.13 and nothing else; uses uv where it is found, because it is ten times faster.
set -eu
cd "$(dirname "$0")/.."
lock=$1

fail() { printf '\n%s\n' "$*" >&2; exit 1; }

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
    if [ -n "$candidate" ] && suits "$candidate"; then echo "$candidate"; return; fi
  done
  return 1
}

if ! suits .venv/bin/python; then
  python=$(find_python) || fail "Python 3.11, 3.12 or 3.13 is needed. Install one, or say where it is: PYTHON=/path/to/python3.12 make …"
  echo "Making .venv with $("$python" --version)"
  rm -rf .venv
  if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --python "$(command -v "$python")" .venv
  else
    "$python" -m venv .venv || { rm -rf .venv; fail "$python cannot make virtual environments. On Debian: apt-get install python3-venv"; }
  fi
fi

if command -v uv >/dev/null 2>&1; then
  echo "Installing $(grep -c '^[a-z0-9].*==' "requirements/$lock.txt") packages of requirements/$lock.txt with uv"
  uv pip install --quiet --python .venv/bin/python --require-hashes -r "requirements/$lock.txt"
else
  echo "Installing $(grep -c '^[a-z0-9].*==' "requirements/$lock.txt") packages of requirements/$lock.txt with pip; the first time takes about a minute"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$lock.txt"
fi
touch ".venv/.installed-$lock"
# dev.txt holds all of local.txt.
if [ "$lock" = dev ]; then touch .venv/.installed-local; fi
