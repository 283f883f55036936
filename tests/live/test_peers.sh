#!/bin/sh
# Every tenth hostile line typed by three people; `tests/live/peers.py` alone types them all.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
exec "$live/peers.py" '*5'
