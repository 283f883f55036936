#!/bin/sh
# The table of settings for gVisor's runsc.
BACKENDS=runsc exec ./table.sh
