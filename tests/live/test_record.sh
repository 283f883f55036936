#!/bin/sh
# The record of a machine with a ceiling: what is allowed, what is refused, how it ended, and what happens when nothing can be written.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

make_tree "$work/rootfs"
mkdir "$work/etc" "$work/etc/policies" "$work/log"
mkdir -p /etc/hardrun
mount --bind "$work/etc" /etc/hardrun
mount -t tmpfs -o mode=755 tmpfs /var/log
record=/var/log/hardrun/record.jsonl
runtime=crun
command -v crun > /dev/null || runtime=runc

cat > "$work/etc/policies/web.yaml" << POLICY
version: 1
images: ["*"]
engine: {backend: $runtime}
defaults: {user: "65534:65534", mem_limit: 64m, cpus: 1, pids_limit: 64, network_mode: none, tmpfs: ["/tmp:size=32m"]}
allow:
  rootfs: ["$work/rootfs"]
  environment: ["*"]
POLICY

# write_ceiling [LINE]
write_ceiling() {
	cat > "$work/etc/ceiling.yaml" << CEILING
version: 1
engine: {backend: $runtime}
allow:
  mem_limit: 64m
  cpus: 1
  pids_limit: 64
  user: ["65534:65534"]
  rootfs: ["$work/rootfs"]
  environment: ["*"]
  tmpfs: {max_size: 32m}
  networks: [none]
${1-}
CEILING
}
write_ceiling

in_tree() {
	hardrun run --policy web --rootfs "$work/rootfs" "$@"
}

# asked FILTER: what jq says of the whole record, as one list, is true.
asked() {
	jq -e -s "$1" "$record"
}

# lines NUMBER: that many lines, each JSON of the schema.
lines() {
	wc -l "$record"
	[ "$(wc -l < "$record")" -eq "$1" ] && asked 'all(.schema == "hardrun/record/1")'
}

# end_of CONTAINER NAME...: kills the processes of those names that look after it: whoever holds the lock of its account.
end_of() {
	file=$(grep -l "\\\\\"container\\\\\":\\\\\"$1\\\\\"" /var/lib/hardrun/records/*.json) || return 1
	shift
	found=
	for process in /proc/[0-9]*; do
		[ -n "$(find "$process/fd" -lname "$file" 2> /dev/null)" ] || continue
		for name in "$@"; do
			[ "$(cat "$process/comm")" != "$name" ] || found="$found ${process#/proc/}"
		done
	done
	echo "of $file: $found"
	# shellcheck disable=SC2086 # a list of numbers
	[ -n "$found" ] && kill -KILL $found
}

# ---- a container from its decision to its end ----
in_tree -e TOKEN=s3cret -e A=b sh -c 'exit 3'
check "it runs" status_is 3
check "the record is made" lines 2
check "for root alone" test "$(stat -c '%a %u' "$record")" = '600 0'
check "in a directory of root's" test "$(stat -c '%a %u' /var/log/hardrun)" = '700 0'
check "a decision" asked '.[0] | .kind == "decision" and .verdict == "allowed" and .verb == "run" and .uid == 0 and .user == "root"'
check "the whole line is there" asked ".[0].argv[1:] == [\"run\", \"--policy\", \"web\", \"--rootfs\", \"$work/rootfs\", \"-e\",
	\"TOKEN=[redacted]\", \"-e\", \"A=[redacted]\", \"sh\", \"-c\", \"exit 3\"]"
check "but no secret" sh -c "! grep -q s3cret '$record'"
check "the policy by its bytes" asked ".[0].policy.files[0] ==
	{path: \"/etc/hardrun/policies/web.yaml\", sha256: \"$(sha256sum < "$work/etc/policies/web.yaml" | cut -d' ' -f1)\"}"
check "the ceiling by its bytes" asked ".[0].ceiling.files[0].sha256 == \"$(sha256sum < "$work/etc/ceiling.yaml" | cut -d' ' -f1)\""
check "backend, container and settings" asked ".[0] | .backend == \"$runtime\" and (.container | length) > 0 and
	(.settings_sha256 | test(\"^[0-9a-f]{64}$\"))"
check "an end" asked '.[1] | .kind == "end" and .reason == "exited" and .status == 3 and .signal == null and .duration > 0'
check "of that container" asked '.[0].id == .[1].id and .[0].container == .[1].container'
check "nothing is owed" test -z "$(ls /var/lib/hardrun/records)"

in_tree -e TOKEN=other true
in_tree -m 32m true
check "settings alike have one digest, others another" asked '[.[] | select(.kind == "decision").settings_sha256] |
	.[1] != .[2] and all(. != null)'

rm "$record"
"$HARDRUN" run --policy web --rootfs "$work/rootfs" sleep 987654321 > "$work/out" 2> "$work/err" < /dev/null &
# The first process of a pid namespace hears nothing but this, and from outside only.
end_sleep() {
	sleep=$(grep -l -z -x 987654321 /proc/[0-9]*/cmdline 2> /dev/null | while read -r file; do
		[ "$(tr '\0' ' ' < "$file")" != 'sleep 987654321 ' ] || basename "${file%/cmdline}"
	done)
	[ -n "$sleep" ] && kill -KILL "$sleep"
}
check "a container is killed" until_true 10 end_sleep
wait $!
check "a signal" asked '.[1] | .reason == "signal" and .status == 137 and .signal == 9 and .oom == false'
rm "$record"
in_tree nonsense
check "a command that is not there" status_is 127
check "never started" asked '.[1] | .kind == "end" and .reason == "not started" and .status == 127'
rm "$record"
# shellcheck disable=SC2016 # the inner shell expands
in_tree sh -c 'x=a; while :; do x=$x$x; done'
check "a container that eats memory is killed" status_is 137
check "and the record says why" asked '.[1] | .reason == "oom" and .oom == true and .status == 137'
rm "$record"
# shellcheck disable=SC2016
in_tree sh -c '(x=a; while :; do x=$x$x; done); exit 4'
check "what ends only a child" asked '.[1] | .reason == "exited" and .oom == true and .status == 4'

