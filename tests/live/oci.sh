# Sourced by test_runc.sh and test_crun.sh: the same tests on either runtime, which ${runtime} names.
# shellcheck shell=sh
. "$live/lib.sh"
enter_private_place "$@"
: "${runtime:?}"

tree=$work/rootfs
make_tree "$tree"
: > "$tree/data/here"
mkdir "$work/shared" "$work/logs"
echo shared > "$work/shared/f"
cat > "$work/policy.yaml" << POLICY
version: 1
description: the live tests of $runtime
images: ["*"]
engine: {backend: $runtime}
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
    - {source: "$work/shared", access: rw}
    - {source: "$work/file", access: rw}
    - {volume: "kept-*", access: rw}
  tmpfs: {max_size: 16m}
  mem_limit: 128m
  cidfile: ["$work/**"]
  environment: ["*"]
  user: ["1000:1000"]
  cap_add: [NET_BIND_SERVICE]
  entrypoint: true
POLICY

# in_container WORD...: options and command, on our tree.
in_container() {
	hardrun run --policy "$work/policy.yaml" --rootfs "$tree" "$@"
}

# What must be gone after every container: directories, runtime state, cgroups, processes.
nothing_is_left() {
	until_true 10 nothing_is_there_now || { nothing_is_there_now; return 1; }
}

nothing_is_there_now() {
	! ls -A "/run/hardrun/containers" "/run/hardrun/$runtime" 2> /dev/null | grep -v -e ':$' -e '^$' &&
		! find /sys/fs/cgroup -maxdepth 2 -name "hardrun-$$-*" | grep . &&
		! find "$tree" -newer "$work/policy.yaml" ! -type l | grep .
}

# The default name of a container is random; tests that look for leftovers in the shared cgroup tree use ours.
named() {
	number=$((${number-0} + 1))
	container=$$-$number
	set -- --name "$container" "$@"
	in_container "$@"
}

# ---- links of an image that lead elsewhere ----
cp -a "$tree" "$work/linked"
rmdir "$work/linked/tmp" && ln -s /proc "$work/linked/tmp"
hardrun run --policy "$work/policy.yaml" --rootfs "$work/linked" grep -c . /proc/self/status
check "/tmp of the tree is a link to /proc" status_is 125
check "is refused in a sentence" err_is_one_sentence
check "that says where it would land" err_has 'the mount at /tmp would land on /proc by way of a link'
rm "$work/linked/tmp" && ln -s /var "$work/linked/tmp"
hardrun run --policy "$work/policy.yaml" --rootfs "$work/linked" sh -c 'grep -c "^tmpfs /var " /proc/mounts'
check "a link to where a mount may be" out_is 1

# ---- hardening, as the container itself sees it ----
named sh -c 'cat /proc/self/status; id; touch /x /bin/x /etc/x; echo "touch $?"; ls /sys/class/net; hostname'
check "it runs" status_is 0
check "it is not root" out_has '^uid=65534(nobody) gid=65534(nogroup)'
check "no supplementary groups" out_has '^Groups:[[:space:]]*\(65534\)\?[[:space:]]*$'
for set in Inh Prm Eff Bnd Amb; do
	check "no capability in Cap$set" out_has "^Cap$set:[[:space:]]*0000000000000000\$"
done
check "no new privileges" out_has '^NoNewPrivs:[[:space:]]*1$'
check "a seccomp filter" out_has '^Seccomp:[[:space:]]*2$'
check "/ cannot be written" out_has '^touch 1$'
check "only the loopback interface" test "$(grep -cE '^(eth|tap|docker|lo)' "$work/out")" -eq 1
check "nothing is left" nothing_is_left

