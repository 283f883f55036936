#!/bin/sh
# hardrun on crun, without a daemon.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
runtime=crun
. "$live/oci.sh"
