#!/bin/sh
# Containers of an ordinary user, without a daemon and without sudo: user namespaces, subordinate ids, a cgroup of one's own.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/person.sh"

make_layout "$work/layout" > "$work/layout.log" 2>&1 || give_up "an image" "$work/layout.log"
mkdir "$work/seed" && echo seed > "$work/seed/grain" && chown -R 1000:1000 "$work/seed" && chmod 0750 "$work/seed"
umoci insert --image "$work/layout:latest" "$work/seed" /seed > "$work/layout.log" 2>&1 || give_up "an image" "$work/layout.log"
chmod -R a+rX "$work/layout"
cat > "$work/policy.yaml" << POLICY
version: 1
description: an ordinary user's containers
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
  volumes:
    - {source: "$work/own", access: rw}
    - {volume: "data-*", access: rw}
  user: ["1000:1000", caller]
  cpus: 1
POLICY
sed 's/user: "65534:65534"/user: caller/' "$work/policy.yaml" > "$work/caller.yaml"
chmod 0644 "$work"/*.yaml

# What is said of limits: the file of version 1, or that of version 2.
limit() {
	echo "cat /sys/fs/cgroup/$1 2>/dev/null || cut -d' ' -f1 /sys/fs/cgroup/$2"
}

on_either_runtime() {
	run_tree sh -c 'cat /proc/self/status; id; touch /x; echo "touch $?"; ls /sys/class/net; stat -c %u:%g /tmp /bin'
	check "$runtime: it runs" status_is 0
	check "$runtime: as the policy's user" out_has '^uid=65534(nobody) gid=65534(nogroup)'
	check "$runtime: without groups" out_has '^Groups:[[:space:]]*$'
	for set in Inh Prm Eff Bnd Amb; do
		check "$runtime: no capability in Cap$set" out_has "^Cap$set:[[:space:]]*0000000000000000\$"
	done
	check "$runtime: no new privileges" out_has '^NoNewPrivs:[[:space:]]*1$'
	check "$runtime: a seccomp filter" out_has '^Seccomp:[[:space:]]*2$'
	check "$runtime: / cannot be written" out_has '^touch 1$'
	check "$runtime: only the loopback interface" test "$(grep -cE '^(eth|tap|docker|lo)' "$work/out")" -eq 1
	check "$runtime: nothing is left" nothing_is_left
	run_tree sh -c 'x=y; while :; do x=$x$x; done'
	check "$runtime: out of memory: the limit, its line and a remedy" \
		err_has "^hardrun: memory limit: .* at the limit of 64m (defaults.mem_limit, $work/policy.yaml:6:[0-9]*); remedy: add defaults: {mem_limit: 128m}\$"
	hardrun why
	check "$runtime: why repeats it, from the person's own place" out_has '^1. memory limit: '
	check "$runtime: where it is the person's alone" test "$(stat -c '%u %a' "$work/run/hardrun/last/$person.json")" = "$person 600"
	number=$((number + 1))
	hardrun why run --policy "$work/policy.yaml" --backend "$runtime" --rootfs "$tree" --name "$$-$number" -v "$work/own:/mnt" \
		sh -c 'cat /data/closed; touch /mnt/new'
	check "$runtime: why run: ids are the container's" \
		err_has "why: 1. ownership: .*/mnt belongs to $person:$person .* runs as 65534:65534 .*add defaults: {user: \"$person:$person\"}"
	check "$runtime: and whoever has none there is nobody" err_has "why: 2. ownership: .*/data/closed belongs to somebody whom the container has no id for"
	run_tree --explain sh -c 'mount -t tmpfs x /tmp; unshare -U true; exit 4'
	check "$runtime: --explain" status_is 4
	check "$runtime: says what was refused, and its texts" err_has '^hardrun: refused: mount("x", "/tmp", "tmpfs", .*no policy can allow it$'
	check "$runtime: of every program" err_has '^hardrun: refused: unshare(CLONE_NEWUSER) by '
	check "$runtime: and nothing is left of that" nothing_is_left
	run_tree sh -c "$(limit memory/memory.limit_in_bytes memory.max)"
	check "$runtime: the memory limit, from within" out_is 67108864
	run_tree sh -c "$(limit pids/pids.max pids.max)"
	check "$runtime: the limit of processes, from within" out_is 32
	run_tree sh -c "$(limit cpu/cpu.cfs_quota_us cpu.max)"
	check "$runtime: the cpu limit, from within" out_is 50000
	run_tree sh -c 'mkdir /sys/fs/cgroup/memory/x || mkdir /sys/fs/cgroup/x/y'
	check "$runtime: its cgroups cannot be changed" test "$status" -ne 0
	run_tree sh -c '(i=0; while [ $i -lt 60 ]; do sleep 1 & i=$((i + 1)); done) 2>/tmp/e; grep -c -i -e fork -e unavailable /tmp/e'
	check "$runtime: the limit of processes holds" out_has '^[1-9]'
	run_tree sh -c 'x=y; while :; do x=$x$x; done'
	check "$runtime: the memory limit kills" status_is 137
	run_tree sh -c 'mount -t tmpfs x /tmp; unshare -U true; echo $?'
	check "$runtime: no mount, no user namespace" out_has '^1$'
	run_tree sh -c 'cat /proc/keys /proc/timer_list 2>/dev/null; ls -A /sys/firmware'
	check "$runtime: masked paths show nothing" test ! -s "$work/out"
	for code in 0 3 125 255; do
		run_tree sh -c "exit $code"
		check "$runtime: exit code $code" status_is "$code"
	done
	run_tree nosuch
	check "$runtime: a command that is not there" status_is 127
	run_tree /bin/not-executable
	check "$runtime: a file that cannot be executed" status_is 126
	run_tree -w /not/there pwd
	check "$runtime: a working directory is made, out of the tree" out_is /not/there
	mounts
	identity
	endings
	check "$runtime: nothing is left of all that" nothing_is_left
}