named sh -c 'for c in memory/memory.limit_in_bytes memory.max; do cat /sys/fs/cgroup/$c; done 2>/dev/null'
check "the memory limit, from within" out_is 67108864
named sh -c 'for c in pids/pids.max pids.max; do cat /sys/fs/cgroup/$c; done 2>/dev/null'
check "the limit of processes, from within" out_is 32
named sh -c 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d" " -f1 /sys/fs/cgroup/cpu.max'
check "the cpu limit, from within" out_is 50000
named sh -c 'mkdir /sys/fs/cgroup/memory/x || mkdir /sys/fs/cgroup/x/y'
check "its cgroups cannot be changed" status_is 1
named sh -c '(i=0; while [ $i -lt 60 ]; do sleep 1 & i=$((i + 1)); done) 2>/tmp/e; grep -c -i -e fork -e unavailable /tmp/e'
check "the limit of processes holds" out_has '^[1-9]'
named sh -c 'x=y; while :; do x=$x$x; done'
check "the memory limit kills" status_is 137
check "and nothing is left of that" nothing_is_left
named sh -c 'dd if=/dev/zero of=/tmp/big bs=1M count=4 2>&1; echo $?'
check "a tmpfs is bounded" out_has '^1$'
named sh -c 'grep " /tmp " /proc/mounts'
check "and nosuid, nodev, noexec" out_has 'nosuid,nodev,noexec'
named sh -c 'mount -t tmpfs x /tmp; unshare -U true; echo $?'
check "no mount, no user namespace" out_has '^1$'
named sh -c 'cat /proc/keys /proc/timer_list; ls -A /sys/firmware'
check "masked paths show nothing" test ! -s "$work/out"
named sh -c 'echo 1 > /proc/sys/kernel/domainname; echo h > /proc/sysrq-trigger; true'
check "/proc/sys cannot be written" err_has 'Read-only\|denied'
named --cap-add NET_BIND_SERVICE sh -c 'cat /proc/self/status'
check "a listed capability works for an ordinary user" out_has '^CapEff:[[:space:]]*0000000000000400$'
named -u 1000:1000 id
check "another user, when listed" out_is "uid=1000 gid=1000"
named --privileged true
check "what the policy refuses is not run" status_is 125

# ---- exit codes and failures before the start ----
for code in 0 3 125 255; do
	named sh -c "exit $code"
	check "exit code $code" status_is "$code"
done
named sh -c 'kill -9 $$ & wait; sh -c "kill -9 \$\$"; exit $?'
check "killed inside" status_is 137
named nosuch
check "a command that is not there" status_is 127
check "in one sentence" err_is_one_sentence
named /bin/not-executable
check "a file that cannot be executed" status_is 126
check "in one sentence" err_is_one_sentence
named /bin/not-a-program
check "a file that is no program" status_is 126
check "in one sentence" err_is_one_sentence
named /data
check "a directory" status_is 126
check "nothing is left of these" nothing_is_left
hardrun run --policy "$work/policy.yaml" --rootfs "$work/missing" true
check "a root file system that is not there" status_is 125
check "in one sentence" err_is_one_sentence
mkdir "$work/empty"
hardrun run --policy "$work/policy.yaml" --rootfs "$work/empty" true
check "a root file system without the command" status_is 127
check "in one sentence" err_is_one_sentence
check "which is still empty" test -z "$(ls -A "$work/empty")"
named -w /not/there pwd
check "a working directory that is not there is made, out of the tree" out_is /not/there
check "nothing is left of that" nothing_is_left

# ---- mounts ----
named -v "$work/shared:/mnt/here" cat /mnt/here/f
check "a bind, on a place that is not in the tree" out_is shared
named -v "$work/shared:/mnt/here:ro" sh -c 'touch /mnt/here/x'
check "a bind that is read-only" err_has 'Read-only'
chmod 0777 "$work/shared"
named -v "$work/shared:/data" touch /data/made
check "a bind that is not" test -e "$work/shared/made"
named -v "$work/shared:/data" stat -c %u /data/made
check "and whose it is" out_is 65534
echo one > "$work/file" && chmod 0666 "$work/file"
named -v "$work/file:/etc/app.conf:ro" sh -c 'cat /etc/app.conf; echo two > /etc/app.conf'
check "a file, on a place that is not in the tree" out_is one
check "read-only" err_has 'Read-only'
named -v "$work/file:/data/here" sh -c 'cat /data/here; echo two > /data/here; grep " /data/here " /proc/self/mountinfo'
check "a file over one of the image's" out_has '^one$'
check "for writing" grep -qx two "$work/file"
check "and nosuid, nodev" out_has 'nosuid,nodev'
named -v kept-one:/data sh -c 'echo kept > /data/new; stat -c %u:%g /data'
check "a named volume belongs to root, as the tree's directory" out_is 0:0
check "so that another user cannot write to it" err_has 'denied'
named -v kept-two:/var/new sh -c 'echo kept > /var/new/f; stat -c %u:%g /var/new; grep " /var/new " /proc/mounts'
check "where the tree has none it is the container's user's" out_has '^65534:65534$'
check "nosuid and nodev" out_has 'nosuid,nodev'
named -v kept-two:/mnt/other cat /mnt/other/f
check "and keeps what it gets" out_is kept
check "in hardrun's own place" test -f /var/lib/hardrun/volumes/kept-two/_data/f
named -v lost:/data true
check "a volume that the policy does not list" status_is 125
check "nothing is left of mounts" nothing_is_left

