#!/bin/sh
# What the other groups rest on: if one of these fails, theirs say nothing.
. ./lib.sh
begin

is() {
	echo "$1, wanted $2"
	[ "$1" = "$2" ]
}

check "systemd is process 1" is "$(cat /proc/1/comm)" systemd
check "cgroup v2 alone" is "$(stat -fc %T /sys/fs/cgroup)" cgroup2fs
check "AppArmor is on" is "$(cat /sys/module/apparmor/parameters/enabled)" Y
check "the ordinary user has a systemd of their own" until_true 60 test -S /run/user/1000/bus
check "with a part of every controller" as_ann sh -c 'cd /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup) && for c in cpu memory pids; do grep -qw $c cgroup.controllers || exit 1; done'
hardrun --version
check "the program that was built outside runs here" status_is 0
hardrun doctor
check "doctor sees AppArmor" out_has 'AppArmor'
check "nothing is started that no test starts" test -z "$(pidof dockerd containerd)"
finish
