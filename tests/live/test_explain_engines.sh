#!/bin/sh
# hardrun run --explain on podman: its runtime hands refused calls to hardrun's listener; whoever dies, nothing is allowed and nothing
# hangs. And on docker 20.10, which drops the listener.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/live/lib.sh
. "$live/lib.sh"
enter_private_place "$@"

mkdir -p /var/lib/containers /run/containers /run/libpod /run/crun /run/netns
for place in /var/lib/containers /run/containers /run/libpod /run/crun /run/netns; do
	mount -t tmpfs -o mode=0755 tmpfs "$place"
done
make_tree "$work/tree"
"${CC:-gcc}" -static -O1 -o "$work/tree/bin/refused" "$live/refused.c" > "$work/cc.log" 2>&1 || give_up "the caller of calls is built" "$work/cc.log"
tar -C "$work/tree" -c . | podman import -c ENV=PATH=/bin - docker.io/library/tool:1 > "$work/make.log" 2>&1 || give_up "podman takes an image" "$work/make.log"

# write_policy NAME ENGINE EXTRA
write_policy() {
	cat > "$work/$1.yaml" << POLICY
version: 1
images: ["*"]
engine: {$2}
defaults: {user: "65534:65534", mem_limit: 64m, cpus: 2, pids_limit: 32, network_mode: none, tmpfs: ["/tmp:size=1m"]}
allow: {pull: [never, missing], restart: ["on-failure:3"]}
$3
POLICY
}

run() {
	hardrun run --rm --pull never --policy "$work/${policy-podman}.yaml" "$@"
}

said() {
	grep -c -e "^hardrun: refused: $1" "$work/err"
}

said_once() {
	echo "said $(said "$1") times"
	[ "$(said "$1")" -eq 1 ]
}

nothing_is_said() {
	! grep -q '^hardrun: refused' "$work/err"
}

nothing_is_left() {
	! find /run/hardrun/stage -mindepth 1 2> /dev/null | grep . && ! ps -eo comm,ppid,args | grep -E "^hardrun-explain +1 "
}

listener_of() {
	ps -o pid=,comm= --ppid "$1" | awk '$2 == "hardrun-explain" { print $1 }'
}

# in_background WORD...: leaves the pid of hardrun in ${front}, and waits until the container has said "ready".
in_background() {
	"$HARDRUN" run --rm --pull never --explain --policy "$work/podman.yaml" tool:1 "$@" > "$work/out" 2> "$work/err" < /dev/null &
	front=$!
	remember "$front"
	until_true 20 grep -q ready "$work/out"
}

ends() {
	timeout 20 tail --pid="$front" -f /dev/null
}

write_policy podman 'backend: podman' ''
calls='socket mount unshare alg vsock keyctl ptrace clone tee number getpid'
# shellcheck disable=SC2086
run tool:1 refused $calls
cp "$work/out" "$work/wanted"
check "podman: without --explain nothing is said" nothing_is_said
# shellcheck disable=SC2086
run --explain tool:1 refused $calls
check "podman: the status is the container's" status_is 0
check "podman: each call is answered as the filter would have" diff "$work/wanted" "$work/out"
check "podman: mount, with what it was to mount" \
	said_once 'mount("none", "/mnt", "tmpfs", MS_RDONLY|MS_NOSUID, NULL) by refused (pid [0-9]*) answered EPERM: .*no policy can allow it$'
check "podman: a family of sockets, and the line for it" \
	said_once 'socket(AF_ALG, SOCK_SEQPACKET|SOCK_CLOEXEC, 0) .*allow: \[{names: \[socket\], when: "arg0 == AF_ALG"}\]}$'