# ---- a secret out of a file ----
printf 's3cret' > "$work/key" && chmod 0600 "$work/key"
ln -s key "$work/turned"
{ cat "$work/policy.yaml" && echo "secrets: {tls.key: {file: $work/key}}"; } > "$work/secret.yaml"
hardrun run --policy "$work/secret.yaml" --rootfs "$tree" true
check "a file that root reads is for what the policy names" status_is 125
check "and that is said" err_has "does not name this very image.*rootfs: \[\"$tree\"\]"
sed -i "s|rootfs: .*|rootfs: [\"$tree\"]|" "$work/secret.yaml"
hardrun run --policy "$work/secret.yaml" --rootfs "$tree" sh -c 'cat /run/secrets/tls.key; stat -c :%a:%u /run/secrets/tls.key; touch /run/secrets/x'
check "a file of root's alone is the container's user's" out_is "s3cret:400:65534"
check "read-only" err_has 'Read-only'
sed -i "s|$work/key|$work/turned|" "$work/secret.yaml"
hardrun run --policy "$work/secret.yaml" --rootfs "$tree" true
check "a symbolic link is refused" status_is 125
check "in one sentence" err_is_one_sentence
check "with what to write" err_has "secret tls.key from $work/turned, which cannot be read: a symbolic link.*readlink -f"
check "nothing is left of that" nothing_is_left

# ---- what the caller's process is like ----
sh -c 'ulimit -S -f 0; umask 777; trap "" CHLD TERM; cd "$2"; rmdir "$2"; "$0" run --policy "$1/policy.yaml" --rootfs "$1/rootfs" \
	sh -c "umask; dd if=/dev/zero of=/tmp/f bs=1k count=9 2>&1 | tail -n 1"' "$HARDRUN" "$work" "$(mktemp -d "$work/cwd.XXXX")" \
	> "$work/out" 2> "$work/err" < /dev/null
check "its limits, umask and lost directory are not the container's" out_has '^0022$'
check "which writes its files" out_has '^9+0 records out'
prlimit --nproc=1:7777 --stack=262144:4194304 "$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" cat /proc/self/limits \
	> "$work/out" 2> "$work/err" < /dev/null
check "nor are its limits of processes" out_has '^Max processes *7777 '
check "and stack" out_has '^Max stack size *4194304 '
prlimit --stack=262144:unlimited "$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" cat /proc/self/limits \
	> "$work/out" 2> "$work/err" < /dev/null
check "a stack without limit is not given either" out_has '^Max stack size *8388608 '
check "nothing is left of that" nothing_is_left

# ---- input and output ----
echo hello | "$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" -i cat > "$work/out" 2> "$work/err"
check "input with -i" out_is hello
echo hello | "$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" cat > "$work/out" 2> "$work/err"
check "no input without it" test ! -s "$work/out"
named sh -c 'echo out; echo err >&2'
check "output" out_is out
check "and errors apart" test "$(cat "$work/err")" = err
"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" yes 2> "$work/err" | head -n 2 > "$work/out"
check "a reader that leaves" out_is "y
y"
check "ends the container" nothing_is_left
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
	sh -c "\"\$0\" run --policy $work/policy.yaml --rootfs $tree sh -c 'echo x; echo y >&2; cat; exit 4' $closed" "$HARDRUN" \
		> "$work/out" 2> "$work/err" < /dev/null
	status=$?
	check "closed: $closed" status_is 4
done
"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" echo x > /dev/full 2> "$work/err"
check "a full disk for the output hangs nothing" nothing_is_left
script -q -e -c "'$HARDRUN' run --policy $work/policy.yaml --rootfs $tree -it sh -c 'tty; stty size; exit 6'" /dev/null \
	> "$work/out" 2>&1 < /dev/null
