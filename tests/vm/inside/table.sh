#!/bin/sh
# The table of settings on every backend that this machine has, and for an ordinary user without one.
table_place=../../live
. ./lib.sh
begin
backends=${BACKENDS-docker podman runc crun rootless-runc rootless-crun runsc}
own=/srv/own
. "$vm/../../live/table.sh"
tree=/srv/tree
table_tree "$tree"
mkdir -p /srv/own && chmod 0777 /srv/own
write_table_policy /etc/hardrun/policies/table.yaml /srv/tree /srv/own

# run_on BACKEND WORD...: hardrun run of our container there.
run_on() {
	where=$1
	shift
	case $where in
	docker|podman) "$HARDRUN" run --policy table --backend "$where" --rm "$@" docker.io/library/busybox:1 sh -c "$probe" ;;
	rootless-*) as_ann "$HARDRUN" run --policy table --backend "${where#*-}" --rootfs "$tree" "$@" sh -c "$probe" ;;
	*) "$HARDRUN" run --policy table --backend "$where" --rootfs "$tree" "$@" sh -c "$probe" ;;
	esac
}

if has_backend docker; then
	start_docker
	table_image docker
fi
if has_backend podman; then
	table_image podman
fi
fill_table "$table/settings.tsv"
fill_table "$table/settings_network.tsv"
check "no cell of the table is empty" sh -c '! grep -n "|  *|" "$0"' "$work/table"
finish