mounts() {
	run_tree -v "$work/own:/mnt/own" --user $person:$person sh -c 'cat /mnt/own/f; touch /mnt/own/made; stat -c %u /mnt/own/made'
	check "$runtime: the person's own files, as the person" out_is "own
$person"
	check "$runtime: are the person's outside" test "$(stat -c %u "$work/own/made")" = $person
	rm -f "$work/own/made"
	run_tree -v "$work/own:/mnt/own" sh -c 'cat /mnt/own/f; touch /mnt/own/made'
	check "$runtime: another user of the container has no right to them" err_has 'Permission denied'
	run_tree -v "$work/own:/mnt/own:ro" --user $person:$person sh -c 'touch /mnt/own/made; grep " /mnt/own " /proc/mounts'
	check "$runtime: a bind that is read-only" err_has 'Read-only'
	check "$runtime: nosuid and nodev" out_has 'ro,nosuid,nodev'
	chmod 0700 "$work/own"
	mount -t tmpfs -o noexec,mode=0777 tmpfs "$work/own"
	run_tree -v "$work/own:/mnt/own" --user $person:$person sh -c 'grep " /mnt/own " /proc/mounts'
	check "$runtime: a source that is noexec stays so" out_has 'rw,nosuid,nodev,noexec'
	umount "$work/own"
	hardrun run --policy "$work/policy.yaml" --backend "$runtime" --user 1000:1000 "oci:$work/layout:latest" sh -c \
		'id; echo $IMAGE; pwd; stat -c %u:%g /bin/busybox'
	check "$runtime: an image" out_is "uid=1000 gid=1000
yes
/data
0:0"
	run_tree -v "data-$$:/data" --user 1000:1000 sh -c 'echo kept > /data/new'
	run_tree -v "data-$$:/data" --user 1000:1000 cat /data/new
	check "$runtime: a named volume keeps what it gets" out_is kept
	hardrun run --policy "$work/policy.yaml" --backend "$runtime" --user 1000:1000 -v "data-$runtime:/seed" "oci:$work/layout:latest" \
		sh -c 'cat /seed/grain && stat -c %u:%g:%a /seed /seed/grain && echo more > /seed/grain'
	check "$runtime: and has what the image has there, with its owners" out_is "seed
1000:1000:750
1000:1000:644"
	hardrun run --policy "$work/policy.yaml" --backend "$runtime" --user 1000:1000 -v "data-$runtime:/seed:ro" "oci:$work/layout:latest" \
		sh -c 'cat /seed/grain; touch /seed/x'
	check "$runtime: once" out_is more
	check "$runtime: and can be read-only" err_has 'Read-only'
	run_tree -v "data-$runtime:/data" --tmpfs /data/x:size=1m true
	check "$runtime: nothing is mounted inside of it" err_has 'lies in the named volume'
	run_tree -v "other-$runtime:/data" true
	check "$runtime: a volume that the policy does not list" status_is 125
}