status=$?
check "a terminal: its status" status_is 6
check "a terminal of its own" out_has '/dev/pts/0'
script -q -e -c "stty rows 33 cols 77; '$HARDRUN' run --policy $work/policy.yaml --rootfs $tree -it sh -c 'sleep 0.3; stty size'" \
	/dev/null > "$work/out" 2>&1 < /dev/null
check "with the size of ours" out_has '33 77'
named -it true
check "-it without a terminal" status_is 125
check "in docker's words" err_has 'the input device is not a TTY'
check "a closed terminal ends a shell" "$live/hang_up.py" 5 "$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" -it sh
check "and what takes no notice, a little later" "$live/hang_up.py" 15 \
	"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" -it sleep 60
check "nothing is left of terminals" nothing_is_left

# ---- names, ids, signals ----
"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" --name "$$-taken" sh -c 'trap "exit 42" TERM; echo up; sleep 60 & wait' \
	> "$work/first" 2>&1 &
first=$!
remember "$first"
check "a container with a name" until_true 10 grep -q up "$work/first"
in_container --name "$$-taken" true
check "the name is in use" status_is 125
check "in one sentence" err_has 'name .* is in use'
check "the first still runs" kill -0 "$first"
kill -TERM "$first"
wait "$first"
status=$?
check "a signal reaches it" status_is 42
in_container --name "$$-taken" true
check "the name is free again" status_is 0
# asked_to_stop SCRIPT: that, once it says that it is up, is sent SIGTERM by way of hardrun.
asked_to_stop() {
	"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" --name "$$-asked" sh -c "$1" > "$work/asked" 2>&1 &
	first=$!
	remember "$first"
	until_true 10 grep -q up "$work/asked"
	kill -TERM "$first"
	wait "$first"
	status=$?
}
asked_to_stop 'echo up; exec sleep 60'
check "what does nothing about SIGTERM is ended by it" status_is 143
asked_to_stop 'trap "" TERM; echo up; sleep 2; exit 5'
check "what ignores it is not" status_is 5
"$HARDRUN" show --policy "$work/policy.yaml" --rootfs "$tree" true > "$work/out" 2> "$work/err"
status=$?
check "show knows what the kernel can enforce" status_is 0
check "and says where a limit comes from" out_has '^mem_limit .*policy'
in_container --cidfile "$work/cid" --name "$$-cid" true
check "the id file" test "$(cat "$work/cid")" = "$$-cid"
in_container --cidfile "$work/cid" true
check "which must not be there" status_is 125
in_container --cidfile "$work/cid-never" nosuch
check "and is not when nothing ran" test ! -e "$work/cid-never"
mkdir "$work/moved"
"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" --cidfile "$work/moved/cid" -v "$work/file:/f" nosuch 2> /dev/null
check "nor in a directory of its own" test -z "$(ls -A "$work/moved")"

# ---- one mount inside another ----
mkdir -p "$work/shared/in" "$work/shared/below"
echo below > "$work/shared/below/f"
sed -i 's|    - {source: "'"$work"'/file", access: rw}|&\n    - {source: "'"$work"'/shared/**", access: rw}|' "$work/policy.yaml"
in_container -v "$work/shared:/data" -v "$work/shared/below:/data/in:ro" sh -c 'cat /data/in/f; touch /data/in/no; grep " /data/in " /proc/mounts'
check "a mount inside another is put in its place" out_has '^below$'
check "with options of its own" out_has ' /data/in [^ ]* ro,nosuid,nodev'
check "and stays read-only" test ! -e "$work/shared/below/no"
rmdir "$work/shared/in"

# ---- a program by a runtime's name, with a runtime's words ----
cp -a "$tree" "$work/namesakes"
for name in libcrun 3 crun runc; do
	printf '#!/bin/sh\necho "{\\"msg\\":\\"exec /x: no such file\\",\\"level\\":\\"error\\"}" >&2\nexit 55\n' \
		> "$work/namesakes/bin/$name"
	chmod 0755 "$work/namesakes/bin/$name"
	hardrun run --policy "$work/policy.yaml" --rootfs "$work/namesakes" "$name"
	check "a program called $name keeps its status" status_is 55
	check "and its words" err_has '^{"msg":"exec /x: no such file","level":"error"}$'
