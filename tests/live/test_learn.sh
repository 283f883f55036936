#!/bin/sh
# hardrun learn on crun and runc: what small programs do becomes a policy that is enough for them; nothing is granted, nothing is
# overwritten, and whoever dies, nothing is weaker for it.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/live/lib.sh
. "$live/lib.sh"
enter_private_place "$@"

tree=$work/rootfs
make_tree "$tree"
mkdir "$tree/data" "$tree/srv" "$work/own"
echo kept > "$tree/srv/kept"
chmod 0777 "$work/own"
"${CC:-gcc}" -static -O1 -o "$tree/bin/refused" "$live/refused.c" > "$work/cc.log" 2>&1 || give_up "the caller of calls is built" "$work/cc.log"

# learn WORD...: into ${out}.yaml and its record; with ${before} learn's own words.
learn() {
	number=$((${number-0} + 1))
	# shellcheck disable=SC2086 # several words
	hardrun learn -o "$work/learned.yaml" --record "$work/learned.json" ${before--f} run --backend "$runtime" --name "$$-$number" \
		--policy "$work/start.yaml" --rootfs "$tree" ${flags-} "$@"
}

policy_has() {
	grep -q -e "$1" "$work/learned.yaml" || { cat "$work/learned.yaml"; false; }
}

policy_lacks() {
	! grep -e "$1" "$work/learned.yaml"
}

# under_it WORD...: the same tree under what was learned.
under_it() {
	hardrun run --backend "$runtime" --policy "$work/learned.yaml" --rootfs "$tree" "$@"
}

nothing_is_left() {
	! find /run/hardrun/containers -mindepth 1 2> /dev/null | grep . && ! find /sys/fs/cgroup -maxdepth 2 -name "hardrun-$$-*" | grep . &&
		! ps -eo comm,ppid,args | grep -E "^hardrun-explain +1 " && ! find "$work" -name '*.hardrun-*' | grep .
}

# in_background WORD...: leaves the pid of hardrun learn in ${front} and that of its run in ${runner}, when it has said "ready".
in_background() {
	number=$((${number-0} + 1))
	rm -f "$work/killed.yaml"
	# shellcheck disable=SC2086 # several words
	"$HARDRUN" learn -o "$work/killed.yaml" ${before---no-prove} run --backend "$runtime" --name "$$-$number" --policy "$work/start.yaml" \
		--rootfs "$tree" "$@" > "$work/out" 2> "$work/err" < /dev/null &
	front=$!
	remember "$front"
	until_true 20 grep -q ready "$work/out"
	runner=$(ps -o pid= --ppid "$front" | head -n 1 | tr -d ' ')
	listener=$(ps -o pid=,comm= --ppid "$runner" | awk '$2 == "hardrun-explain" { print $1 }')
}

is_gone() {
	! kill -0 "$1" 2> /dev/null
}

for runtime in crun runc; do
	cat > "$work/start.yaml" << POLICY