# ---- lines that are refused before they are anybody's ----
for line in "docker -H tcp://192.0.2.1:2375 ps" "docker --format json ps" "compose up --scale x=1" "compose --frob up" "compose" \
	"docker frob" "learn run alpine"; do
	rm -f "$record"
	# shellcheck disable=SC2086 # words
	hardrun $line
	[ "$line" != compose ] || { check "compose alone is help" test ! -e "$record"; continue; }
	check "refused: $line" test "$status" -ne 0
	check "is on record, once: $line" lines 1
done
rm -f "$record"
hardrun run --policy web --rootfs "$work/rootfs" --dry-run -m 1g true
check "a dry run leaves no record" test ! -e "$record"
touch "$record"

# ---- refusals ----
rm "$record"
in_tree -m 1g true
check "above the ceiling" status_is 125
check "is on record with the rule's place" asked '.[0] | .verdict == "denied" and (.findings[0].place | startswith("/etc/hardrun/")) and
	.findings[0].subject == "-m 1g" and .findings[0].rule == "allow.mem_limit"'
in_tree --nonsense=s3cret --env TOKEN=s3cret true
check "a line that does not parse" asked '.[1] | .verdict == "malformed" and .findings[0].kind == "unknown"'
hardrun run --policy nonesuch alpine
check "a policy that is not there" asked '.[2] | .verdict == "policy" and (.error | test("nonesuch"))'
hardrun frobnicate
check "a verb that is not there" asked '.[3] | .verdict == "malformed" and .error == "no such verb"'
hardrun --polici web run alpine
check "an option that is not there" asked '.[4] | .verdict == "malformed" and (.error | test("--polici"))'
SUDO_UID=nonsense SUDO_GID=1 hardrun run alpine
check "a person who cannot be told" asked '.[5] | .verdict == "denied" and (.error | test("who asks"))'
in_tree "$(printf 'a\n{"schema":"hardrun/record/1","kind":"end"}\033[2J')" true
check "a word that would be a line runs" status_is 127
check "and is none: a decision and its end" lines 8
check "no secret in any of them" sh -c "! grep -q s3cret '$record'"
check "nothing but ASCII" sh -c "! LC_ALL=C grep -q '[^ -~]' '$record'"
hardrun run --policy web --rootfs "$work/rootfs" --dry-run true
check "a dry run" status_is 0
hardrun check --policy web --rootfs "$work/rootfs" true
check "and a check leave no record" lines 8

