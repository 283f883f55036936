#!/bin/sh
# The table of settings on every backend of this machine, and for an ordinary user without one: tests/vm has the same of another.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/person.sh"
backends=runsc
:
own=$work/own
. "$live/table.sh"

with_ranges
mount -t tmpfs tmpfs /dev/net && mknod -m 0666 /dev/net/tun c 10 200 || give_up "a device for packets"
for place in /var/lib/containers /run/containers /run/libpod /run/crun /run/netns; do
	mkdir -p "$place" && mount -t tmpfs -o mode=0755 tmpfs "$place" || give_up "a place for podman"
done
chmod 0777 "$work/own"
table_tree "$tree"
write_table_policy "$work/table.yaml" "$tree" "$work/own"
{ cat "$work/table.yaml"; echo "engine: {host: \"unix://$work/docker.sock\"}"; } > "$work/docker.yaml"
:
:
:
:
:

# run_on BACKEND WORD...: hardrun run of our container there.
run_on() {
	where=$1
	shift
	case $where in
	docker) "$HARDRUN" run --policy "$work/docker.yaml" --backend docker --rm "$@" docker.io/library/busybox:1 sh -c "$probe" ;;
	podman) "$HARDRUN" run --policy "$work/table.yaml" --backend podman --rm "$@" docker.io/library/busybox:1 sh -c "$probe" ;;
	rootless-*) (as_person "$HARDRUN" run --policy "$work/table.yaml" --backend "${where#*-}" --rootfs "$tree" "$@" sh -c "$probe") ;;
	*) "$HARDRUN" run --policy "$work/table.yaml" --backend "$where" --rootfs "$tree" "$@" sh -c "$probe" ;;
	esac
}

fill_table "$table/settings.tsv"
if [ "${has_no_bridge-}" = yes ]; then
	backends=${backends#docker }
	skip "docker, with a network" "this kernel lacks what its bridges need"
fi
fill_table "$table/settings_network.tsv"
check "no cell of the table is empty" sh -c '! grep -n "|  *|" "$0"' "$work/table"
finish
