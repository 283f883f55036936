#!/bin/sh
# A sandbox that is required is had, with every setting in force, or refused: gVisor's runsc, run directly and by docker.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
if ! command -v runsc > /dev/null; then
	echo "1..0 # SKIP needs runsc"
	exit 0
fi
enter_private_place "$@"

tree=$work/rootfs
make_tree "$tree"
cp "$tree/bin/busybox" "$tree/usr/bin/busybox" && chmod 4755 "$tree/usr/bin/busybox"
mkdir "$work/shared" "$work/shared/below" "$work/covered" "$work/etc"
echo shared > "$work/shared/f"
chmod 0777 "$work/shared" "$work/shared/below"
mount -t tmpfs -o mode=0777 tmpfs "$work/shared/below"

# write_policy FILE WORDS: ${WORDS} is the policy's engine:.
write_policy() {
	cat > "$1" << POLICY
version: 1
images: ["*"]
engine: {$2}
defaults:
  user: "65534:65534"
  mem_limit: 128m
  cpus: 0.5
  pids_limit: 100
  network_mode: none
  tmpfs: ["/tmp:size=1m"]
  ulimits: {nofile: 200}
allow:
  rootfs: ["$work/**"]
  volumes: [{source: "$work/shared", access: rw}, {volume: "kept-*", access: rw}]
  tmpfs: {max_size: 256m}
  mem_limit: 256m
  pids_limit: 200
  environment: ["*"]
  user: ["1000:1000"]
  cap_add: [NET_BIND_SERVICE, CHOWN]
  sysctls: [net.core.somaxconn]
  security_labels: ["type:x_t"]
  networks: [none]
POLICY
}
write_policy "$work/policy.yaml" 'sandbox: required'
sandboxed() {
	hardrun run --policy "$work/policy.yaml" --rootfs "$tree" "$@"
}

nothing_is_there_now() {
	[ -z "$(find /run/hardrun/containers /run/hardrun/runsc -mindepth 1 2> /dev/null)" ] &&
		! find /sys/fs/cgroup -maxdepth 2 -name "hardrun-$$-*" | grep .
}
nothing_is_left() {
	until_true 10 nothing_is_there_now || { nothing_is_there_now; return 1; }
}

# ---- a kernel of its own, and what it enforces, as the container sees it ----
sandboxed --hostname boxed sh -c 'cat /proc/version /proc/self/status; id; hostname; touch /x; echo "touch $?"; ls /sys/class/net; ulimit -n'
check "it runs" status_is 0
check "under another kernel" sh -c "! grep -q \"\$(uname -r)\" '$work/out' && grep -q '^Linux version' '$work/out'"
check "not as root" out_has '^uid=65534(nobody) gid=65534(nogroup)'
for set in Inh Prm Eff Bnd; do
	check "no capability in Cap$set" out_has "^Cap$set:[[:space:]]*0000000000000000\$"
