#!/bin/sh
# The columns of the table of the runtimes without a daemon.
BACKENDS="runc crun" exec ./table.sh