done

# ---- the session's own limits ----
# Root that may raise limits does.
is_raised_or_named() {
	[ "$status" -eq 0 ] || { status_is 125 && err_has 'nofile=.* started with a limit of 64 .*(ulimit -Hn); use --ulimit nofile=64'; }
}
check "a low ulimit -n is either raised or named" sh -c 'ulimit -n 64; "$@" > "$0/out" 2> "$0/err"; echo $? > "$0/status"' "$work" \
	"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" true
status=$(cat "$work/status")
check "and says whose it is" is_raised_or_named

# ---- an image that makes the runtime wait ----
cp -a "$tree" "$work/waiting"
rm "$work/waiting/etc/passwd" && mkfifo "$work/waiting/etc/passwd"
timeout -k 20 1 "$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$work/waiting" sleep 30 > "$work/out" 2> "$work/err" < /dev/null
status=$?
check "a FIFO as its passwd: one request to stop is enough" test "$status" -ne 137
# runc does not wait for it.
! grep -q . "$work/err" || check "and what happened is said as it was" err_has "stopped before $runtime had started the container"
check "and leaves nothing" nothing_is_left

# ---- detached ----
in_container -d --name "$$-d" sh -c 'echo logged; trap "echo bye; exit 0" TERM; sleep 60 & wait'
check "-d" status_is 0
check "prints the name" out_is "$$-d"
check "it runs on" test -d "/run/hardrun/containers/$$-d"
check "its output is kept" until_true 5 grep -q logged "/var/lib/hardrun/logs/$$-d.log"
echo older > "/var/lib/hardrun/logs/$$-d.log.1"
in_container -d --name "$$-d" true
check "another of that name" err_has 'name .* is in use'
check "leaves its log" grep -q logged "/var/lib/hardrun/logs/$$-d.log"
check "and the older one" grep -q older "/var/lib/hardrun/logs/$$-d.log.1"
supervisor=$(ps -e -o pid= -o comm= | awk '$2 == "hardrun-run" { print $1 }' | while read -r process; do
	[ "$(readlink "/proc/$process/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ] && echo "$process"
done)
check "it has a supervisor" test -n "$supervisor"
kill -TERM "$supervisor"
check "a signal to that ends it" nothing_is_left
check "gently" grep -q bye "/var/lib/hardrun/logs/$$-d.log"
in_container -d nosuch
check "-d of what is not there" status_is 127
check "in one sentence" err_is_one_sentence
check "nothing is left of the detached" nothing_is_left

# ---- kill -9 ----
for who in hardrun both; do
	rm -f "$work/cid"
	"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" --cidfile "$work/cid" --name "$$-killed" sh -c "echo up; sleep 1$$" > "$work/first" 2>&1 &
	first=$!
	until_true 10 grep -q up "$work/first"
	# The container may speak before its runtime has gone, and hardrun knows only then that it runs.
	until_true 10 sh -c "! ps -e -o ppid= -o comm= | grep -q '^ *$first $runtime'"
	sleep 0.2
	if [ "$who" = both ]; then
		for process in $(ps -e -o pid= -o ppid= -o comm= | awk -v p="$first" '$2 == p && $3 == "hardrun-watch" { print $1 }'); do
			kill -9 "$process"
		done
	fi
	kill -9 "$first"
	wait "$first" 2> /dev/null
	if [ "$who" = both ]; then
		check "killed with its watchdog, something is left" test -d "/run/hardrun/containers/$$-killed"
		in_container true
		check "the next start runs" status_is 0
	fi
	check "kill -9 of $who leaves nothing" nothing_is_left
	check "but the id file of what ran" test -s "$work/cid"
	check "no process either" test -z "$(ps -e -o args= | grep "[s]leep 1$$")"
done
"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" --name "$$-early" sleep 1$$ > "$work/first" 2>&1 &
first=$!
until_true 5 test -d "/run/hardrun/containers/$$-early"
kill -9 "$first"
wait "$first" 2> /dev/null
check "kill -9 in the middle of a start leaves nothing" nothing_is_left
check "no process either" until_true 5 sh -c "! ps -e -o args= | grep '[s]leep 1$$'"

