#!/bin/sh
# Sixteen callers at once. Through an engine a launch takes thirty times as long as through crun, so there are fewer of them.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
LAUNCHES=${LAUNCHES:-1000} "$live/parallel.py" crun || failed=1
LAUNCHES=${ENGINE_LAUNCHES:-64} "$live/parallel.py" docker || failed=1
exit "${failed:-0}"