check "podman: ptrace, and the line for it" said_once 'ptrace(PTRACE_TRACEME, .*to allow it: add seccomp: {allow: \[ptrace\]}$'
check "podman: a call answered ENOSYS" said_once 'tee(...) by refused .* answered ENOSYS'
check "podman: allowed calls are not said" test "$(said '')" -eq 8
check "podman: nothing is left" until_true 10 nothing_is_left
run --explain tool:1 sh -c 'mount -t tmpfs x /tmp; exit 7'
check "podman: a shell's own status" status_is 7
check "podman: the end that was bad sums up" err_has '^hardrun: [0-9]* kinds\? of system calls\? w[a-z]* refused, .*the container ended with status 7'
run --explain tool:1 nosuch
check "podman: a command that is not there" status_is 127
check "podman: says nothing of refusals" nothing_is_said
write_policy remedied 'backend: podman' 'seccomp: {allow: [ptrace, {names: [socket], when: "arg0 == AF_VSOCK"}]}'
policy=remedied run --explain tool:1 refused ptrace vsock alg
check "podman: the remedy allows" out_has '^ptrace 0$'
check "podman: and what it allows is not said" test "$(said ptrace)" -eq 0
check "podman: one family is that one alone" said_once 'socket(AF_ALG'
write_policy keyed 'backend: podman' 'explain: true'
policy=keyed run tool:1 refused mount getpid
check "podman: explain: true in the policy" said_once 'mount('
policy=keyed run --explain=false tool:1 refused mount getpid
check "podman: and --explain=false against it" nothing_is_said
run --explain tool:1 refused flood-20000
check "podman: a flood of refused calls ends" out_is 'flood-20000 1'
check "podman: is said once" said_once 'mount('
check "podman: and counted" err_has ' 20000 calls in all'
"$HARDRUN" run --rm --pull never --explain --policy "$work/podman.yaml" tool:1 refused kinds-3000 flood-20000 getpid > "$work/out" 2> /dev/full
status=$?
check "podman: standard error that takes nothing" status_is 0
check "podman: every call was answered" out_has '^flood-20000 1$'

# ---- programs that are added: an engine's runtime brings the listener a filter for each ----
in_background sh -c 'echo ready; sleep 30'
id=$(podman ps -q | head -n 1)
podman exec "$id" refused vsock > "$work/added" 2>&1
check "podman: one that is added is answered as the filter would have" grep -q '^vsock 1$' "$work/added"
check "podman: and explained" until_true 5 said_once 'socket(AF_VSOCK'
podman exec "$id" refused mount > "$work/added" 2>&1
check "podman: a second one too" grep -q '^mount 1$' "$work/added"
podman rm -f -t 0 "$id" > /dev/null 2>&1
check "podman: and the end is the end" ends
wait "$front" 2> /dev/null

# ---- whoever dies ----
in_background sh -c 'echo ready; i=0; while [ $i -lt 200 ] && [ ! -e /tmp/go ]; do i=$((i + 1)); sleep 0.01; done; refused mount alg nested getpid'
listener=$(listener_of "$front")
check "podman: there is one listener" test "$(echo "$listener" | wc -w)" -eq 1
check "podman: under a filter of its own" grep -q '^Seccomp:	2$' "/proc/$listener/status"
check "podman: nobody" grep -q '^Uid:	65534	65534	65534	65534$' "/proc/$listener/status"
check "podman: with the one right to look into processes" grep -q '^CapPrm:	0000000000080000$' "/proc/$listener/status"
kill -9 "$listener"
wait "$front"
status=$?
check "podman: without it the container goes on" status_is 0
check "podman: and mount stays refused" out_has '^mount 38$'
check "podman: and so does the socket" out_has '^alg 38$'
check "podman: nested_listener: the program gets no listener of its own" out_has '^nested 38$'
in_background sh -c 'echo ready; refused mount & sleep 0.3'
kill -STOP "$(listener_of "$front")"
check "podman: a listener that is stopped does not keep hardrun" ends
wait "$front"
in_background sh -c 'echo ready; i=0; while [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.02; done; refused mount alg; sleep 30'
listener=$(listener_of "$front")
kill -9 "$front"
wait "$front" 2> /dev/null
check "podman: with hardrun its listener goes" until_true 5 sh -c "! kill -0 $listener"
id=$(podman ps -q | head -n 1)
check "podman: the container goes on, as podman's does" test -n "$id"
check "podman: and is refused what it was" until_true 15 sh -c "podman logs $id | grep -q '^mount 38'"
check "podman: all of it" sh -c "podman logs $id | grep -q '^alg 38'"
check "podman: and no program is added to it" sh -c "! podman exec $id true"
podman rm -f -t 0 "$id" > /dev/null 2>&1

