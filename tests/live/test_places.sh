#!/bin/sh
# Where mounts and working directories come to stand, by links of images, volumes and containers: seen as a person who may run `sudo hardrun`.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
exec "$live/places.py"
