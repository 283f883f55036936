#!/bin/sh
# hardrun run --explain on crun and runc: refused calls are answered as the filter would have, and said once; whoever dies, nothing is
# allowed and nothing hangs.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/live/lib.sh
. "$live/lib.sh"
enter_private_place "$@"

tree=$work/rootfs
make_tree "$tree"
"${CC:-gcc}" -static -O1 -o "$tree/bin/refused" "$live/refused.c" > "$work/cc.log" 2>&1 || give_up "the caller of calls is built" "$work/cc.log"

# write_policy NAME EXTRA: on ${runtime}.
write_policy() {
	cat > "$work/$1.yaml" << POLICY
version: 1
images: ["*"]
engine: {backend: $runtime}
defaults: {user: "65534:65534", mem_limit: 64m, cpus: 2, pids_limit: 32, network_mode: none, tmpfs: ["/tmp:size=1m"]}
allow: {rootfs: ["$work/**"]}
$2
POLICY
}

# explained WORD...: with a name, so that what is left can be found.
explained() {
	number=$((${number-0} + 1))
	hardrun run --explain --name "$$-$number" --policy "$work/${policy-plain}.yaml" --rootfs "$tree" "$@"
}

# said PATTERN: how many lines of explanations have it.
said() {
	grep -c -e "^hardrun: refused: $1" "$work/err"
}

said_once() {
	echo "said $(said "$1") times"
	[ "$(said "$1")" -eq 1 ]
}

nothing_is_said() {
	[ ! -s "$work/err" ]
}

nothing_is_left() {
	! find /run/hardrun/containers -mindepth 1 2> /dev/null | grep . && ! find /sys/fs/cgroup -maxdepth 2 -name "hardrun-$$-*" | grep . &&
		! ps -eo comm,ppid,args | grep -E "^hardrun-explain +1 "
}

# in_background WORD...: leaves the pid of hardrun in ${front}, and waits until the container has said "ready".
in_background() {
	number=$((${number-0} + 1))
	"$HARDRUN" run --explain --name "$$-$number" --policy "$work/plain.yaml" --rootfs "$tree" "$@" > "$work/out" 2> "$work/err" < /dev/null &
	front=$!
	remember "$front"
	until_true 20 grep -q ready "$work/out"
}

listener_of() {
	ps -o pid=,comm= --ppid "$1" | awk '$2 == "hardrun-explain" { print $1 }'
}

is_gone() {
	! kill -0 "$1" 2> /dev/null
}