# ---- crun's own file, as a container could reach it through /proc/self/exe ----
if [ "$runtime" = crun ]; then
	"${CC:-gcc}" -O1 "-DSEEN=\"$work/seen\"" -x c -o "$work/views" - << 'C'
#include <stdio.h>
#include <sys/statvfs.h>
int main(void)
{
	struct statvfs view;
	FILE *file = fopen(SEEN, "w");

	if (!file || statvfs("/proc/self/exe", &view) != 0)
		return 1;
	fputs(view.f_flag & ST_RDONLY ? "read-only" : "writable", file);
	return fclose(file) != 0;
}
C
	in_its_place() {
		mount --bind "$1" "$(command -v crun)"
		in_container true
		umount "$(command -v crun)"
	}
	"$work/views"
	check "elsewhere a program's file can be written" test "$(cat "$work/seen")" = writable
	in_its_place "$work/views"
	check "a program that is no crun is told as such" status_is 125
	check "and its file could not be written" test "$(cat "$work/seen")" = read-only
	printf '#!/bin/sh\n"%s"\n' "$work/views" > "$work/script"
	chmod 755 "$work/script"
	in_its_place "$work/script"
	check "what is no program of its own is executed all the same" test "$(cat "$work/seen")" = writable
fi

# ---- the filter of a policy's own calls: compiled once, for crun ----
if [ "$runtime" = crun ]; then
	{ cat "$work/policy.yaml" && echo 'seccomp: {deny: [mkdir, mkdirat]}'; } > "$work/narrow.yaml"
	with_own_filter() {
		hardrun run --policy "$work/narrow.yaml" --rootfs "$tree" sh -c 'grep Seccomp: /proc/self/status; mkdir /tmp/x'
	}
	with_own_filter
	kept=$(ls /run/hardrun/filters)
	check "its filter is compiled and kept" test -f "/run/hardrun/filters/$kept"
	check "and in force" out_has '^Seccomp:[[:space:]]*2$'
	check "what it refuses is refused" err_has "mkdir.*Operation not permitted"
	before=$(stat -c %i "/run/hardrun/filters/$kept")
	with_own_filter
	check "the next start takes what was kept" test "$before" = "$(stat -c %i "/run/hardrun/filters/$kept")"
	check "which refuses the same" err_has "mkdir.*Operation not permitted"
	# An empty filter for x86_64 or arm64: one instruction, which allows everything (SECCOMP_RET_ALLOW).
	printf 'hardrun-filter %064d\nBgAAAAAA/38=\n' 0 > "/run/hardrun/filters/$kept"
	with_own_filter
	check "what was put in its place is not used" err_has "mkdir.*Operation not permitted"
	check "which is said" err_has "note: the filter kept in /run/hardrun/filters/$kept was not used, and is made anew: it is not what was written"
	chmod 0666 "/run/hardrun/filters/$kept"
	with_own_filter
	check "nor what others may write" err_has "was not used, and is made anew: others may have changed it"
	with_own_filter
	check "after which it is as before" eval '! err_has "was not used"'
	in_container true
	check "a base as it is was compiled with hardrun" test "$(ls /run/hardrun/filters)" = "$kept"
	check "and nothing is left of them" nothing_is_left
fi

# ---- a full disk ----
umount /run/hardrun
mount -t tmpfs -o mode=0700,size=16k tmpfs /run/hardrun
in_container true
check "a full disk is told" status_is 125
check "in one sentence" err_is_one_sentence
check "with nothing left" nothing_is_left
umount /run/hardrun
mount -t tmpfs -o mode=0700,size=64m tmpfs /run/hardrun

# ---- many at once ----
processes_at_once=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	"$HARDRUN" run --policy "$work/policy.yaml" --rootfs "$tree" sh -c "exit $i" > /dev/null 2>> "$work/err" &
	processes_at_once="$processes_at_once $!:$i"
done
wrong=
for pair in $processes_at_once; do
	wait "${pair%:*}"
	status=$?
	[ "$status" -eq "${pair#*:}" ] || wrong="$wrong $pair=$status"
done
check "a dozen at once, each with its own status$wrong" test -z "$wrong"
check "and nothing is left" nothing_is_left
finish