version: 1
extends: default
engine: {backend: $runtime}
defaults: {user: "65534:65534", mem_limit: 64m, cpus: 2, pids_limit: 64, network_mode: none, tmpfs: ["/tmp:size=4m"]}
allow: {rootfs: ["$work/**"], volumes: [{source: "$work/own", access: rw}]}
POLICY

	# ---- what is learned ----
	learn sh -c 'echo one > /data/one; mkdir -p /var/log/app; dd if=/dev/zero of=/tmp/big bs=1k count=1500 2> /dev/null; rm /tmp/big; cat /srv/kept'
	check "$runtime: learned and proved" status_is 0
	check "$runtime: says so" err_has 'learned.yaml: [0-9]* calls, [0-9] places to write to, 0 to be asked about; proved by a run under it'
	check "$runtime: in the policy too" policy_has '^# Proved: '
	check "$runtime: an empty directory becomes a tmpfs" policy_has '"/data:size=1m"'
	check "$runtime: with the most that was in it, though it is gone" policy_has '"/tmp:size=3m"'
	check "$runtime: the user" policy_has 'user: "65534:65534"'
	check "$runtime: no network" policy_has 'network_mode: none'
	check "$runtime: no socket" policy_lacks 'socket'
	check "$runtime: few calls" test "$(sed -n 's/^# \([0-9]*\) calls in all.*/\1/p' "$work/learned.yaml")" -le 70
	hardrun policy check "$work/learned.yaml"
	check "$runtime: a policy" status_is 0
	under_it sh -c 'echo two > /data/two; cat /data/two'
	check "$runtime: enough" out_is two
	under_it sh -c 'echo two > /srv/two'
	check "$runtime: and no more" status_is 1
	under_it nc -l -p 8080 -w 1
	check "$runtime: what was not done is refused" status_is 1
	cp "$work/learned.yaml" "$work/first.yaml"
	learn sh -c 'echo one > /data/one; mkdir -p /var/log/app; dd if=/dev/zero of=/tmp/big bs=1k count=1500 2> /dev/null; rm /tmp/big; cat /srv/kept'
	check "$runtime: the same again, but for counts" sh -c "sed 's/[0-9][0-9.]* [KM]iB at most.*//; s/[0-9]* times by//; s/[0-9]* processes.*//; s/pids_limit.*//; s/mem_limit.*//' '$work/first.yaml' > '$work/a' &&
		sed 's/[0-9][0-9.]* [KM]iB at most.*//; s/[0-9]* times by//; s/[0-9]* processes.*//; s/pids_limit.*//; s/mem_limit.*//' '$work/learned.yaml' | diff '$work/a' -"

	learn sh -c 'nc -l -p 8080 < /srv/kept > /tmp/got & sleep 0.5; echo hello | nc 127.0.0.1 8080; wait; cat /tmp/got'
	check "$runtime: a server" status_is 0
	check "$runtime: its port" policy_has '127.0.0.1:1024-65535:8080/'
	check "$runtime: its families" policy_has 'names: \[socket\], when: "arg0 in '
	flags="-v $work/own:/own -v $tree/srv:/more:ro" learn sh -c 'cat /more/kept; echo x > /own/x'
	check "$runtime: binds that the policy does not allow are not learned" err_has 'refused: --volume\|refused: -v'
	flags="-v $work/own:/own" learn sh -c 'echo x > /own/x'
	check "$runtime: a bind that is written to" policy_has "source: \"$work/own\", target: \"/own\", access: rw"
	flags="-v $work/own:/own" learn sh -c 'cat /own/x'
	check "$runtime: one that is only read" policy_has "source: \"$work/own\", target: \"/own\", access: ro"
	learn sh -c 'exit 3'
	check "$runtime: a bad end is no difference" status_is 0
	check "$runtime: and is said" err_has 'the program itself ended with status 3'

	# ---- what the proof compares ----
	learn sh -c 'echo one; echo two'
	check "$runtime: the same output" policy_has '^# Proved: .* printed the same'
	check "$runtime: the proof is announced, with its limit" err_has 'now under its policy, for at most 1[0-9]s$'
	learn cat /proc/uptime
	check "$runtime: another output" err_has 'under its policy it printed something else, 1 line, and 1 line when it was learned; .*--runs 2 tells'
	check "$runtime: is no failure of its own" status_is 0
	check "$runtime: and not called the same" policy_lacks 'printed the same'
	before="-f --runs 2" learn cat /proc/uptime
	check "$runtime: what changes each time is not compared" err_has 'did not print the same each time that it was learned'
	check "$runtime: and proved" status_is 0
	rm -f "$work/own/runs"
	# shellcheck disable=SC2016 # for the shell inside
	before="-f --runs 2" flags="-v $work/own:/own" learn sh -c 'echo x >> /own/runs; [ "$(wc -l < /own/runs)" -lt 3 ] && echo same || echo other'
	check "$runtime: what is the same each time, and then is not" err_has 'not proved: under its policy it printed something else, .* each time'
	check "$runtime: is a failure" status_is 1
	check "$runtime: and the policy says so" policy_has '^# NOT ENOUGH: '

	# ---- a proof without an end ----
	before="-f --timeout 1s" flags="-v $work/own:/own" learn sh -c 'trap "exit 3" TERM; [ -e /own/first ] || { : > /own/first; exit 0; }; sleep 60 & wait'
	check "$runtime: it is ended" err_has 'not proved: under its policy it had not ended after 1s[0-9]*ms, and was ended; it took .* (--timeout'
	check "$runtime: which is no proof" status_is 1
	check "$runtime: and nothing is blamed for it" policy_has '^# NOT PROVED: run again under this policy, it had not ended'
	rm "$work/own/first"
	before="-f --timeout 1s" flags="-v $work/own:/own --stop-timeout 1" learn sh -c '[ -e /own/first ] || { : > /own/first; exit 0; }; while :; do sleep 1; done'
	check "$runtime: what is deaf is killed" err_has 'under its policy it had not ended after [23]s[0-9]*ms, and was ended'
	rm "$work/own/first"
	# shellcheck disable=SC2016 # for the shell inside
	before='--timeout 1s' in_background sh -c 'trap "exit 0" TERM; echo ready; sleep 100 & wait'
	kill -TERM "$runner"
	wait "$front"
	status=$?
	check "$runtime: a server that somebody ended" grep -q 'it was ended after 1s[0-9]*ms, as its time was over, and when it was learned somebody' "$work/err"
	check "$runtime: is proved in part" grep -q '^# Proved in part: ' "$work/killed.yaml"
	check "$runtime: which is no failure" test "$status" -eq 0
	before='-f --timeout never' learn true
	check "$runtime: a time that is none" err_has '^hardrun: --timeout is a time as 90s'
	check "$runtime: nothing is left of those" until_true 5 nothing_is_left

	# ---- what is not granted ----
	learn refused socket mount unshare alg ptrace keyctl
	check "$runtime: refused calls stay refused while it is learned" out_has '^mount 1$'
	check "$runtime: each of them" test "$(grep -c '^\(mount\|unshare\|alg\|ptrace\|keyctl\) 1$' "$work/out")" -ge 10
	check "$runtime: the policy asks" policy_has '^# - call: ptrace(PTRACE_TRACEME'
	check "$runtime: with the line that would grant it" policy_has 'to grant it: add seccomp: {allow: \[ptrace\]}'
	check "$runtime: or that nobody should" policy_has 'nobody should grant it'
	check "$runtime: and grants none of it" policy_lacks '^    - {names: .*\(mount\|ptrace\|keyctl\|unshare\|AF_ALG\)'
	learn sh -c 'touch /srv/new; true'
	check "$runtime: no tmpfs hides what the image has" policy_lacks '^ *- "/srv:'
	check "$runtime: it is asked about" policy_has '^# - write: /srv/new'

	# ---- files ----
	echo precious > "$work/learned.yaml"
	before='' learn true
	check "$runtime: a file that is there" status_is 2
	check "$runtime: one sentence" err_is_one_sentence
	check "$runtime: stays as it is" grep -qx precious "$work/learned.yaml"
	learn nosuch
	check "$runtime: a program that is not there" status_is 127
	check "$runtime: writes nothing" grep -qx precious "$work/learned.yaml"
	learn true
	head -c 300 "$work/learned.json" > "$work/cut.json"
	sed 's/"architecture": "[^"]*"/"architecture": "riscv64"/' "$work/learned.json" > "$work/elsewhere.json"
	sed '0,/"name": "[a-z_0-9]*"/s//"name": "frobnicate"/' "$work/learned.json" > "$work/unknown.json"
	sed 's/"uid": [0-9]*/"uid": 7/' "$work/learned.json" > "$work/another.json"
	echo precious > "$work/learned.yaml"
	for bad in cut elsewhere unknown missing; do
		before="--merge $work/$bad.json" learn true
		check "$runtime: a record that is $bad" status_is "$([ "$bad" = missing ] && echo 125 || echo 2)"
		check "$runtime: one sentence about it" test "$(wc -l < "$work/err")" -eq 1
		check "$runtime: with its place" err_has "$work/$bad.json"
		check "$runtime: nothing is overwritten" grep -qx precious "$work/learned.yaml"
	done
	before="--merge $work/another.json" learn true
	check "$runtime: a record of another user" err_has 'of user 65534:65534, and is to be merged with one of 7:65534'
	check "$runtime: overwrites nothing either" grep -qx precious "$work/learned.yaml"
	before="--merge $work/learned.json" learn sh -c 'echo x > /data/x'
	check "$runtime: records merge" status_is 0
	check "$runtime: into one policy" policy_has 'from 2 runs'
	hardrun learn -f -o "$work/joined.yaml" --merge "$work/learned.json"
	check "$runtime: without a run too" status_is 0
	check "$runtime: which is not proved" grep -q '^# Not proved' "$work/joined.yaml"
	flags=-d learn true
	check "$runtime: not in the background" err_has 'a run that is learned from is watched to its end'
	check "$runtime: nothing is left" until_true 5 nothing_is_left

	# ---- the listener dies ----
	in_background sh -c 'echo ready; i=0; while [ $i -lt 300 ] && [ ! -e /tmp/never ]; do i=$((i + 1)); sleep 0.01; done; refused mount alg getpid; true'
	check "$runtime: there is one listener" test "$(echo "$listener" | wc -w)" -eq 1
	kill -9 "$listener"
	wait "$front"
	status=$?
	check "$runtime: without it nothing is learned" test ! -e "$work/killed.yaml"
	check "$runtime: and that is no success" test "$status" -ne 0
	check "$runtime: mount was not let through" test "$(grep -c '^mount 0' "$work/out")" -eq 0
	check "$runtime: nothing is left of that" until_true 10 nothing_is_left

	# ---- hardrun dies ----
	in_background sh -c 'echo ready; refused flood-100000000'
	init=$(cat "/run/hardrun/containers/$$-$number/pid")
	kill -9 "$front"
	wait "$front" 2> /dev/null
	check "$runtime: with hardrun learn its run goes" until_true 10 is_gone "$runner"
	check "$runtime: and its listener" until_true 10 is_gone "$listener"
	check "$runtime: and the container" until_true 10 is_gone "$init"
	check "$runtime: nothing is left of it all" until_true 10 nothing_is_left

	# ---- somebody asks it to stop ----
	in_background sh -c 'trap "exit 9" TERM; echo ready; i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); sleep 0.01; done'
	kill -TERM "$front"
	wait "$front"
	check "$runtime: what it has learned until then is written" test -s "$work/killed.yaml"
	check "$runtime: nothing is left of a run that was stopped" until_true 10 nothing_is_left

	# ---- a flood ----
	learn refused flood-30000 getpid
	check "$runtime: a flood of refused calls" status_is 0
	check "$runtime: goes on" out_has '^flood-30000 1$'
	learn sh -c 'i=0; while [ $i -lt 200 ]; do (sleep 1 & kill -9 $!) > /dev/null 2>&1; i=$((i + 1)); done'
	check "$runtime: programs that are killed in a call that is watched" status_is 0
done

# ---- the example of README.md ----
readme=$live/../../README.md
cd "$work" || exit 1
eval "hardrun $(sed -n 's/^    hardrun learn -o note/learn -o note/p' "$readme")"
check "the README's example: it is proved" status_is 0
check "it writes a policy" grep -q '^# Proved: .* printed the same' note.yaml
# Calls and times are the machine's and its C library's.
words_of() {
	grep '^ *hardrun: learn: ' "$1" | sed 's/^ *//; s/[0-9][0-9]* calls/N calls/; s/[0-9][0-9]*s$/N s/'
}
words_of "$readme" > wanted
words_of err > got
check "and says what stands there" diff wanted got

finish