done
check "under the policy's filter" out_has '^Seccomp:[[:space:]]*2$'
check "/ cannot be written" out_has '^touch 1$'
check "its host name" out_has '^boxed$'
check "its ulimits" out_has '^200$'
sandboxed ls /sys/class/net
check "loopback alone" test "$(grep -cv '^lo$' "$work/out")" -eq 0
check "nothing is left" nothing_is_left
sandboxed -u 1000:1000 /usr/bin/busybox id -u
check "a set-id program gains nothing" out_is 1000
sandboxed sh -c 'mount -t tmpfs x /tmp; echo $?; unshare -U true; echo $?'
check "no mount, no user namespace" test "$(grep -cx 1 "$work/out")" -eq 2
sandboxed -v "$work/shared:/data" sh -c 'mknod /data/d c 1 1; mknod /tmp/d c 1 1; head -c 1 /tmp/d; mknod /tmp/k c 1 11; head -c 1 /tmp/k' 2> /dev/null
check "no device of the machine's, whatever is made in its own memory" test ! -s "$work/out"
check "and none outside" test ! -e "$work/shared/d"
sandboxed sh -c 'cat /proc/kcore /proc/keys /proc/timer_list /dev/mem /dev/kmsg; ls -A /sys/firmware; echo 1 > /proc/sys/kernel/hostname' 2> /dev/null
check "hidden paths show nothing" test ! -s "$work/out"
sandboxed sh -c 'dd if=/dev/zero of=/tmp/big bs=1M count=4 2>&1; echo $?; cp /bin/busybox /tmp/x; dd if=/bin/busybox of=/tmp/y bs=64k count=1; chmod 755 /tmp/y; /tmp/y; echo "exec $?"'
check "a tmpfs is bounded" out_has '^1$'
check "and noexec" out_has '^exec 126$'
{ cat "$work/policy.yaml" && echo 'seccomp: {deny: [mkdir, mkdirat]}'; } > "$work/narrow.yaml"
hardrun run --policy "$work/narrow.yaml" --rootfs "$tree" sh -c 'mkdir /tmp/x; echo $?; touch /tmp/y; echo $?'
check "what the policy's filter refuses is refused in there" err_has 'mkdir.*Operation not permitted'
check "and that alone" out_is "1
0"

hardrun run --policy "$work/policy.yaml" --backend runsc --explain registry.invalid/none:1
check "what no image could mend is said before one is fetched" err_has '^hardrun: not supported: --explain: gVisor hands'
check "and that alone" test "$(wc -l < "$work/err")" -eq 1

# ---- limits: outside, on all of it ----
"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" --name "$$-limits" sh -c 'echo up; sleep 60' > "$work/first" 2>&1 &
first=$!
remember "$first"
until_true 20 grep -q up "$work/first"
limit() {
	for place in "/sys/fs/cgroup/$1/hardrun-$$-limits/$2" "/sys/fs/cgroup/hardrun-$$-limits/$3"; do
		[ ! -e "$place" ] || { cat "$place"; return; }
	done
}
check "memory" test "$(limit memory memory.limit_in_bytes memory.max)" = 134217728
check "processes" test "$(limit pids pids.max pids.max)" = 100
check "processors" sh -c "echo '$(limit cpu cpu.cfs_quota_us cpu.max)' | grep -q '^50000'"
every_process_is_inside() {
	pgrep -f -- "--root=/run/hardrun/runsc/$$-limits" > "$work/processes"
	[ "$(wc -l < "$work/processes")" -ge 2 ] || return 1
	while read -r process; do
		grep -q "pids:/hardrun-$$-limits\|^0::/hardrun-$$-limits" "/proc/$process/cgroup" || return 1
		grep -q "memory:/hardrun-$$-limits\|^0::/hardrun-$$-limits" "/proc/$process/cgroup" || return 1
	done < "$work/processes"
}
check "of the kernel and its file server alike" every_process_is_inside
kernel=$(pgrep -f "^runsc-sandbox.*--root=/run/hardrun/runsc/$$-limits" | head -n 1)
check "which is confined itself" grep -q '^Seccomp:[[:space:]]*2$' "/proc/$kernel/status"
kill -TERM "$first"
wait "$first" 2> /dev/null
sandboxed sh -c 'x=y; while :; do x=$x$x; done'
check "the memory limit ends it" status_is 137
check "and is named" err_has 'memory limit'
sandboxed --tmpfs /big:size=200m sh -c 'head -c 150000000 /dev/zero > /big/x'
check "so do files in memory" status_is 137
sandboxed sh -c 'i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i + 1)); done; wait'
check "the limit of processes holds" test "$status" -ne 0
check "and is named" err_has 'process limit'
check "nothing is left of that" nothing_is_left

