#!/bin/sh
# The isolated network of a container that root starts without a daemon: slirp4netns as nobody's process. All traffic stays in this
# test's own network namespace, where 192.0.2.1 stands for the world outside.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

tree=$work/rootfs
make_tree "$tree"
. "$live/outside.sh"

first_id=2100000000 # what is added to it is the pid of hardrun
mkdir "$work/etc" "$work/etc/policies"
mkdir -p /etc/hardrun
mount --bind "$work/etc" /etc/hardrun
cat > "$work/etc/policies/net.yaml" << POLICY
version: 1
description: root's containers with a network
images: ["*"]
defaults:
  user: "65534:65534"
  mem_limit: 64m
  cpus: 0.5
  pids_limit: 32
  network_mode: none
  tmpfs: ["/tmp:size=1m"]
allow:
  rootfs: ["$work/**"]
  cap_add: [NET_BIND_SERVICE, NET_RAW]
  sysctls: ["net.ipv4.ip_unprivileged_port_start=0", "net.ipv4.ping_group_range=*"]
  networks: [none, isolated]
  ports: ["127.0.0.1:18080-18099:1-65535/tcp", "127.0.0.1:18080-18099:1-65535/udp", "127.0.0.1:99:80/tcp"]
  dns: ["192.0.2.53"]
POLICY
sed 's/network_mode: none/network_mode: isolated/' "$work/etc/policies/net.yaml" > "$work/etc/policies/open.yaml"

run_tree() {
	number=$((${number-0} + 1))
	hardrun run --policy "${policy-net}" --backend "$runtime" --rootfs "$tree" --name "$$-$number" "$@"
}

# in_background WORD...: a container that goes on; ${first} is hardrun.
in_background() {
	: > "$work/first"
	"$HARDRUN" run --policy net --backend "$runtime" --rootfs "$tree" --network isolated --name "$$-long" "$@" \
		> "$work/first" 2>&1 < /dev/null &
	first=$!
	remember "$first"
}

nothing_is_left() {
	until_true 10 nothing_is_there_now || { nothing_is_there_now; return 1; }
}

nothing_is_there_now() {
	! find /run/hardrun/containers /run/hardrun/crun /run/hardrun/runc -mindepth 1 2> /dev/null | grep . &&
		! find /sys/fs/cgroup -maxdepth 2 -name "hardrun-$$-*" | grep . && ! pgrep -x slirp4netns
}

# is_in FILE LINE: one that grep -E finds, of the process that carries packets.
is_in() {
	cat "/proc/$carrier/$1"
	grep -qE "$2" "/proc/$carrier/$1"
}