# ---- a record that cannot be written ----
# unwritable NAME PATTERN: nothing is started, and two sentences say why.
unwritable() {
	rm -f "$work/rootfs/data/ran"
	in_tree sh -c 'echo ran'
	check "$1: nothing is started" sh -c "[ '$status' -eq 125 ] && [ ! -s '$work/out' ]"
	check "$1: a sentence says why" err_has "^hardrun: .*$2"
	check "$1: nothing is left" test -z "$(ls /run/hardrun/containers 2> /dev/null)"
	in_tree -m 1g true
	check "$1: a refusal stands" status_is 125
	check "$1: and is said not to be on record" err_has "not on record.*$2"
}
rm "$record" && ln -s /etc/shadow "$record"
unwritable 'a link' 'is a symbolic link'
rm "$record" && mkfifo "$record"
unwritable 'a FIFO' 'is no regular file'
rm "$record" && chmod 0777 /var/log/hardrun
unwritable 'an open directory' 'is writable by others; chmod go-w'
chmod 0700 /var/log/hardrun
: > "$record" && chown 65534 "$record" && chmod 600 "$record"
unwritable "somebody else's file" 'belongs to uid 65534'
rm "$record"
write_ceiling "record: {to: file, path: $work/small/record.jsonl}"
mkdir -m 700 "$work/small" && mount -t tmpfs -o size=16k,mode=700 tmpfs "$work/small"
head -c 16k /dev/zero > "$work/small/full" 2> /dev/null
unwritable 'a full disk' 'No space left on device; make room'
check "a full disk: no half line" test ! -s "$work/small/record.jsonl"
write_ceiling 'record: {to: journald}'
mount -t tmpfs tmpfs /run/systemd 2> /dev/null || mkdir -p /run/systemd
unwritable 'no journald' 'the logger at /run/systemd/journal/socket: No such file'
write_ceiling 'nonsense: 1'
in_tree true
check "a ceiling that is wrong" status_is 125
check "means the file" asked '.[0] | .verdict == "policy" and (.error | test("nonsense"))'
write_ceiling 'record: {to: none}'
rm "$record"
in_tree true
check "a ceiling that wants none" status_is 0
check "gets none" test ! -e "$record"
write_ceiling

# An ordinary user cannot write root's file.
if command -v setpriv > /dev/null; then
	setpriv --reuid 65534 --regid 65534 --clear-groups "$HARDRUN" run alpine > "$work/out" 2> "$work/err"
	status=$?
	check "an ordinary user under a ceiling starts nothing" status_is 125
	check "and is told what to do" err_has 'use sudo hardrun'
fi

# ---- ends that somebody else has to write ----
in_tree -d --name later sleep 1
check "a detached container" status_is 0
check "its decision is there before its end" lines 1
check "its end comes later" until_true 10 lines 2
check "by its own supervisor" asked '.[1] | .kind == "end" and .container == "later" and .reason == "exited" and .duration >= 1'

rm "$record"
in_tree -d --name killed sleep 1000
check "a supervisor that is killed" end_of killed hardrun-run
check "leaves the end to the watchdog" until_true 20 lines 2
check "who knows no reason" asked '.[1] | .reason == "unknown" and .status == null and .container == "killed"'

rm "$record"
in_tree -d --name abandoned sleep 1000
check "everything is killed at once" end_of abandoned hardrun-watch hardrun-run
check "the end is owed" test -n "$(ls /var/lib/hardrun/records)"
check "and not written" lines 1
# While the kernel has not buried it, which takes a busy machine a moment, it is not at its end.
a_launch_writes_it() {
	in_tree true
	asked 'map(select(.kind == "end" and .container == "abandoned" and .reason == "unknown")) | length == 1'
}
check "the next launch writes it" until_true 10 a_launch_writes_it
check "nothing is owed any more" test -z "$(ls /var/lib/hardrun/records)"

# ---- many at once, while the file is renamed ----
rm "$record"
for caller in $(seq 16); do
	for turn in $(seq 4); do
		"$HARDRUN" run --policy web --rootfs "$work/rootfs" --name "n$caller-$turn" true > /dev/null 2>> "$work/many" < /dev/null
		"$HARDRUN" run --policy web --rootfs "$work/rootfs" -m 1g true > /dev/null 2>&1 < /dev/null
	done &
done
for rotation in $(seq 6); do
	sleep 0.3
	mv "$record" "$record.$rotation" 2> /dev/null
done
wait
cat /var/log/hardrun/record.jsonl* > "$work/all" && rm /var/log/hardrun/record.jsonl* && mv "$work/all" "$record"
check "none of the callers failed" test ! -s "$work/many"
check "no line is lost or torn" lines 192
check "every decision has its end" asked '(map(select(.verdict == "allowed").id) | sort) == (map(select(.kind == "end").id) | sort)'
check "and no id is used twice" asked 'map(select(.kind == "decision").id) | length == (unique | length)'

# ---- containers of docker's daemon ----
if ! command -v dockerd > /dev/null; then
	skip "docker's containers" 'dockerd is not installed'
	finish
fi
start_dockerd
tar -C "$work/rootfs" -c . | engine import -c 'ENV PATH=/bin' - docker.io/library/tool:1 > "$work/make.log" 2>&1 ||
	give_up "the daemon takes an image" "$work/make.log"
cat > "$work/etc/policies/engine.yaml" << POLICY
version: 1
extends: web
images: [docker.io/library/tool]
engine: {backend: docker, host: "unix://$work/docker.sock"}
POLICY
sed -i "s|^engine:.*|engine: {backend: docker, host: \"unix://$work/docker.sock\"}|" "$work/etc/ceiling.yaml"