# ---- mounts ----
mounts() {
	sandboxed -v "$work/shared:/mnt/here:ro" sh -c 'cat /mnt/here/f; touch /mnt/here/x /mnt/here/below/x'
	check "a bind, where the tree has no place for it" out_is shared
	check "read-only, with what is mounted below" sh -c "[ \"\$(grep -c Read-only '$work/err')\" -eq 2 ] && [ ! -e '$work/shared/below/x' ]"
	sandboxed -v "$work/shared:/data" sh -c 'touch /data/made; stat -c %u /data/made'
	check "one that is not, as the container's user" out_is 65534
	check "is the machine's" test -e "$work/shared/made"
	touch "$work/shared/of-root-s-group" && chown 1000:0 "$work/shared/of-root-s-group"
	sandboxed -u 1000:1000 -v "$work/shared:/data" sh -c 'chmod 2755 /data/of-root-s-group; echo $?'
	check "the owner changes a file's mode" test "$(stat -c %a "$work/shared/of-root-s-group")" = 755
	check "and makes no program of a group that is not the owner's" test ! -g "$work/shared/of-root-s-group"
	sandboxed -v "$work/shared:/data" -w /data/below true
	check "a working directory that somebody may turn elsewhere: refused" status_is 125
	check "with the reason" err_has 'runsc makes it as root.*--workdir /data and cd'
	sandboxed -v "$work/shared:/data" -w /data sh -c 'cd below && pwd'
	check "that remedy works" out_is /data/below
	sandboxed -v kept-one:/var/new sh -c 'echo kept > /var/new/f'
	sandboxed -v kept-one:/mnt/other cat /mnt/other/f
	check "a named volume keeps what it gets" out_is kept
}

# ---- exit codes, streams, signals ----
life() {
	for code in 0 3 125 255; do
		sandboxed sh -c "exit $code"
		check "exit code $code" status_is "$code"
	done
	sandboxed nosuch
	check "a command that is not there" status_is 127
	check "in one sentence" err_is_one_sentence
	sandboxed /bin/not-a-program
	check "a file that is no program" status_is 126
	check "in one sentence" err_is_one_sentence
	echo hello | "$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" -i cat > "$work/out" 2> "$work/err"
	check "input" out_is hello
	sandboxed sh -c 'echo out; echo err >&2'
	check "output" out_is out
	check "and errors apart" test "$(cat "$work/err")" = err
	script -q -e -c "'$HARDRUN' run --policy $work/policy.yaml --rootfs $tree -it sh -c 'test -t 0 && exit 6'" /dev/null > "$work/out" 2>&1 < /dev/null
	status=$?
	check "a terminal" status_is 6
	sandboxed -d --name "$$-d" sh -c 'echo logged; trap "echo bye; exit 0" TERM; while :; do sleep 0.1; done'
	check "-d" status_is 0
	hardrun docker --backend runsc ps
	check "ps shows it" out_has "^$$-d  *runsc "
	until_true 10 grep -q logged "/var/lib/hardrun/logs/$$-d.log"
	hardrun docker --backend runsc stop "$$-d"
	check "stop" status_is 0
	check "is gentle" grep -q bye "/var/lib/hardrun/logs/$$-d.log"
	check "nothing is left of it" nothing_is_left
	"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" --name "$$-killed" sh -c "echo up; sleep 60" > "$work/first" 2>&1 &
	first=$!
	until_true 20 grep -q up "$work/first"
	kill -9 "$first"
	wait "$first" 2> /dev/null
	check "kill -9 of hardrun leaves nothing" nothing_is_left
	check "no process either" until_true 10 sh -c "! pgrep -f -- '[-]-root=/run/hardrun/runsc/$$-killed'"
}

# ---- what it cannot do is refused by name ----
refused() {
	about=$1
	shift
	sandboxed "$@"
	check "$about: refused" status_is 125
	check "in one sentence" err_is_one_sentence
}
refusals() {
	refused "explanations" --explain true
	check "with the reason" err_has 'refused system calls to nobody'
	refused "a domain name" --domainname x true
	refused "little memory" -m 32m true
	check "with the least that does" err_has '64m or more'
	sandboxed -m 64m --pids-limit 64 true
	check "which does" status_is 0
	refused "few processes" --pids-limit 20 true
	refused "another runtime" --backend crun true
	check "with the rule and what would do" err_has 'sandbox is required.*engine.sandbox, .*policy.yaml:3.*--backend runsc'
	sandboxed --cap-add CHOWN sh -c 'grep CapEff /proc/self/status'
	check "a capability without effect is said to have none" err_has 'bounding set alone'
	mount --bind /dev/null "$(command -v runsc)"
	refused "no runsc" true
	check "with the package, and who wants it" err_has 'runsc is not installed, and engine.sandbox: required (.*policy.yaml:3:.*apt-get install runsc'
	umount "$(command -v runsc)"
}

