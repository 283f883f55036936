#!/bin/sh
# The columns of the table of an ordinary user without a daemon.
BACKENDS="rootless-runc rootless-crun" exec ./table.sh