on_either_runtime() {
	run_tree --network isolated sh -c 'ls /sys/class/net; wget -q -O - http://192.0.2.1:8000/f; cat /etc/resolv.conf /etc/hosts'
	check "$runtime: it runs" status_is 0
	check "$runtime: with two interfaces" test "$(grep -cxE 'lo|tap0' "$work/out")" -eq 2
	check "$runtime: and none of the host's" sh -c "! grep -E '^(eth|outside|other|docker)' '$work/out'"
	check "$runtime: what is outside is reached" out_has "^beyond\$"
	check "$runtime: names come from the host's resolver" out_has '^nameserver 10.0.2.3$'
	check "$runtime: it knows its own" out_has "^10.0.2.100	"
	check "$runtime: nothing is left" nothing_is_left
	run_tree --network isolated sh -c 'for a in 10.0.2.2 10.0.2.3 127.0.0.1; do timeout 3 wget -q -O - http://$a:8001/f; done; ip address show tap0'
	check "$runtime: the host's loopback is not reached" sh -c "! grep -x beyond '$work/out'"
	check "$runtime: from a network that is up" out_has 'inet 10.0.2.100/24'
	loopback_by_device
	run_tree sh -c 'ls /sys/class/net; timeout 3 wget -q -O - http://192.0.2.1:8000/f'
	check "$runtime: who does not ask has none" sh -c "! grep -E '^(tap0|outside|beyond)\$' '$work/out'"
	policy=open
	run_tree wget -q -O - http://192.0.2.1:8000/f
	check "$runtime: unless it is the policy's default" out_is beyond
	policy=net
	run_tree --network isolated sh -c "grep -E '^(Cap|Seccomp:)' /proc/self/status; cat /proc/self/uid_map; mount -t sysfs x /tmp; ip link add x type dummy"
	check "$runtime: no capability" test "$(grep -cE '^Cap[A-Za-z]*:[[:space:]]*0+$' "$work/out")" -eq 5
	check "$runtime: a filter" out_has '^Seccomp:[[:space:]]*2$'
	check "$runtime: in the machine's own user namespace" out_has '^ *0 *0 *4294967295$'
	check "$runtime: it changes nothing of the network" test "$(grep -c -i 'not permitted\|denied' "$work/err")" -eq 2
	run_tree --network isolated --cap-add NET_BIND_SERVICE sh -c 'httpd -p 80 -h /data && wget -q -O - http://127.0.0.1:80/f'
	check "$runtime: the capability for low ports holds there" out_is inside
	run_tree --network isolated sh -c 'httpd -p 80 -h /data'
	check "$runtime: without it they are shut" err_has 'ermission denied'
	run_tree --network isolated --sysctl net.ipv4.ip_unprivileged_port_start=0 sh -c 'httpd -p 80 -h /data && wget -q -O - http://127.0.0.1:80/f'
	check "$runtime: unless a kernel parameter of the network's opens them" out_is inside
	check "$runtime: which is not the machine's" test "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -eq 1024
	run_tree --network isolated --explain sh -c 'mount -t tmpfs x /tmp; exit 4'
	check "$runtime: --explain" status_is 4
	check "$runtime: says what was refused" err_has '^hardrun: refused: mount('
	published
	apart
	endings
	check "$runtime: nothing is left of all that" nothing_is_left
}

published() {
	in_background -p 127.0.0.1:18080:8080 -p 127.0.0.1:18081:5353/udp sh -c 'trap "exit 0" TERM; httpd -f -p 8080 -h /data & wait'
	check "$runtime: a published port is reached" until_true 15 fetch 127.0.0.1:18080/f
	check "$runtime: it is the container that answers" test "$(fetch 127.0.0.1:18080/f)" = inside
	check "$runtime: on the loopback alone" sh -c "! timeout 5 busybox wget -q -O - http://192.0.2.1:18080/f"
	carrier=$(carriers)
	id=$((first_id + first))
	check "$runtime: nobody's process carries it" is_in status "^Uid:	$id	$id	$id	$id\$"
	check "$runtime: of nobody's group" is_in status "^Gid:	$id	$id	$id	$id\$"
	check "$runtime: and of no other" is_in status '^Groups:[[:space:]]*$'
	check "$runtime: with the capability for low ports alone" is_in status '^CapPrm:[[:space:]]*0000000000000400$'
	check "$runtime: and no other to be had" is_in status '^CapBnd:[[:space:]]*0000000000000400$'
	check "$runtime: of a user namespace with that id alone" is_in uid_map "^ *0 *$id *1\$"
	check "$runtime: where groups are likewise" is_in gid_map "^ *0 *$id *1\$"
	check "$runtime: filtered" is_in status '^Seccomp:[[:space:]]*2$'
	check "$runtime: in a file system of its own" sh -c "! ls /proc/$carrier/root/home"
	check "$runtime: bounded" is_in limits '^Max open files *1024 *1024'
	# Null twice, two pipes, the device, the namespace, and sockets: a pair, the one for orders, and one for each port.
	check "$runtime: with no descriptor but its own" until_true 5 sh -c "test \$(ls /proc/$carrier/fd | wc -l) -le 10"
	check "$runtime: it takes no more orders" sh -c "! find /run/hardrun -name network.sock | grep ."
	check "$runtime: nobody else may enter where it took them" test "$(stat -c '%u %a' /run/hardrun/containers/$$-long/carrier)" = "$id 700"
	check "$runtime: nothing of the host's mounts tells of it" sh -c "! grep -E ' nsfs |/containers/' /proc/self/mounts"
	run_tree --network isolated -p 127.0.0.1:18080:80 true
	check "$runtime: a port that is taken" err_has 'the port 127.0.0.1:18080 cannot be published: something else listens there; publish another port'
	check "$runtime: starts nothing" status_is 125
	kill -TERM "$first"
	wait "$first"
	check "$runtime: with its end nobody carries packets" no_carrier
	run_tree --network isolated -p 127.0.0.1:99:80 true
	check "$runtime: a low port" err_has 'cannot be published: ports this low are root.s (net.ipv4.ip_unprivileged_port_start); publish another'
	check "$runtime: in one sentence" err_is_one_sentence
	remedy=$(sed -n 's/.*: \(sysctl net[^ ]*=99\)$/\1/p' "$work/err")
	check "$runtime: with a remedy" sh -c "$remedy"
	run_tree --network isolated -p 127.0.0.1:99:80 true
	check "$runtime: that helps" status_is 0
	echo 1024 > /proc/sys/net/ipv4/ip_unprivileged_port_start
	run_tree --network isolated -p 127.0.0.1:19000:80 true
	check "$runtime: a port that is not granted" err_has 'port 19000 on 127.0.0.1 is not granted'
}

