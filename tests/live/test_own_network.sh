#!/bin/sh
# The isolated network of an ordinary user's container without a daemon: slirp4netns. All traffic stays in this test's own network
# namespace, where 192.0.2.1 stands for the world outside.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/person.sh"
. "$live/outside.sh"

cat > "$work/policy.yaml" << POLICY
version: 1
description: an ordinary user's containers with a network
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
  user: ["1000:1000", caller]
  cap_add: [NET_RAW]
  networks: [none, isolated]
  ports: ["127.0.0.1:18080-18099:1-65535/tcp", "127.0.0.1:18080-18099:1-65535/udp", "127.0.0.1:99:80/tcp", "192.0.2.77:18080:80/tcp"]
  dns: ["192.0.2.53"]
  dns_search: ["lab.example"]
  extra_hosts: ["shop:192.0.2.1"]
POLICY
sed 's/network_mode: none/network_mode: isolated/' "$work/policy.yaml" > "$work/isolated.yaml"
chmod 0644 "$work"/*.yaml
with_ranges

# in_background WORD...: a container that goes on; ${first} is hardrun.
in_background() {
	: > "$work/first"
	(as_person "$HARDRUN" run --policy "$work/policy.yaml" --backend "$runtime" --rootfs "$tree" --network isolated --name "$$-long" "$@") \
		> "$work/first" 2>&1 < /dev/null &
	first=$!
	remember "$first"
}

on_either_runtime() {
	run_tree --network isolated sh -c 'ls /sys/class/net; wget -q -O - http://192.0.2.1:8000/f; cat /etc/resolv.conf /etc/hosts'
	check "$runtime: it runs" status_is 0
	check "$runtime: with two interfaces" test "$(grep -cxE 'lo|tap0' "$work/out")" -eq 2
	check "$runtime: and none of the host's" sh -c "! grep -E '^(eth|outside|other|docker)' '$work/out'"
	check "$runtime: what is outside is reached" out_has "^beyond\$"
	check "$runtime: names come from the host's resolver" out_has '^nameserver 10.0.2.3$'
	check "$runtime: it knows its own" out_has "^10.0.2.100	"
	check "$runtime: nobody carries packets any more" no_carrier
	check "$runtime: nothing is left" nothing_is_left
	run_tree --network isolated --user $person:$person sh -c 'echo x >> /etc/hosts; echo x >> /etc/resolv.conf; grep " /etc/" /proc/mounts'
	check "$runtime: neither file can be written, by their owner either" test "$(grep -c 'Read-only' "$work/err")" -eq 2
	check "$runtime: nosuid, nodev, noexec" test "$(grep -c 'ro,nosuid,nodev,noexec' "$work/out")" -eq 2
	run_tree --network isolated sh -c 'for a in 10.0.2.2 10.0.2.3 127.0.0.1; do timeout 3 wget -q -O - http://$a:8001/f; done; ip address show tap0'
	check "$runtime: the host's loopback is not reached" sh -c "! grep -x beyond '$work/out'"
	check "$runtime: from a network that is up" out_has 'inet 10.0.2.100/24'
	loopback_by_device
	run_tree sh -c 'ls /sys/class/net; timeout 3 wget -q -O - http://192.0.2.1:8000/f'
	check "$runtime: who does not ask has none" sh -c "! grep -E '^(tap0|outside)\$' '$work/out'"
	policy=$work/isolated.yaml
	run_tree wget -q -O - http://192.0.2.1:8000/f
	check "$runtime: unless it is the policy's default" out_is beyond
	policy=$work/policy.yaml
	run_tree --network isolated --dns 192.0.2.53 --dns-search lab.example --add-host shop:192.0.2.1 \
		sh -c 'cat /etc/resolv.conf; wget -q -O - http://shop:8000/f'
	check "$runtime: names as they are asked for" out_is "search lab.example
nameserver 192.0.2.53
beyond"
	for code in 0 3; do
		run_tree --network isolated sh -c "exit $code"
		check "$runtime: exit code $code" status_is $code
	done
	run_tree --network isolated nosuch
	check "$runtime: a command that is not there" status_is 127
	run_tree --network isolated /bin/not-executable
	check "$runtime: one that cannot be executed" status_is 126
	run_tree --network isolated sh -c "cat /proc/self/status"
	check "$runtime: no capability" out_has '^CapEff:[[:space:]]*0000000000000000$'
	check "$runtime: a filter" out_has '^Seccomp:[[:space:]]*2$'
	run_tree --network isolated --explain sh -c 'mount -t tmpfs x /tmp; exit 4'
	check "$runtime: --explain" status_is 4
	check "$runtime: says what was refused" err_has '^hardrun: refused: mount('
	published
	endings
	check "$runtime: nothing is left of all that" nothing_is_left
}

published() {
	in_background -p 127.0.0.1:18080:8080 -p 127.0.0.1:18081:5353/udp sh -c 'trap "exit 0" TERM; httpd -f -p 8080 -h /data & wait'
	check "$runtime: a published port is reached" until_true 15 fetch 127.0.0.1:18080/f
	check "$runtime: it is the container that answers" test "$(fetch 127.0.0.1:18080/f)" = inside
	check "$runtime: on the loopback alone" sh -c "! timeout 5 busybox wget -q -O - http://192.0.2.1:18080/f"
	carrier=$(carriers)
	check "$runtime: it is the person's" test "$(stat -c %u "/proc/$carrier")" = $person
	check "$runtime: filtered" grep -q '^Seccomp:[[:space:]]*2$' "/proc/$carrier/status"
	check "$runtime: with the capability for low ports alone" grep -q '^CapEff:[[:space:]]*0000000000000400$' "/proc/$carrier/status"
	check "$runtime: in a file system of its own" sh -c "! ls /proc/$carrier/root/home"
	check "$runtime: bounded" grep -q '^Max open files *1024 *1024' "/proc/$carrier/limits"
	check "$runtime: with nothing of the person's in its environment" sh -c "! grep -q -a -E 'HOME|XDG' /proc/$carrier/environ"
	check "$runtime: under the container's limits" sh -c "grep -E ':([^:]*,)?(memory|):' /proc/$carrier/cgroup | grep 'hardrun-$$-long'"
	# Null twice, two pipes, the device, and sockets: a pair, the one for orders, and one for each port.
	check "$runtime: with no descriptor but its own" until_true 5 sh -c "test \$(ls /proc/$carrier/fd | wc -l) -le 9"
	check "$runtime: it takes no more orders" sh -c "! find '$work/run' -name network.sock | grep ."
	run_tree --network isolated -p 127.0.0.1:18080:80 true
	check "$runtime: a port that is taken" status_is 125
	check "$runtime: is told" err_is_one_sentence
	check "$runtime: with the reason" err_has 'the port 127.0.0.1:18080 cannot be published: something else listens there; publish another port'
	kill -TERM "$first"
	wait "$first"
	check "$runtime: with its end nobody carries packets" no_carrier
	for words in "99:80=ports this low are root's" "192.0.2.77:18080:80=this machine does not have the address"; do
		case $words in 99*) port=127.0.0.1:${words%%=*} ;; *) port=${words%%=*} ;; esac
		run_tree --network isolated -p "$port" true
		check "$runtime: -p $port" err_has "cannot be published: ${words#*=}"
		check "$runtime: -p $port: nothing is started" status_is 125
	done
	run_tree --network isolated -p 127.0.0.1:19000:80 true
	check "$runtime: a port that is not granted" err_has 'port 19000 on 127.0.0.1 is not granted'
	run_tree -p 127.0.0.1:18080:80 true
	check "$runtime: a port without a network" err_has 'without a network of its own publishes nothing; leave it out, or --network isolated'
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
	kill -9 "$first"
	wait "$first" 2> /dev/null
	check "$runtime: kill -9 of hardrun ends what carries packets" no_carrier
	check "$runtime: and the container" until_true 5 sh -c "! pgrep -f '^sleep 1$$'"
	check "$runtime: and leaves nothing" nothing_is_left
	in_background sh -c 'trap "exit 9" TERM; echo up; sleep 60 & wait'
	until_true 10 grep -q up "$work/first"
	for process in $(carriers); do kill -9 "$process"; done
	sleep 0.3
	kill -TERM "$first"
	wait "$first"
	status=$?
	check "$runtime: without what carried them it goes on" status_is 9
	check "$runtime: which is said" grep -qx "hardrun: slirp4netns was ended by signal 9, and the container goes on without a network: restart it to have one again" "$work/first"
	check "$runtime: once" test "$(grep -c '^hardrun:' "$work/first")" -eq 1
	run_tree -d --network isolated sh -c 'trap "exit 0" TERM; sleep 60 & wait'
	check "$runtime: -d" out_is "$$-$number"
	check "$runtime: has its network" test "$(carriers | wc -l)" -eq 1
	kill -9 "$(carriers)"
	check "$runtime: that it loses it is in its log" until_true 5 sh -c "grep -rqs 'slirp4netns was ended by signal 9' /home $work"
	hardrun docker --policy "$work/policy.yaml" --backend "$runtime" stop -t 5 "$$-$number"
	check "$runtime: stopped" out_is "$$-$number"
	check "$runtime: it has none" no_carrier
}

for runtime in crun runc; do
	on_either_runtime
done

# ---- what carries packets is missing, or is not what it should be ----
runtime=crun
carrier=$(command -v slirp4netns)
cp "$carrier" "$work/real"
# instead TEXT: the script that is run in its place.
instead() {
	umount "$carrier" 2> /dev/null
	printf '%s\n' "$1" > "$work/instead"
	chmod 0755 "$work/instead"
	mount --bind "$work/instead" "$carrier"
}
: > "$work/nothing"
mount --bind "$work/nothing" "$carrier"
run_tree --network isolated true
check "not installed" status_is 125
check "in one sentence" err_is_one_sentence
check "with the remedy" err_has 'needs slirp4netns where crun is run directly, and slirp4netns is not installed; apt install slirp4netns, or --network none$'
policy=$work/isolated.yaml
run_tree sh -c 'ls /sys/class/net'
check "who did not ask gets none, and is told" err_has 'note: .*the container gets no network: an isolated one needs slirp4netns'
check "and has none" sh -c "! grep tap0 '$work/out'"
policy=$work/policy.yaml
hardrun doctor
check "doctor tells" out_has 'own network .*slirp4netns is not installed'
umount "$carrier"
hardrun doctor
check "and when it is there" out_has 'own network .*slirp4netns$'
open_device 0600
run_tree --network isolated true
check "a device that is not open to all" err_has '/dev/net/tun may not be opened by you; sudo chmod 0666 /dev/net/tun'
open_device 0666
instead '#!/bin/sh
echo "no packets today" >&2
exit 1'
run_tree --network isolated true
check "one that fails" status_is 125
check "is told in one sentence" err_is_one_sentence
check "with its words" err_has "the container's network cannot be made: slirp4netns has ended (it said: no packets today)"
instead '#!/bin/sh
for word; do case $word in --ready-fd=*) ready=${word#*=} ;; esac; done
echo 1 > "/proc/self/fd/$ready"
exec sleep 60'
run_tree --network isolated true
check "one that says it is ready and made nothing" err_has "the container's network cannot be made: it has 1 interfaces"
check "nothing runs then" status_is 125
instead "#!/bin/sh
for word; do case \$word in /proc/*/ns/net) space=\$word ;; esac; done
nsenter --user=\${space%net}user --net=\$space ip link add more type veth peer name less
exec '$work/real' \"\$@\""
run_tree --network isolated true
check "one that adds more than it should" err_has "cannot be made: it has [34] interfaces"
umount "$carrier"
check "and nothing is left" nothing_is_left
check "nobody carries packets" no_carrier
finish