# Whose the container is on the host.
identity() {
	(as_person "$HARDRUN" run --policy "$work/policy.yaml" --backend "$runtime" --rootfs "$tree" --name "$$-who" sleep "1$$") \
		> "$work/first" 2>&1 < /dev/null &
	first=$!
	remember "$first"
	check "$runtime: it is there" until_true 10 pgrep -f "^sleep 1$$"
	process=$(pgrep -f "^sleep 1$$")
	check "$runtime: on the host it is a subordinate id" test "$(stat -c %u "/proc/$process")" = $((subordinate + 65534 - 1))
	check "$runtime: with such a group" test "$(awk '/^Gid/ { print $2 }' "/proc/$process/status")" = $((subordinate + 65534 - 1))
	kill -9 "$process"
	wait "$first"
	status=$?
	check "$runtime: killed from outside" status_is 137
}

endings() {
	(as_person "$HARDRUN" run --policy "$work/policy.yaml" --backend "$runtime" --rootfs "$tree" --name "$$-signal" \
		sh -c 'trap "exit 42" TERM; echo up; sleep 60 & wait') > "$work/first" 2>&1 < /dev/null &
	first=$!
	remember "$first"
	until_true 10 grep -q up "$work/first"
	sleep 0.3
	kill -TERM "$first"
	wait "$first"
	status=$?
	check "$runtime: a signal reaches it" status_is 42
	run_tree -d sh -c 'echo logged; trap "echo bye; exit 0" TERM; sleep 60 & wait'
	check "$runtime: -d" out_is "$$-$number"
	log=$work/home/.local/share/hardrun/logs/$$-$number.log
	check "$runtime: its output is kept" until_true 5 grep -q logged "$log"
	supervisor=$(pgrep -u $person -x hardrun-run)
	kill -TERM "$supervisor"
	check "$runtime: a signal to its supervisor ends it" until_true 5 grep -q bye "$log"
	run_tree -d sh -c 'echo logged; trap "exit 0" TERM; sleep 60 & wait'
	for words in "ps -q" "stop -t 5 $$-$number"; do
		# shellcheck disable=SC2086 # words apart
		hardrun docker --policy "$work/policy.yaml" --backend $runtime $words
		check "$runtime: docker $words" out_is "$$-$number"
	done
	check "$runtime: stopped, it leaves nothing" nothing_is_left
	script -q -e -c "$(quoted_person) run --policy $work/policy.yaml --backend $runtime --rootfs $tree -it sh -c 'tty; exit 6'" \
		/dev/null > "$work/out" 2>&1 < /dev/null
	status=$?
	check "$runtime: a terminal: its status" status_is 6
	check "$runtime: a terminal of its own" out_has '/dev/pts/0'
	kill_hard hardrun
	kill_hard both
}