# Of two containers neither is the other's, nor those who carry their packets.
apart() {
	in_background sh -c 'trap "exit 0" TERM; httpd -p 8080 -h /data; echo up; sleep 60 & wait'
	until_true 10 grep -q up "$work/first"
	one=$(carriers)
	run_tree -d --network isolated sh -c 'trap "exit 0" TERM; for a in 10.0.2.100 10.0.2.2 192.0.2.1; do timeout 3 wget -q -O - http://$a:8080/f; done; sleep 60 & wait'
	check "$runtime: -d" out_is "$$-$number"
	two=$(carriers | grep -vx "$one")
	check "$runtime: each has a carrier" test "$one" -gt 1 -a "$two" -gt 1
	check "$runtime: of different ids" test "$(stat -c %u "/proc/$one")" -ne "$(stat -c %u "/proc/$two")"
	check "$runtime: and user namespaces" test "$(readlink "/proc/$one/ns/user")" != "$(readlink "/proc/$two/ns/user")"
	id=$(stat -c %u "/proc/$two")
	check "$runtime: neither can end the other" sh -c "! setpriv --reuid $id --regid $id --clear-groups kill -0 $one"
	sleep 1
	hardrun docker --policy net --backend "$runtime" logs "$$-$number"
	check "$runtime: neither container reaches the other" sh -c "! grep -x inside '$work/out'"
	hardrun docker --policy net --backend "$runtime" stop -t 5 "$$-$number"
	check "$runtime: one stops" until_true 5 test "$(carriers)" = "$one"
	kill -TERM "$first"
	wait "$first"
	check "$runtime: and the other" no_carrier
}

endings() {
	in_background sh -c 'trap "exit 42" TERM; echo up; sleep 60 & wait'
	until_true 10 grep -q up "$work/first"
	kill -TERM "$first"
	wait "$first"
	status=$?
	check "$runtime: a signal reaches it" status_is 42
	in_background sh -c "echo up; sleep 1$$"
	until_true 10 grep -q up "$work/first"
	carrier=$(carriers)
	space=$(readlink "/proc/$carrier/ns/user")
	kill -9 "$first"
	wait "$first" 2> /dev/null
	check "$runtime: kill -9 of hardrun ends what carries packets" no_carrier
	check "$runtime: and the container" until_true 5 sh -c "! pgrep -f '^sleep 1$$'"
	check "$runtime: and the namespaces" sh -c "! readlink /proc/[0-9]*/ns/user | grep -F '$space'"
	check "$runtime: and leaves nothing" nothing_is_left
}