# ---- where nobody could be told ----
run --explain -d tool:1 true
check "podman: in the background: refused" status_is 125
check "podman: with the reason and the remedy" err_has '^hardrun: not supported: --explain: .*has gone before they are made; leave out --detach, or --backend crun$'
hardrun run --explain --restart on-failure:2 --pull never --policy "$work/podman.yaml" tool:1 true
check "podman: with --restart: refused" err_has 'one start only; leave out --restart'
hardrun create --explain --pull never --policy "$work/podman.yaml" tool:1 true
check "podman: create: refused" err_has '^hardrun: not supported: --explain: .*; use run$'
policy=keyed run -d --name later tool:1 true
check "podman: a policy's wish is dropped in the background" status_is 0
check "podman: which is said" err_has '^hardrun: note: explain: .*has gone before'
podman rm -f -t 0 later > /dev/null 2>&1

# A podman that drops the listener, as those before 4.1 do.
printf '#!/bin/sh\njq -c "del(.listenerPath)" < /proc/self/fd/3 > "%s/dropped.json"\nfor word; do shift; [ "$word" != seccomp=/proc/self/fd/3 ] || word=seccomp=%s/dropped.json
	set -- "$@" "$word"; done\nexec podman "$@"\n' "$work" "$work" > "$work/old-podman"
chmod 0755 "$work/old-podman"
if [ -n "$(find /usr/local/bin -maxdepth 0 -user root)" ]; then
	cp "$work/old-podman" /usr/local/bin/hardrun-test-podman-$$
	trap 'rm -f /usr/local/bin/hardrun-test-podman-$$; clean_up' EXIT
fi
write_policy old "backend: podman, client: /usr/local/bin/hardrun-test-podman-$$" ''
policy=old run --explain tool:1 refused mount alg getpid
check "podman: one that drops the listener lets nothing through" sh -c "! grep -Eq '^(mount|alg) 0' '$work/out'"
check "podman: and it is said, by whom it may be" err_has 'handed refused system calls to nobody\|listenerPath is not set'

# ---- docker 20.10 ----
start_dockerd
tar -C "$work/tree" -c . | engine import -c 'ENV PATH=/bin' - docker.io/library/tool:1 > "$work/make.log" 2>&1 || give_up "the daemon takes an image" "$work/make.log"
write_policy docker "backend: docker, host: \"unix://$work/docker.sock\"" ''
write_policy wish "backend: docker, host: \"unix://$work/docker.sock\"" 'explain: true'
version=$(engine version -f '{{.Server.Version}}')
policy=docker run --explain tool:1 refused mount getpid
case $version in
1*|20.*)
	check "docker ${version}: refused" status_is 125
	check "docker ${version}: it drops the listener, and the remedies" \
		err_has "^hardrun: not supported: --explain: docker ${version}[^ ]* hands refused system calls to nobody, .*; --backend crun or --backend runc, or docker 23.0\$"
	policy=wish run tool:1 refused mount getpid
	check "docker ${version}: a policy's wish is dropped" status_is 0
	check "docker ${version}: which is said" err_has "^hardrun: note: explain: docker ${version}[^ ]* hands refused system calls to nobody"
	;;
*)
	check "docker ${version}: mount" said_once 'mount('
	check "docker ${version}: answered as the filter would have" out_has '^mount 1$'
	policy=wish run tool:1 refused mount getpid
	check "docker ${version}: explain: true in the policy" said_once 'mount('
	;;
esac
engine ps -aq | xargs -r docker -H "unix://$work/docker.sock" rm -f > /dev/null 2>&1
stop_process "$daemon"

finish