# What no machine does otherwise than another is left out where every start takes seconds.
[ "${BRIEF-}" = yes ] || { mounts; life; refusals; }

# ---- the ceiling's word binds everyone ----
mkdir -p /etc/hardrun "$work/etc/policies"
mount --bind "$work/etc" /etc/hardrun
write_policy "$work/etc/ceiling.yaml" 'sandbox: required'
sed -i -e '/^defaults:/,/^allow:/{/^allow:/!d}' "$work/etc/ceiling.yaml"
echo 'record: {to: none}' >> "$work/etc/ceiling.yaml"
write_policy "$work/etc/policies/loose.yaml" 'sandbox: optional'
hardrun run --policy loose --rootfs "$tree" cat /proc/version
check "a policy that does not want one gets it" sh -c "! grep -q \"\$(uname -r)\" '$work/out' && grep -q '^Linux version' '$work/out'"
hardrun run --policy loose --backend crun --rootfs "$tree" true
check "and cannot do without" err_has 'sandbox is required.*ceiling: engine.sandbox'
rm "$work/etc/ceiling.yaml"

# ---- docker: only by a daemon that has it, and keeps the policy's filter and the limits ----
docker_with() {
	daemon_config=$work/daemon.json
	jq --argjson runtimes "$1" '. + {runtimes: $runtimes}' "$live/daemon.json" > "$daemon_config"
	start_dockerd
	tar -C "$tree" -c . | engine import - docker.io/library/alpine:latest > /dev/null
	write_policy "$work/docker.yaml" "sandbox: required, backend: docker, host: \"unix://$work/docker.sock\""
}
by_docker() {
	hardrun run --policy "$work/docker.yaml" "$@"
}
docker_refusals() {
	docker_with '{"runsc": {"path": "/usr/bin/runsc"}}'
	by_docker alpine true
	check "docker's runsc without the policy's filter: refused" status_is 125
	check "with the words that are missing" err_has "without --oci-seccomp.*daemon.json"
	stop_process "$daemon"
	docker_with '{"other": {"path": "/usr/bin/runsc"}}'
	by_docker alpine true
	check "a daemon without runsc: refused" status_is 125
	check "in a sentence" err_has 'a sandbox is required, and docker.s daemon has none: it has no runtime of the name runsc'
	stop_process "$daemon"
}
[ "${BRIEF-}" = yes ] || docker_refusals
docker_with '{"runsc": {"path": "/usr/bin/runsc", "runtimeArgs": ["--oci-seccomp"]}}'
# It takes a network for the machine's own where this file is there (gVisor, runsc/sandbox/network.go), as newer kernels have it;
# and what docker could not start it would leave running.
if unshare --net test -e /proc/sys/net/core/rmem_default; then
	skip "docker runs it" "runsc $(runsc --version | sed -n 's/^runsc version //p') has no network on Linux $(uname -r)"
else
	by_docker --name "$$-boxed" alpine sh -c 'cat /proc/version /proc/self/status; id; touch /x; echo "touch $?"'
	check "docker runs it" status_is 0
	check "under another kernel" sh -c "! grep -q \"\$(uname -r)\" '$work/out' && grep -q '^Linux version' '$work/out'"
	check "under the policy's filter" out_has '^Seccomp:[[:space:]]*2$'
	check "/ cannot be written" out_has '^touch 1$'
	check "with no other runtime" test "$(engine inspect -f '{{.HostConfig.Runtime}}' "$$-boxed")" = runsc
fi
finish