for runtime in crun runc; do
	on_either_runtime
done

# ---- a person who borrowed root ----
runtime=runc
person=$(awk -F: '$3 >= 1 && $3 < 60000 { print $3 ":" $4; exit }' /etc/passwd)
as_borrower() {
	export SUDO_UID="${person%:*}" SUDO_GID="${person#*:}"
	"$@"
	unset SUDO_UID SUDO_GID
}
as_borrower run_tree --network isolated -p 127.0.0.1:18080:80 wget -q -O - http://192.0.2.1:8000/f
check "lent root: what a policy of root's grants" out_is beyond
as_borrower in_background -p 127.0.0.1:18080:8080 sh -c 'trap "exit 0" TERM; httpd -f -p 8080 -h /data & wait'
check "lent root: a published port is reached" until_true 15 fetch 127.0.0.1:18080/f
carrier=$(carriers)
id=$((first_id + first))
check "lent root: nobody's process carries it, not the person's" is_in status "^Uid:	$id	$id	$id	$id\$"
as_person() {
	setpriv --reuid "${person%:*}" --regid "${person#*:}" --clear-groups "$@"
}
check "lent root: whom the person cannot end" sh -c "! setpriv --reuid ${person%:*} --regid ${person#*:} --clear-groups kill -0 $carrier"
for space in user net; do
	as_person cat "/proc/$carrier/ns/$space" > "$work/out" 2> "$work/err"
	check "lent root: nor enter its $space namespace" err_has 'ermission denied'
done
as_person ls "/run/hardrun/containers/$$-long/carrier" > "$work/out" 2> "$work/err"
check "lent root: nor come where it stands" err_has 'ermission denied'
kill -TERM "$first"
wait "$first"
cat > "$work/etc/ceiling.yaml" << POLICY
version: 1
allow:
  rootfs: ["$work/**"]
  mem_limit: 64m
  cpus: 0.5
  pids_limit: 32
  user: ["65534:65534"]
  tmpfs: {max_size: 1m}
  networks: [none]
  ports: ["127.0.0.1:18080:80/tcp"]
POLICY
as_borrower run_tree --network isolated true
check "lent root: a ceiling without it binds" status_is 125
check "lent root: and is told as the reason" err_has 'network isolated.*ceiling\|ceiling.*network'
sed -i 's/networks: \[none\]/networks: [none, isolated]/' "$work/etc/ceiling.yaml"
as_borrower run_tree --network isolated -p 127.0.0.1:18081:80 true
check "lent root: a port beyond the ceiling" err_has 'port 18081'
as_borrower run_tree --network isolated -p 127.0.0.1:18080:80 wget -q -O - http://192.0.2.1:8000/f
check "lent root: what the ceiling grants" out_is beyond
rm "$work/etc/ceiling.yaml"

# ---- what carries packets is missing, or is not what it should be ----
open_device 0600
run_tree --network isolated true
check "a device of root's alone" err_has '/dev/net/tun may be opened by root alone; sudo chmod 0666 /dev/net/tun'
hardrun doctor
check "doctor tells" out_has 'own network .*may be opened by root alone'
policy=open
run_tree ls /sys/class/net
check "who did not ask gets none, and is told" err_has 'note: .*the container gets no network: an isolated one needs slirp4netns'
policy=net
open_device 0666
hardrun doctor
check "and when it is there" out_has 'own network .*slirp4netns$'
carrier=$(command -v slirp4netns)
printf '#!/bin/sh\necho "no packets today" >&2\nexit 1\n' > "$work/instead"
chmod 0755 "$work/instead"
mount --bind "$work/instead" "$carrier"
run_tree --network isolated true
check "one that fails" status_is 125
check "is told with its words" err_has "the container's network cannot be made: slirp4netns has ended (it said: no packets today)"
umount "$carrier"
run_tree --network isolated true
check "one that does not" status_is 0
check "and nothing is left" nothing_is_left
finish