# A command line that becomes the person, for programs that want one.
quoted_person() {
	cat > "$work/person" << PERSON
#!/bin/sh
for place in $(seats | tr '\n' ' '); do echo \$\$ > "\$place/cgroup.procs" || exit 99; done
HOME='$work/home' XDG_RUNTIME_DIR='$work/run' exec setpriv --reuid $person --regid $person --clear-groups '$HARDRUN' "\$@"
PERSON
	chmod +x "$work/person"
	echo "$work/person"
}

# kill_hard hardrun|both: kill -9 of hardrun, with its watchdog or without.
kill_hard() {
	(as_person "$HARDRUN" run --policy "$work/policy.yaml" --backend "$runtime" --rootfs "$tree" --name "$$-killed" \
		sh -c "echo up; sleep 1$$") > "$work/first" 2>&1 < /dev/null &
	first=$!
	until_true 10 grep -q up "$work/first"
	sleep 0.5
	if [ "$1" = both ]; then
		for process in $(ps -e -o pid= -o ppid= -o comm= | awk -v p="$first" '$2 == p && $3 == "hardrun-watch" { print $1 }'); do
			kill -9 "$process"
		done
	fi
	kill -9 "$first"
	wait "$first" 2> /dev/null
	if [ "$1" = both ]; then
		check "$runtime: killed with its watchdog, something is left" test -d "$work/run/hardrun/containers/$$-killed"
		run_tree true
		check "$runtime: the next start runs" status_is 0
	fi
	check "$runtime: kill -9 of $1 leaves nothing" nothing_is_left
	check "$runtime: no process either" until_true 5 sh -c "! pgrep -f '^sleep 1$$'"
}

for runtime in crun runc; do
	if [ -n "$(command -v $runtime)" ]; then
		with_ranges
		on_either_runtime
	else
		skip "$runtime" "not installed"
	fi
done

# ---- only one's own id ----
without_ranges
runtime=crun
policy=$work/caller.yaml
run_tree -v "$work/own:/mnt/own" sh -c 'id; cat /proc/self/uid_map /mnt/own/f; grep Cap /proc/self/status'
check "without subordinate ids: it runs as the person" out_has "^uid=$person gid=$person"
check "who is nobody else outside" out_has "^ *$person  *0  *1\$"
check "with the person's files" out_has '^own$'
check "and no capability" out_has '^CapEff:[[:space:]]*0000000000000000$'
groups="--groups $person,12999"
run_tree true
groups=--clear-groups
check "groups that cannot be dropped are told" err_has 'keeps your supplementary groups (12999)'
run_tree --user 1000:1000 true
check "another user is refused" status_is 125
check "in one sentence" err_is_one_sentence
check "with the remedy, and ids that are free" err_has 'usermod --add-subuids 165536-231071 --add-subgids 165536-231071 hrtest'
runtime=runc
run_tree true
check "runc is refused" status_is 125
check "with the remedy" err_has 'backend crun'
hardrun run --policy "$work/caller.yaml" --backend crun "oci:$work/layout:latest" sh -c 'id; stat -c %u /bin/busybox'
check "an image is then the person's" out_is "uid=$person gid=$person
$person"
runtime=crun
bind_file subuid "hrtest:$subordinate:65536
hrtest:$((subordinate + 10)):5"
run_tree --user 1000:1000 true
check "ranges that overlap are told" err_has 'line 2 of /etc/subuid gives you the same ids twice; mend /etc/subuid'
bind_file subuid "somebody:$((subordinate + 5)):1
hrtest:$subordinate:65536"
run_tree --user 1000:1000 true
check "ids that are somebody else's as well are told" err_has 'line 2 of /etc/subuid gives you ids that line 1 gives to somebody; mend /etc/subuid'
check "and nothing is started with them" status_is 125
with_ranges
policy=$work/policy.yaml