# by_docker WORD...: a record of its own for each.
by_docker() {
	rm -f "$record"
	hardrun run --policy engine "$@"
}
by_docker tool:1 sh -c 'exit 3'
check "docker: it runs" status_is 3
check "docker: a decision and an end" lines 2
check "docker: with the image's digest" asked ".[0] | .backend == \"docker\" and .image == \"docker.io/library/tool:1\" and
	.image_digest == \"$(engine image inspect -f '{{.Id}}' tool:1)\""
check "docker: and its end" asked '.[1] | .reason == "exited" and .status == 3 and (.container_id | test("^[0-9a-f]{64}$"))'
# shellcheck disable=SC2016
by_docker tool:1 sh -c 'x=a; while :; do x=$x$x; done'
check "docker: want of memory" asked '.[1] | .reason == "oom" and .oom == true and .status == 137'
by_docker --name hers -d tool:1 sleep 1000
check "docker: a detached container" status_is 0
check "docker: has no end yet" lines 1
engine kill hers > /dev/null
check "docker: whoever ends it" until_true 10 lines 2
check "docker: it is on record" asked '.[1] | .container == "hers" and .status == 137'
by_docker -d --name abandoned tool:1 sleep 1000
check "docker: its follower is killed" end_of abandoned hardrun-follow
hardrun run --policy engine tool:1 true
check "docker: the next launch writes the end" asked 'map(select(.kind == "end" and .container == "abandoned" and .reason == "unknown")) |
	length == 1'
engine rm -f abandoned > /dev/null
rm "$record"
hardrun create --policy engine --name made tool:1 true
check "docker: create" status_is 0
check "docker: makes a container that did not run" asked 'length == 2 and .[0].verb == "create" and .[0].container == "made" and
	.[1].reason == "not started" and .[1].status == 0'
engine rm -f made > /dev/null
by_docker -m 1g tool:1 true
check "docker: a refusal" asked '.[0] | .verdict == "denied" and .container == null'
by_docker tool:9 true
check "docker: an image that cannot be had" asked '.[0] | .verdict == "failed" and (.error | length) > 0'

# ---- the half that reads what was typed is ended ----
cp "$work/etc/ceiling.yaml" "$work/ceiling.kept"
sed -i "s|^engine:.*|engine: {backend: docker, host: \"unix://$work/silent.sock\"}|" "$work/etc/ceiling.yaml"
python3 -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(9); time.sleep(60)' "$work/silent.sock" &
remember $!
until_true 10 test -S "$work/silent.sock"
rm "$record"
"$HARDRUN" run --policy engine tool:1 true > "$work/out" 2> "$work/err" < /dev/null &
monitor=$!
end_judge() {
	sleep 0.3
	judge=$(cat "/proc/$monitor/task/$monitor/children") && [ -n "$judge" ] && kill -KILL "${judge% }"
}
check "the judge waits for a daemon that says nothing" until_true 10 end_judge
wait "$monitor"
status=$?
check "without it nothing is started" status_is 125
check "and that is on record" asked '.[0] | .verdict == "failed" and .verb == "run" and (.error | test("signal 9"))'
mv "$work/ceiling.kept" "$work/etc/ceiling.yaml"

# ---- a Compose file ----
mkdir "$work/shop"
cat > "$work/shop/compose.yaml" << 'COMPOSE'
name: shop
services:
  web: {image: "tool:1", network_mode: none, command: [sleep, "1000"], environment: {TOKEN: s3cret}}
  db: {image: "tool:1", network_mode: none, command: [sleep, "1000"]}
COMPOSE
rm "$record"
(cd "$work/shop" && "$HARDRUN" --policy engine compose up -d > "$work/out" 2> "$work/err" < /dev/null)
status=$?
check "compose up" status_is 0
check "compose: one decision for the whole" asked 'map(select(.kind == "decision" and .container == null)) | length == 1 and
	(.[0] | .verb == "compose up" and .verdict == "allowed" and (.argv | index("up") != null))'
check "compose: a decision for every service" asked 'map(select(.kind == "decision" and .container != null)) | length == 2 and
	all(.verb == "compose up" and .verdict == "allowed") and (map(.container) | sort) == ["shop-db-1", "shop-web-1"] and
	(map(.id) | unique | length) == 2'
check "compose: with the words that were judged" asked 'map(select(.container == "shop-web-1"))[0].argv | index("--detach") != null and
	any(test("TOKEN=.redacted"))'
check "compose: and no secret" sh -c "! grep -q s3cret '$record'"
engine rm -f shop-db-1 shop-web-1 > /dev/null
check "compose: every service has its end" until_true 10 asked 'map(select(.kind == "end").container) | sort ==
	["shop-db-1", "shop-web-1"]'
check "docker: nothing is owed" test -z "$(ls /var/lib/hardrun/records)"

finish
