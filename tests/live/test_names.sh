#!/bin/sh
# Two people without an engine: names that change hands, keys and locks.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
exec "$live/names.py"
