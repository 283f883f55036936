# Runs in the container: one line for each thing that it can see, then it waits to be looked at.
say() {
	echo "@in.$1 $2"
}
try() {
	if "$@" > /dev/null 2>&1; then echo possible; else echo refused; fi
}
empty() {
	if [ -z "$(cat "$@" 2> /dev/null)" ]; then echo hidden; else echo shown; fi
}
say uid "$(id -u)"
say gid "$(id -g)"
say groups "$(sed -n 's/^Groups:[[:space:]]*\(.*[^[:space:]]\)[[:space:]]*$/\1/p' /proc/self/status)"
say root "$(try touch /x)"
raised=$(/usr/bin/busybox id -u)
say raised "$raised"
# gVisor's kernel tells neither of nosuid nor of nodev: what they would forbid is tried.
places=$(awk '$2 == "/tmp" { print $4 }' /proc/mounts)
case $places in
*nosuid*nodev*) ;;
*)
	mknod /tmp/device c 1 1 2> /dev/null
	[ "$raised" != "$(id -u)" ] || head -c 1 /tmp/device > /dev/null 2>&1 || places="$places: no set-id program, no device of the machine"
	;;
esac
say tmp "$places"
say tmpsize "$(df -k /tmp | awk 'END { print $2 }')"
say shmsize "$(df -k /dev/shm | awk 'END { print $2 }')"
say data "$(try touch /data/x)"
say net "$(ls /sys/class/net | grep -vE '^(tunl|sit|ip6tnl|gre|erspan|ip_vti|ip6_vti)' | tr '\n' ' ' | sed 's/ $//')"
say hostname "$(hostname)"
say masked "$(empty /proc/kcore /proc/keys /proc/timer_list)"
say firmware "$([ -z "$(ls -A /sys/firmware 2> /dev/null)" ] && echo hidden)"
say procsys "$(try sh -c 'echo x > /proc/sys/kernel/domainname')"
say sysrq "$(try sh -c 'echo h > /proc/sysrq-trigger')"
# Of version 1 crun has the hierarchies on a small tmpfs, which is no cgroup.
hierarchy=/sys/fs/cgroup
[ ! -d $hierarchy/memory ] || hierarchy=$hierarchy/memory
say cgroups "$(try mkdir $hierarchy/x)"
say sysctl "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)"
say route "$(awk 'NR > 1 && $2 == "00000000" { print $1 }' /proc/net/route | sort -u | tr '\n' ' ' | sed 's/ $//')"
say resolver "$(grep -q "^nameserver " /etc/resolv.conf && echo shown)"
say names "$(try sh -c "echo >> /etc/resolv.conf")"
say init "$(tr '\0\n' '  ' < /proc/1/cmdline | cut -c1-60)"
say mount "$(try mount -t tmpfs x /tmp)"
say unshare "$(try unshare -U true)"
say kernel "$(cat /proc/version)"
# What another kernel than this machine's says of its own process; where it is silent, what can be told from the rest.
sed -n 's/^\(Cap[A-Z][a-z]*\|NoNewPrivs\|Seccomp\):[[:space:]]*/@self.\1 /p' /proc/self/status
grep -q "^NoNewPrivs:" /proc/self/status || [ "$raised" != "$(id -u)" ] || echo "@self.NoNewPrivs a set-id program gains nothing"
grep -q "^CapAmb:" /proc/self/status || ! grep -q "^CapPrm:[[:space:]]*0000000000000000$" /proc/self/status ||
	echo "@self.CapAmb none: nothing is permitted"
echo "@self.nofile $(ulimit -Sn) $(ulimit -Hn)"
echo "@self.core $(ulimit -Sc) $(ulimit -Hc)"
echo @done
exec sleep 7777
