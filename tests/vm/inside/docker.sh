#!/bin/sh
# The columns of the table that engines answer for.
BACKENDS="docker podman" exec ./table.sh
