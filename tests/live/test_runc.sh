#!/bin/sh
# hardrun on runc, without a daemon.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
runtime=runc
. "$live/oci.sh"
