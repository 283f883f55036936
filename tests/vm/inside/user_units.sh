#!/bin/sh
# hardrun in units of an ordinary user's own systemd, without a daemon; and podman as what a unit of root's starts.
. ./lib.sh
begin
tree=/srv/tree
[ -d "$tree" ] || make_tree "$tree"
own=/home/ann/.config/systemd/user
install -D -m 0644 /dev/stdin /etc/hardrun/policies/mine.yaml << 'POLICY'
version: 1
description: the tests of a user's units
images: ["*"]
defaults:
  user: "65534:65534"
  mem_limit: 128m
  cpus: 1
  pids_limit: 64
  network_mode: none
  tmpfs: ["/tmp:size=128m"]
allow:
  rootfs: ["/srv/tree"]
  networks: [none, isolated]
POLICY

is() {
	echo "$1, wanted $2"
	[ "$1" = "$2" ]
}

user_unit() {
	unit=$1.service
	shift
	install -d -o 1000 -g 1000 /home/ann/.config /home/ann/.config/systemd "$own"
	{ echo '[Service]' && echo 'TimeoutStopSec=2' && printf '%s\n' "$@"; } > "$own/$unit"
	as_user systemctl --user daemon-reload
}

show() {
	as_user systemctl --user show -P "$1" "$unit"
}

becomes() {
	until_true 30 sh -c "[ \"\$(setpriv --reuid 1000 --regid 1000 --init-groups env XDG_RUNTIME_DIR=/run/user/1000 \
		systemctl --user show -P $1 $unit)\" = '$2' ]" || { show "$1"; journalctl -q -o cat "_SYSTEMD_USER_UNIT=$unit" --no-pager | tail -n 5; return 1; }
}

nothing_is_left() {
	! pgrep -f '^sleep 54[0-9]' && ! find /sys/fs/cgroup/user.slice -name 'hardrun-own*' | grep .
}

for runtime in crun runc; do
	user_unit "own-$runtime" 'Type=exec' 'Delegate=yes' 'MemoryMax=64M' 'MemorySwapMax=0' 'KillMode=mixed' \
		"ExecStart=$HARDRUN run --policy mine --backend $runtime --rootfs $tree --name own-$runtime sh -c 'trap \"exit 7\" TERM; sleep 541 & wait'"
	as_user systemctl --user start "$unit"
	check "$runtime: a user's unit starts" becomes ActiveState active
	until_true 30 pgrep -f '^sleep 541' > /dev/null
	main=$(show MainPID)
	check "$runtime: its main process is hardrun" is "$(cat "/proc/$main/comm")" hardrun
	inside=$(pgrep -f '^sleep 541' | head -n 1)
	group=$(cut -d: -f3 "/proc/$inside/cgroup")
	check "$runtime: the container is in the unit's cgroup" sh -c "case '$group' in */$unit/*hardrun-own-$runtime*) ;; *) echo '$group'; false ;; esac"
	check "$runtime: with no more than the unit may have" sh -c "cd '/sys/fs/cgroup$group' && { grep -qx 67108864 memory.max || grep -qx 67108864 ../memory.max; }"
	check "$runtime: under the unit's" is "$(cat "/sys/fs/cgroup$(show ControlGroup)/memory.max")" 67108864
	as_user systemctl --user stop "$unit"
	check "$runtime: systemctl --user stop delivers SIGTERM, and the status comes back" is "$(show ExecMainStatus)" 7
	check "$runtime: and nothing is left" until_true 10 nothing_is_left
	user_unit "ready-$runtime" 'Type=notify' 'Delegate=yes' 'TimeoutStartSec=60' \
		"ExecStart=$HARDRUN run --policy mine --backend $runtime --rootfs $tree --name own-$runtime --sdnotify started sleep 542"
	as_user systemctl --user start "$unit"
	check "$runtime: Type=notify" is "$(show ActiveState)" active
	as_user systemctl --user kill -s KILL "$unit"
	check "$runtime: systemctl --user kill -s KILL leaves nothing that runs" until_true 10 sh -c "! pgrep -f '^sleep 542'"
	as_user systemctl --user reset-failed "$unit"
done
user_unit beyond 'Type=exec' 'Delegate=yes' 'MemoryMax=48M' 'MemorySwapMax=0' \
	"ExecStart=$HARDRUN run --policy mine --backend crun --rootfs $tree --name own-oom sh -c 'x=y; while :; do x=\$\$x\$\$x; done'"
as_user systemctl --user start "$unit"
check "MemoryMax= of a user's unit ends it" becomes ActiveState failed
check "with the status of that" is "$(show ExecMainStatus)" 137
as_user systemctl --user reset-failed "$unit"

# ---- a network of its own, and what carries it ----
for runtime in crun runc; do
	user_unit "net-$runtime" 'Type=exec' 'Delegate=yes' \
		"ExecStart=$HARDRUN run --policy mine --backend $runtime --rootfs $tree --network isolated --name own-net sh -c 'trap \"exit 7\" TERM; sleep 545 & wait'"
	as_user systemctl --user start "$unit"
	check "$runtime: a container with a network starts" until_true 30 pgrep -f '^sleep 545'
	carrier=$(pgrep -nx slirp4netns) # the newest: another may be a daemon's
	check "$runtime: what carries it is under the container's limits" is "$(cat "/proc/$carrier/cgroup")" "$(cat "/proc/$(pgrep -f '^sleep 545' | head -n 1)/cgroup")"
	kill -9 "$carrier"
	check "$runtime: that it is gone is a warning in the journal" until_true 10 sh -c "journalctl -q -o cat -p warning _SYSTEMD_USER_UNIT=$unit | grep -q '^hardrun: slirp4netns was ended by signal 9, and the container goes on without a network'"
	as_user systemctl --user stop "$unit"
	check "$runtime: and the container went on" is "$(show ExecMainStatus)" 7
done

# ---- podman, whose containers are in cgroups of its own ----
tar -C "$tree" -c . | podman import -q - docker.io/library/units:1 > /dev/null 2>&1
printf '[Service]\nType=exec\nTimeoutStopSec=5\nExecStart=%s run --policy mine --backend podman --rm --name pod docker.io/library/units:1 %s\n' \
	"$HARDRUN" "sh -c 'trap \"exit 7\" TERM; sleep 543 & wait'" > /run/systemd/system/pod.service
systemctl daemon-reload
systemctl start pod.service
check "podman: a unit starts" is "$(systemctl show -P ActiveState pod.service)" active
check "podman: and its container" until_true 60 pgrep -f '^sleep 543'
# Until podman has it on its books that the container runs, a signal ends podman itself.
check "podman: which runs, to podman" until_true 60 sh -c "podman ps -q --filter name=pod --filter status=running | grep -q ."
check "podman: its main process is hardrun" is "$(cat "/proc/$(systemctl show -P MainPID pod.service)/comm")" hardrun
systemctl stop pod.service
check "podman: systemctl stop delivers SIGTERM, and the status comes back" is "$(systemctl show -P ExecMainStatus pod.service)" 7
check "podman: and ends the container" until_true 10 sh -c "! pgrep -f '^sleep 543'"
finish
