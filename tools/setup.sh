#!/bin/sh
# Creates .venv and installs the coach in it; with `test` also what its tests need. It can be run again at any time.
#     sh tools/setup.sh [test]                          another Python: PYTHON=python3.12 sh tools/setup.sh
set -eu
cd "$(dirname "$0")/.."
say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

case ${1-} in
  '') what=. ;;
  test) what='.[test]' ;;
  *) fail "unknown word '$1'; it is: sh tools/setup.sh [test]" ;;
esac

# 1. Debian and Ubuntu: install missing system packages. A package also counts as installed if another one provides it.
if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  there=$(dpkg-query -W -f '${Status}: ${Package}, ${Provides},\n' | grep '^[a-z]* ok installed:') || there=
  missing=
  for package in python3-venv libgl1 libglib2.0-0 libespeak-ng1 alsa-utils; do
    printf '%s\n' "$there" | grep -q " $package[ ,]" || missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    root=
    if [ "$(id -u)" != 0 ]; then root=sudo; fi
    if [ -z "$root" ] || command -v sudo >/dev/null; then
      say "system packages to install:$missing${root:+ (sudo may ask for your password)}"
      $root apt-get update -q || say "'apt-get update' failed; trying with the package lists that are here"
      for package in $missing; do
        $root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package" ||
          say "NOTICE: $package could not be installed; going on without it"
      done
    else
      say "NOTICE: going on without these system packages, since you are not root and there is no sudo:$missing"
      say "        someone who may can bring them:  apt-get install$missing"
    fi
  fi
fi

# 2. The virtual environment. A working one is kept, whichever Python created it; a broken one is never overwritten.
new_enough='import sys; sys.exit(sys.version_info < (3, 10))'
if [ ! -e .venv ]; then
  python=${PYTHON:-python3}
  command -v "$python" >/dev/null || fail "'$python' not found; install Python 3.10 or newer, or name one: PYTHON=/path/to/python3 sh tools/setup.sh"
  "$python" -c "$new_enough" || fail "$("$python" --version 2>&1) is too old; the coach needs 3.10 or newer. Name another: PYTHON=python3.12 sh tools/setup.sh"
  "$python" -m venv .venv || { rm -rf .venv; fail "'$python -m venv' failed; on Debian and Ubuntu the package python3-venv brings it"; }
fi
.venv/bin/python -c "$new_enough" 2>/dev/null ||
  fail "the Python of .venv is gone or older than 3.10; delete the folder (rm -r .venv) and run this again"
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip

# 3. The coach itself, editable, so that changes in this folder take effect at once.
.venv/bin/python -m pip install --disable-pip-version-check --editable "$what"
say "done; try:  .venv/bin/coach demo"
