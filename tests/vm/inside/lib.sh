# Sourced by the groups: everything of the live tests' library, and what only the virtual machine has.
# shellcheck shell=sh
vm=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$vm/../../live/lib.sh"

# A directory for the test, open to all, and an end that leaves no process behind. The machine is ours: no private place is needed.
begin() {
	work=$(mktemp -d /var/tmp/test.XXXXXX) || exit 1
	chmod 0755 "$work"
	processes=
	trap clean_up EXIT
	trap 'exit 130' HUP INT TERM
}

# start_docker: the machine's own daemon, as its unit starts it, once. The image busybox:1 is there.
start_docker() {
	systemctl is-active -q docker.service || systemctl start docker.service || give_up "docker starts"
	until_true 90 docker version || give_up "docker answers"
	docker image inspect docker.io/library/busybox:1 > /dev/null 2>&1 && return 0
	make_tree "$work/image"
	tar -C "$work/image" -c . | docker import - docker.io/library/busybox:1 > /dev/null || give_up "an image"
	rm -rf "$work/image"
}

# as_user WORD...: as the ordinary user, who has a systemd of their own.
as_user() {
	(cd /home/ann && exec setpriv --reuid 1000 --regid 1000 --init-groups env HOME=/home/ann USER=ann XDG_RUNTIME_DIR=/run/user/1000 \
		DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus "$@")
}

# as_ann WORD...: as the ordinary user, in a scope of their own systemd with a part of every controller.
as_ann() {
	as_user systemd-run --user --scope -q -p Delegate=yes "$@"
}