# ---- what is refused ----
outside=yes
run_tree true
check "a cgroup that is not one's own" status_is 125
check "is told in one sentence" err_is_one_sentence
check "as limits that would not hold" err_has 'not yours to divide (memory, cpu, pids)'
outside=
runtime_dir=
run_tree true
check "no XDG_RUNTIME_DIR" status_is 125
check "is told in one sentence" err_is_one_sentence
check "with the remedy" err_has 'export XDG_RUNTIME_DIR='
runtime_dir=/tmp
run_tree true
check "nor one that others may write to" status_is 125
runtime_dir=$work/run
run_tree --domainname x true
check "what an ordinary user cannot set" status_is 125
mkdir "$work/roots" && chmod 0700 "$work/roots"
hardrun run --policy "$work/policy.yaml" --backend crun --rootfs "$work/roots" true
check "a directory that the person may not read" status_is 125
mkdir "$work/no"
: > "$work/no/newuidmap"
newuidmap=$(command -v newuidmap)
mount --bind "$work/no/newuidmap" "$newuidmap"
run_tree true
check "no newuidmap" err_has 'newuidmap is not installed; apt install uidmap'
umount "$newuidmap"
# ---- a runtime that leaves the limits ----
crun=$(command -v crun)
cp "$crun" "$work/real-crun"
cat > "$work/leaving-crun" << LEAVING
#!/bin/sh
for place in $(seats | tr '\n' ' '); do echo \$\$ > "\$place/cgroup.procs"; done
exec "$work/real-crun" "\$@"
LEAVING
chmod 0755 "$work/leaving-crun"
mount --bind "$work/leaving-crun" "$crun"
run_tree sleep 30
check "a runtime that takes the container out of its limits" status_is 125
check "is told" err_has 'crun has put the container outside of its limits'
check "and the container is ended" test -z "$(pgrep -f '^sleep 30' -u $((subordinate + 65534 - 1)))"
umount "$crun"
check "nothing is left of that" nothing_is_left

# ---- many at once ----
many=
for i in 1 2 3 4 5 6 7 8; do
	(as_person "$HARDRUN" run --policy "$work/policy.yaml" --backend crun --rootfs "$tree" sh -c "exit $i") > /dev/null 2>> "$work/err" < /dev/null &
	many="$many $!:$i"
done
wrong=
for pair in $many; do
	wait "${pair%:*}"
	status=$?
	[ "$status" -eq "${pair#*:}" ] || wrong="$wrong $pair=$status"
done
check "eight at once, each with its own status$wrong" test -z "$wrong"
check "and nothing is left" nothing_is_left

# ---- learning needs no root ----
mkdir -p "$tree/learned"
for runtime in crun runc; do
	hardrun learn -o "$work/own/$runtime.yaml" run --policy "$work/policy.yaml" --backend "$runtime" --rootfs "$tree" --name "$$-learn-$runtime" \
		sh -c 'echo x > /tmp/x && echo y > /learned/y'
	check "$runtime: a policy is learned, and proved" status_is 0
	check "$runtime: which it says" err_has 'proved by a run under it'
	check "$runtime: with a place to write to" grep -q '"/learned:size=1m"' "$work/own/$runtime.yaml"
	hardrun run --policy "$work/own/$runtime.yaml" --backend "$runtime" --rootfs "$tree" sh -c 'echo z > /learned/z && cat /learned/z'
	check "$runtime: which is enough" out_is z
done
check "and of that nothing is left" nothing_is_left

if command -v runsc > /dev/null; then
	hardrun run --policy "$work/policy.yaml" --backend runsc --rootfs "$tree" true
	check "an ordinary user's runsc is refused" status_is 125
	check "in one sentence" err_is_one_sentence
	check "with the remedy" err_has 'runsc: hardrun starts it with root.s rights alone, .*; use sudo, or --backend crun'
fi

hardrun doctor
check "doctor knows the ids" out_has 'subordinate ids.*65536'
check "and the cgroup" out_has 'own cgroup'
outside=yes
hardrun doctor
check "and what is in the way" out_has 'not yours to divide'
finish