for runtime in crun runc; do
	write_policy plain ''
	# ---- what is said ----
	explained refused socket mount unshare alg vsock keyctl ptrace clone tee number getpid
	check "$runtime: status as without" status_is 0
	printf 'socket 0\nmount 1\nunshare 1\nalg 1\nvsock 1\nkeyctl 1\nptrace 1\nclone 1\ntee 38\nnumber 38\ngetpid 0\n' > "$work/wanted"
	check "$runtime: each call is answered as the filter would have" diff "$work/wanted" "$work/out"
	hardrun run --policy "$work/plain.yaml" --rootfs "$tree" refused socket mount unshare alg vsock keyctl ptrace clone tee number getpid
	check "$runtime: which is how it is without --explain" diff "$work/wanted" "$work/out"
	check "$runtime: where nothing is said" nothing_is_said
	explained refused socket mount unshare alg vsock keyctl ptrace clone tee number getpid
	check "$runtime: mount, with what it was to mount" \
		said_once 'mount("none", "/mnt", "tmpfs", MS_RDONLY|MS_NOSUID, NULL) by refused (pid [0-9]*) answered EPERM: .*@mount.*no policy can allow it$'
	check "$runtime: unshare, its flags by name" said_once 'unshare(CLONE_NEWNS|CLONE_NEWUSER) by refused .*EPERM.*no policy can allow it$'
	check "$runtime: a family of sockets, and the line for it" \
		said_once 'socket(AF_ALG, SOCK_SEQPACKET|SOCK_CLOEXEC, 0) .*allow: \[{names: \[socket\], when: "arg0 == AF_ALG"}\]}$'
	check "$runtime: another family is another kind" said_once 'socket(AF_VSOCK, SOCK_STREAM, 0) '
	check "$runtime: keyctl" said_once 'keyctl(KEYCTL_GET_KEYRING_ID, .*key rings'
	check "$runtime: ptrace, and the line for it" said_once 'ptrace(PTRACE_TRACEME, .*to allow it: add seccomp: {allow: \[ptrace\]}$'
	check "$runtime: flags of clone" said_once 'clone(SIGCHLD|CLONE_NEWUSER, NULL) '
	check "$runtime: a call answered ENOSYS" said_once 'tee(...) by refused .* answered ENOSYS'
	check "$runtime: allowed calls are not said, nor is a number without a name" test "$(said '')" -eq 8
	check "$runtime: nothing is left" until_true 5 nothing_is_left

	explained sh -c 'mount -t tmpfs x /tmp; unshare -U true; chroot / true; exit 7'
	check "$runtime: a shell's own status" status_is 7
	check "$runtime: each program by name" err_has 'by \(busybox\|mount\|unshare\|chroot\) (pid'
	check "$runtime: the end that was bad sums up" err_has '^hardrun: [0-9]* kinds of system calls were refused, [0-9]* calls in all; the container ended with status 7'
	explained sh -c 'sh -c "kill -9 \$\$"; exit $?'
	check "$runtime: ended by a signal" status_is 137
	explained nosuch
	check "$runtime: a command that is not there" status_is 127
	check "$runtime: in one sentence" err_is_one_sentence
	explained true
	check "$runtime: nothing refused, nothing said" nothing_is_said

	# ---- the remedy is one ----
	write_policy remedied 'seccomp: {allow: [ptrace, {names: [socket], when: "arg0 == AF_VSOCK"}]}'
	policy=remedied explained refused ptrace vsock alg
	check "$runtime: what was named allows ptrace" out_has '^ptrace 0$'
	check "$runtime: and is not said any more" test "$(said ptrace)" -eq 0
	check "$runtime: one family allowed" test "$(said 'socket(AF_VSOCK')" -eq 0
	check "$runtime: is that one alone" said_once 'socket(AF_ALG'
	write_policy denying 'seccomp: {deny: ["@keyring", uname]}'
	policy=denying explained uname
	check "$runtime: a line of the policy that refuses is named" \
		said_once "uname(...) .*denied by the policy.*seccomp.deny, $work/denying.yaml:[0-9]*:[0-9]*); to allow it: take \"uname\" out of seccomp.deny"
	write_policy minimal 'seccomp: {base: minimal}'
	policy=minimal explained refused alg mount getpid
	check "$runtime: under base: minimal" status_is 0
	check "$runtime: it is said too" said_once 'mount('
	write_policy keyed 'explain: true'
	hardrun run --policy "$work/keyed.yaml" --rootfs "$tree" refused mount getpid
	check "$runtime: explain: true in the policy" said_once 'mount('
	hardrun run --explain=false --policy "$work/keyed.yaml" --rootfs "$tree" refused mount getpid
	check "$runtime: and --explain=false against it" nothing_is_said
	hardrun run --dry-run --explain --policy "$work/plain.yaml" --rootfs "$tree" true
	check "$runtime: a dry run shows the listener" out_has '"listenerPath":"/proc/self/cwd/refused.sock"'

	# ---- hostile programs ----
	explained refused texts
	check "$runtime: a text that ends where memory does" said_once 'umount2("xxxx", 0)'
	check "$runtime: an address without memory" said_once 'swapon(0x10, 0x0)'
	check "$runtime: control characters stay out of the terminal" test "$(tr -d '\n[:print:]' < "$work/err" | wc -c)" -eq 0
	check "$runtime: and a text makes no line of its own" said_once 'chroot("/evil.x1b\[31m.x0ahardrun: refused: nothing")'
	explained refused flood-100000
	check "$runtime: a flood of refused calls ends" out_is 'flood-100000 1'
	check "$runtime: is said once" said_once 'mount('
	check "$runtime: and counted" err_has ' 100000 calls in all'
	explained refused kinds-2000
	check "$runtime: a flood of kinds" out_is 'kinds-2000 1'
	check "$runtime: is cut short" test "$(said '')" -le 64
	check "$runtime: and says so" err_has 'more than 64 kinds .* 2000 calls in all; not all of them are listed'
	explained refused interrupted
	check "$runtime: calls that signals interrupt" out_is 'interrupted 1'
	explained sh -c 'i=0; while [ $i -lt 20 ]; do (refused flood-2000000 & sleep 0.01; kill -9 $!) > /dev/null 2>&1; i=$((i + 1)); done'
	check "$runtime: programs that are killed in a refused call" status_is 0

	# ---- the listener dies ----
	in_background sh -c 'echo ready; while [ ! -e /tmp/go ] && ! read -r line < /dev/null; do i=$((${i-0} + 1)); [ $i -gt 300 ] && break; sleep 0.01; done
		refused mount alg nested getpid'
	listener=$(listener_of "$front")
	check "$runtime: there is one listener" test "$(echo "$listener" | wc -w)" -eq 1
	check "$runtime: under a filter of its own" grep -q '^Seccomp:	2$' "/proc/$listener/status"
	check "$runtime: nobody" grep -q '^Uid:	65534	65534	65534	65534$' "/proc/$listener/status"
	check "$runtime: with the one right to look into processes" grep -q '^CapPrm:	0000000000080000$' "/proc/$listener/status"
	kill -9 "$listener"
	wait "$front"
	status=$?
	check "$runtime: without it the container goes on" status_is 0
	check "$runtime: and mount stays refused" out_has '^mount 38$'
	check "$runtime: and so does the socket" out_has '^alg 38$'
	check "$runtime: nested_listener: the program gets no listener of its own" out_has '^nested 38$'
	check "$runtime: nothing is left of that" until_true 5 nothing_is_left

	# ---- stopped, it keeps nobody from ending ----
	in_background sh -c 'echo ready; refused mount & sleep 0.3'
	kill -STOP "$(listener_of "$front")"
	check "$runtime: a listener that is stopped does not keep hardrun" until_true 10 is_gone "$front"
	wait "$front"
	check "$runtime: nothing is left of that either" until_true 5 nothing_is_left

	# ---- hardrun dies ----
	in_background sh -c 'echo ready; refused flood-100000000'
	listener=$(listener_of "$front")
	init=$(cat "/run/hardrun/containers/$$-$number/pid")
	kill -9 "$front"
	wait "$front" 2> /dev/null
	check "$runtime: with hardrun its listener goes" until_true 5 is_gone "$listener"
	check "$runtime: and the watchdog ends the container" until_true 10 is_gone "$init"
	check "$runtime: nothing is left of it all" until_true 10 nothing_is_left

	# ---- nobody reads ----
	mkfifo "$work/fifo-$runtime"
	sh -c 'exec sleep 30' < "$work/fifo-$runtime" &
	reader=$!
	remember "$reader"
	"$HARDRUN" run --explain --name "$$-unread-$runtime" --policy "$work/plain.yaml" --rootfs "$tree" refused kinds-3000 flood-20000 getpid \
		> "$work/out" 2> "$work/fifo-$runtime"
	status=$?
	check "$runtime: standard error that nobody reads" status_is 0
	check "$runtime: every call was answered" out_has '^flood-20000 1$'
	kill "$reader"

	# ---- without a terminal of its own: the log ----
	hardrun run -d --explain --name "$$-detached" --policy "$work/plain.yaml" --rootfs "$tree" refused mount
	check "$runtime: in the background" status_is 0
	check "$runtime: the log has it" until_true 10 grep -q 'hardrun: refused: mount(' "/var/lib/hardrun/logs/$$-detached.log"
	until_true 10 nothing_is_left
done

finish
