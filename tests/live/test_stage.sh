#!/bin/sh
# Sources under fire: what is renamed between the judgement and the mount, what an engine is given in their place, and what is left
# of it afterwards. STAGE_LAUNCHES: how many containers are started against the swapper on the OCI path; a tenth of that with docker.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"
launches=${STAGE_LAUNCHES:-200}

start_dockerd
make_tree "$work/tree"
tar -C "$work/tree" -c . | engine import -c 'ENV PATH=/bin' -c 'CMD ["id"]' - docker.io/library/tool:1 > "$work/make.log" 2>&1 ||
	give_up "the daemon takes an image" "$work/make.log"
mkdir -p "$work/ids" "$work/shared" "$work/hand/dir" "$work/hand/up/deep" "$work/hand/cids" "$work/secret/deep"
echo shared > "$work/shared/f"
echo one > "$work/shared/one"
echo allowed | tee "$work/hand/dir/mark" "$work/hand/file" > "$work/hand/up/deep/mark"
echo SECRET | tee "$work/secret/mark" > "$work/secret/deep/mark"
ln -s ../secret "$work/hand/dir2"
ln -s ../secret/mark "$work/hand/file2"
ln -s ../secret "$work/hand/up2"
chown -R -h 65534:65534 "$work/shared" "$work/hand"

# write_policy BACKEND CLIENT
write_policy() {
	cat > "$work/policy.yaml" << POLICY
version: 1
description: live tests of staging
images: ["*"]
engine: {backend: $1, host: "unix://$work/docker.sock"$2}
defaults:
  user: "65534:65534"
  mem_limit: 64m
  cpus: 0.5
  pids_limit: 32
  network_mode: none
allow:
  rootfs: ["$work/**"]
  volumes:
    - {source: "$work/shared", access: rw}
    - {source: "$work/shared/**", access: rw}
    - {source: "$work/hand/**", access: rw}
    - {source: "/opt/**", access: rw}
  networks: [none]
  cidfile: ["$work/hand/**", "$work/ids/**"]
  restart: ["no", "on-failure:2"]
POLICY
}

run() {
	hardrun run --policy "$work/policy.yaml" "$@"
}

nothing_is_staged() {
	[ -z "$(ls -A /run/hardrun/stage 2> /dev/null)" ] && ! grep hardrun/stage /proc/self/mounts
}

# Of this test: others run beside it.
nobody_follows() {
	! ps -e -o pid= -o stat= -o comm= | awk '$3 ~ /^hardrun-follow/ && $2 !~ /^Z/ { print $1 }' | while read -r process; do
		[ "$(readlink "/proc/$process/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ] && echo "$process"
	done | grep .
}

# ---- the race ----

# launch_all COUNT WORD...: launches with each of the paths that are swapped, and counts what came of it.
launch_all() {
	wanted=$1
	shift
	mounted=0 refused=0 leaked=0 strange=0 number=0
	while [ "$number" -lt "$wanted" ]; do
		number=$((number + 1))
		case $((number % 3)) in
		0) path=dir file=/x/mark ;;
		1) path=file file=/x ;;
		2) path=up/deep file=/x/mark ;;
		esac
		run --rm -v "$work/hand/$path:/x" "$@" cat "$file"
		if grep -q SECRET "$work/out"; then
			leaked=$((leaked + 1))
		elif [ "$status" -eq 0 ] && out_is allowed > /dev/null; then
			mounted=$((mounted + 1))
		elif [ "$status" -eq 125 ] && [ ! -s "$work/out" ]; then
			refused=$((refused + 1))
		else
			strange=$((strange + 1))
			echo "# status $status: $(cat "$work/out" "$work/err" | head -n 3)"
		fi
	done
	echo "# $wanted launches with $backend: $mounted mounted what was judged, $refused refused, $leaked leaked, $strange else"
}

"$live/swapper.py" "$work" &
swapper=$!
remember "$swapper"
for backend in crun docker; do
	write_policy "$backend" ""
	case $backend in
	crun) launch_all "$launches" --rootfs "$work/tree" ;;
	docker) launch_all $((launches / 10)) tool:1 ;;
	esac
	check "$backend: none gets through" test "$leaked" -eq 0
	check "$backend: each is either what was judged or refused" test "$strange" -eq 0
	check "$backend: some of both" test "$mounted" -gt 0 -a "$refused" -gt 0
	check "$backend: nothing stays" until_true 10 nothing_is_staged
done
stop_process "$swapper"
# The id file: the directory that was resolved is a link to another a moment later.
rm -rf "$work/hand/dir2" "$work/hand/up2" "$work/hand/file2" "$work/hand/dir" "$work/hand/up"
mkdir "$work/hand/dir"
ln -s ../secret "$work/hand/dir2"
find "$work/secret" | sort > "$work/before"
"$live/swapper.py" "$work" &
swapper=$!
remember "$swapper"
write_policy crun ""
number=0
while [ "$number" -lt $((launches / 4)) ]; do
	number=$((number + 1))
	run --cidfile "$work/hand/dir/cid" --rootfs "$work/tree" true
	rm -f "$work/hand/dir/cid" "$work/hand/dir2/cid.none"
done
stop_process "$swapper"
find "$work/secret" | sort > "$work/after"
check "no id file where a link led ($number launches)" diff "$work/before" "$work/after"

# ---- docker: what it is given ----
write_policy docker ""
run --rm -v "$work/shared:/d" tool:1 sh -c 'cat /d/f; echo new > /d/new'
check "a directory that others can rename is mounted" out_is shared
check "and written" test -s "$work/shared/new"
run --name kept -v "$work/shared:/d" -v "$work/shared/one:/one:ro" tool:1 cat /one
check "a file as well" out_is one
engine inspect -f '{{range .Mounts}}{{println .Source}}{{end}}' kept > "$work/sources"
check "by a name that only root can change" sh -c "[ \$(grep -c '^/run/hardrun/stage/[0-9a-f]*/[0-9]*\$' '$work/sources') -eq 2 ]"
run --rm -v "$work/shared:/d" tool:1 grep ' /d ' /proc/mounts
check "without devices and setuid" out_has '^[^ ]* /d [^ ]* rw,nosuid,nodev'
run --rm -v "$work/shared:/d:ro" tool:1 sh -c 'grep " /d " /proc/mounts; touch /d/no'
check "read-only is read-only" out_has '^[^ ]* /d [^ ]* ro,'
check "and stays so" test ! -e "$work/shared/no"
check "a container that is there keeps what it was started from" grep -q hardrun/stage /proc/self/mounts
engine start -a kept > "$work/out" 2>&1
check "and can be started again" out_is one
engine rm kept > /dev/null
run --rm tool:1 true
check "one that is gone does not need it: the next start takes it away" nothing_is_staged
# ---- docker: one mount inside another ----
mkdir -p "$work/shared/in/deep" "$work/shared/other"
echo other > "$work/shared/other/f"
ln -s /dev "$work/shared/leads"
run --rm -v "$work/shared:/d" -v "$work/shared/other:/d/in:ro" tool:1 sh -c 'cat /d/in/f; touch /d/in/no; touch /d/yes'
check "a mount inside another is put in its place" out_is other
check "and is what it was to be" test ! -e "$work/shared/other/no" -a -e "$work/shared/yes"
run --rm -v "$work/shared:/d" -v "$work/shared/other:/d/leads" tool:1 true
check "not where a link leads" status_is 125
check "which is said" err_has 'the mount at /d/leads lies inside another mount, where there is no such directory to mount on, or a link'
run --rm -v "$work/shared:/d" -v "$work/shared/other:/d/missing/too" tool:1 cat /d/missing/too/f
check "a place that is missing is made" out_is other
run --rm -v "$work/shared:/d:ro" -v "$work/shared/other:/d/in" tool:1 true
check "nothing to be written inside what is read-only" err_has 'lies inside that at /d, .* is read-only with all that lies in it'
check "nothing stays of that either" nothing_is_staged
mkdir -p /opt/settled
run --name plain -v /opt/settled:/d tool:1 true
engine inspect -f '{{range .Mounts}}{{println .Source}}{{end}}' plain > "$work/out"
check "what only root can rename is named as it is" out_has '^/opt/settled$'
engine rm plain > /dev/null
rmdir /opt/settled
run --restart on-failure:2 -v "$work/shared:/d" tool:1 true
check "a restart after a reboot would find nothing" status_is 125
check "which is said" err_has 'restart on-failure:2 does not go with the mount of .*; leave out --restart, or mount a path whose'
check "and nothing stays" nothing_is_staged
unshare --mount --propagation private "$HARDRUN" run --policy "$work/policy.yaml" --rm -v "$work/shared:/d" tool:1 cat /d/f \
	> "$work/out" 2> "$work/err" < /dev/null
status=$?
check "a daemon that sees other files" status_is 125
check "is not given them" err_has 'without a race: it does not see the files of this place (another mount namespace)'
check "in one sentence" err_is_one_sentence

# ---- docker: the client as a child ----
for code in 0 7 125; do
	run --rm -v "$work/shared:/d" tool:1 sh -c "exit $code"
	check "exit code $code" status_is "$code"
done
run --rm -v "$work/shared:/d" tool:1 nosuch
check "a command that is not there" status_is 127
run --rm -v "$work/shared:/d" --cidfile "$work/ids/cid" tool:1 sh -c 'sleep 0.2; exit 4'
check "its status with an id file" status_is 4
check "which has the id" grep -qx '[0-9a-f]\{64\}' "$work/ids/cid"
echo input | "$HARDRUN" run --policy "$work/policy.yaml" --rm -i -v "$work/shared:/d" tool:1 cat > "$work/out" 2> "$work/err"
check "input" out_is input
script -q -e -c "stty rows 33 cols 77; '$HARDRUN' run --policy $work/policy.yaml --rm -it -v $work/shared:/d tool:1 sh -c 'sleep 0.3; stty size; exit 6'" \
	/dev/null > "$work/out" 2>&1
status=$?
check "a terminal: its status" status_is 6
check "and its size" out_has '33 77'
"$HARDRUN" run --policy "$work/policy.yaml" --rm -v "$work/shared:/d" tool:1 \
	sh -c 'trap "exit 42" TERM; echo up; while :; do sleep 0.1; done' > "$work/first" 2>&1 &
first=$!
until_true 20 grep -q up "$work/first"
kill -TERM "$first"
wait "$first"
status=$?
check "a signal reaches it" status_is 42
check "nothing stays of all these" nothing_is_staged
# A client that does nothing but what a terminal makes of any program.
mkdir -m 0755 /opt/hardrun-test
cat > /opt/hardrun-test/docker << 'CLIENT'
#!/usr/bin/python3
import signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
print("ready", flush=True)
while True:
    time.sleep(0.2)
    print("tick", flush=True)
CLIENT
chmod 0755 /opt/hardrun-test/docker
write_policy docker ", client: /opt/hardrun-test/docker"
timeout 90 "$live/keys.py" "$HARDRUN" run --policy "$work/policy.yaml" --rm -v "$work/shared:/d" tool:1 true > "$work/out" 2> "$work/err"
rm -rf /opt/hardrun-test
check "Ctrl-Z stops, fg continues, Ctrl-C ends" out_is "ready
stopped
continued
status 130"
check "and nothing stays" until_true 10 nothing_is_staged
write_policy docker ""

# ---- docker: without us ----
run -d --rm --cidfile "$work/ids/cid2" -v "$work/shared:/d" tool:1 sleep 1
check "-d" status_is 0
check "the id is printed and written" test "$(cat "$work/ids/cid2")" = "$(cat "$work/out")"
check "it is staged while it runs" grep -q hardrun/stage /proc/self/mounts
check "and not longer" until_true 20 nothing_is_staged
"$HARDRUN" run --policy "$work/policy.yaml" --name left -v "$work/shared:/d" tool:1 sleep 100 > /dev/null 2>&1 &
first=$!
until_true 20 sh -c "docker -H 'unix://$work/docker.sock' inspect -f '{{.State.Running}}' left 2> /dev/null | grep true"
kill -9 "$first"
wait "$first" 2> /dev/null
check "kill -9 while it runs: it still has what it was started from" grep -q hardrun/stage /proc/self/mounts
engine rm -f left > /dev/null
check "until it is gone" until_true 20 nothing_is_staged

# Killed at any moment, alone or with whoever looks after the container: the next start finds what is left.
round=0
while [ "$round" -lt 16 ]; do
	round=$((round + 1))
	"$HARDRUN" run --policy "$work/policy.yaml" --rm --cidfile "$work/ids/cid-$round" -v "$work/shared:/d" tool:1 sleep 0.2 \
		> /dev/null 2>&1 &
	first=$!
	sleep "0.$((round * 7 / 10))$((round * 7 % 10))"
	follower=$(ps -e -o pid= -o ppid= -o comm= | awk -v p="$first" '$2 == p && $3 ~ /^hardrun-follow/ { print $1 }')
	if [ -n "$follower" ] && [ $((round % 2)) -eq 0 ]; then
		kill -9 "$follower" 2> /dev/null
	fi
	kill -9 "$first" 2> /dev/null
	wait "$first" 2> /dev/null
done
until_true 20 sh -c "[ -z \"\$(docker -H 'unix://$work/docker.sock' ps -q)\" ]"
engine ps -aq | while read -r id; do engine rm -f "$id" > /dev/null; done
check "kill -9 at sixteen moments: the next start takes all away" until_true 10 sh -c "'$HARDRUN' run --policy '$work/policy.yaml' --rm \
	-v '$work/shared:/d' tool:1 true && [ -z \"\$(ls -A /run/hardrun/stage)\" ] && ! grep hardrun/stage /proc/self/mounts"
check "and nobody is left looking after nothing" until_true 10 nobody_follows
check "what was shared is as it was" test "$(cat "$work/shared/f")" = shared

# ---- under a guard: what lies inside what somebody else can change ----
# /mnt is root's, so that no name in it can change hands; ann's are the directories in it, and what is in them.
ann=4242
mkdir -p "$work/etc/policies" "$work/record" /etc/hardrun
mount --bind "$work/etc" /etc/hardrun
mount -t tmpfs -o mode=0755 tmpfs /mnt
mkdir -p /mnt/proj/sub /mnt/proj/there /mnt/other /mnt/ro /mnt/roots/in
echo other > /mnt/other/f
ln -s /dev /mnt/proj/dev
mkdir -m 0777 /mnt/other/w
chown -R -h "$ann" /mnt/proj /mnt/other

# write_ceiling BACKEND
write_ceiling() {
	allowed="allow:
  user: [\"65534:65534\"]
  mem_limit: 64m
  cpus: 1
  pids_limit: 32
  networks: [none]
  rootfs: [\"$work/**\"]
  tmpfs: {max_size: 16m}
  restart: [\"no\", \"on-failure:2\"]
  volumes:
    - {source: \"/mnt/**\", access: rw}
    - {volume: \"kept-*\", access: rw}
  cidfile: [\"$work/**\"]"
	case $1 in
	docker) where="backend: docker, host: \"unix://$work/docker.sock\"" ;;
	*) where="backend: $1" ;;
	esac
	cat > "$work/etc/ceiling.yaml" << CEILING
version: 1
engine: {$where}
record: {to: file, path: $work/record/r.jsonl}
$allowed
CEILING
	cat > "$work/etc/policies/default.yaml" << POLICY
version: 1
description: live tests of staging under a guard
images: ["**"]
defaults: {user: "65534:65534", mem_limit: 32m, cpus: 0.5, pids_limit: 16, network_mode: none}
$allowed
POLICY
}

guarded() {
	hardrun run "$@"
}

nothing_was_made() {
	[ "$(find /mnt | sort | sha256sum)" = "$(cat "$work/before-mnt")" ] || { find /mnt; return 1; }
}

write_ceiling docker
chmod 0700 "$work/record"
find /mnt | sort | sha256sum > "$work/before-mnt"
guarded --rm -v /mnt/proj:/w -v /mnt/other:/w/dev tool:1 true
check "docker, guarded: a link in somebody's directory that root holds the name of" status_is 125
check "is not followed" err_has 'the mount at /w/dev lies inside another mount, where there is no such directory to mount on, or a link'
guarded --rm -v /mnt/proj:/w --tmpfs /w/sub:size=1m tool:1 true
check "docker, guarded: nothing is placed in it by name" err_has 'the mount at /w/sub lies inside that at /w, .* only a path of the host'
guarded --rm -v /mnt/proj:/w -v kept-x:/w/sub tool:1 true
check "nor a volume" err_has 'the mount at /w/sub lies inside that at /w, .* only a path of the host'
guarded --rm -v /mnt/proj:/w -v /mnt/other:/w/sub tool:1 cat /w/sub/f
check "a directory that is there takes the mount" out_is other
guarded --rm -v /mnt/proj:/w -v /mnt/other:/w/missing/too tool:1 true
check "docker, guarded: root makes no directory in it" err_has 'make it there first'
guarded --rm -v /mnt/roots:/w -v /mnt/other:/w/planted/too tool:1 true
check "nor in root's own" err_has 'make it there first'
check "and none was made" nothing_was_made
guarded --restart on-failure:2 -v /mnt/proj:/w tool:1 true
check "what is somebody's is held, and so not restarted" err_has 'restart on-failure:2 does not go with the mount of /mnt/proj'
guarded --restart on-failure:2 --name by-name -v /mnt/roots:/w tool:1 true
check "what is root's all the way is named as it is" sh -c "docker -H 'unix://$work/docker.sock' inspect -f '{{range .Mounts}}{{.Source}}{{end}}' by-name | grep -qx /mnt/roots"
engine rm -f by-name > /dev/null
guarded --rm -v kept-a:/data -v kept-b:/data/sub tool:1 true
check "docker, guarded: nothing goes into a named volume" status_is 125
check "whose links earlier containers made" err_has 'the mount at /data/sub lies in the named volume kept-a, whose links nobody judges'

# Images: links on the way to a mount.
mkdir -p "$work/linked/var/lib" "$work/linked/data"
cp -a "$work/tree/." "$work/linked/"
ln -s /dev "$work/linked/x"
ln -s ../x "$work/linked/var/y"
ln -s /w/sub "$work/linked/z"
ln -s lib "$work/linked/var/fine"
ln -s loop "$work/linked/loop"
tar -C "$work/linked" -c . | engine import -c 'ENV PATH=/bin' -c 'VOLUME /data' - docker.io/library/linked:1 > "$work/make.log" 2>&1
for target in /x /var/y /x/sub; do
	guarded --rm -v "/mnt/other:$target" linked:1 true
	check "docker, guarded: a link of the image, $target: refused" status_is 125
	check "which is said" err_has "a link in the image would take $target to /dev.*; mount it elsewhere, or use another image"
done
guarded --rm --tmpfs /x:size=1m linked:1 true
check "a tmpfs as well" err_has 'a link in the image would take /x to /dev'
guarded --rm -v /mnt/proj:/w -v /mnt/other:/z linked:1 true
check "nor into another mount" err_has 'a link in the image would take /z to /w/sub, and that lies inside the mount at /w'
guarded --rm -v /mnt/other:/loop linked:1 true
check "a loop is refused" status_is 125
guarded --rm --name fine -v /mnt/other:/var/fine/here:ro linked:1 cat /var/lib/here/f
check "a link that leads nowhere bad is followed" out_is other
guarded -d --name pinned -v /mnt/other:/o:ro linked:1 sleep 30
check "what runs is the image that was looked at" sh -c "[ \"\$(docker -H 'unix://$work/docker.sock' inspect -f '{{.Config.Image}}' pinned)\" = \
	\"\$(docker -H 'unix://$work/docker.sock' image inspect -f '{{.Id}}' linked:1)\" ]"
check "and its name is there" sh -c "docker -H 'unix://$work/docker.sock' inspect -f '{{index .Config.Labels \"io.hardrun.image\"}}' pinned |
	grep -qx docker.io/library/linked:1"
engine rm -f pinned > /dev/null
guarded -d --name bare tool:1 sleep 30
check "also without a mount: the image that was checked, by its id" sh -c "[ \"\$(docker -H 'unix://$work/docker.sock' inspect -f '{{.Config.Image}}' bare)\" = \
	\"\$(docker -H 'unix://$work/docker.sock' image inspect -f '{{.Id}}' tool:1)\" ]"
engine rm -f bare > /dev/null
check "nothing is left of looking" sh -c "! docker -H 'unix://$work/docker.sock' ps -a --format '{{.Names}}' | grep hardrun-look &&
	[ \$(docker -H 'unix://$work/docker.sock' volume ls -q | grep -c '^[0-9a-f]*\$') -eq 0 ]"
# As a kill -9 in the middle would leave it.
mkdir -m 0700 "/run/hardrun/stage/0123456789ab"
printf 'docker\n%s\n' "$work/docker.sock" > /run/hardrun/stage/0123456789ab/engine
: > /run/hardrun/stage/0123456789ab/look
engine create --name hardrun-look-0123456789ab linked:1 true > /dev/null
guarded --rm tool:1 true
check "what a dead look has left goes with the next start" sh -c "! docker -H 'unix://$work/docker.sock' ps -a --format '{{.Names}}' |
	grep hardrun-look && [ ! -e /run/hardrun/stage/0123456789ab ]"
check "nothing is staged any more" until_true 20 nothing_is_staged

write_ceiling crun
guarded --rm -v /mnt/proj:/w -v /mnt/other:/w/missing/too --rootfs "$work/tree" true
check "crun, guarded: root makes no directory in somebody's" status_is 125
guarded --rm -v /mnt/ro:/w:ro -v /mnt/other:/w/a/b:ro --rootfs "$work/tree" true
check "nor where only reading was granted" status_is 125
check "and none was made there" nothing_was_made
guarded --rm -v /mnt/proj:/w -v /mnt/other:/w/there --rootfs "$work/tree" cat /w/there/f
check "a directory that is there takes the mount there, too" out_is other
guarded --rm -v /mnt/proj:/w --tmpfs /w/sub:size=1m --rootfs "$work/tree" true
check "crun, guarded: no tmpfs is placed by name inside a bind" err_has 'the mount at /w/sub lies inside that at /w, and only a path of the host'
guarded --rm -v /mnt/proj:/w:ro -v /mnt/other:/w/sub --rootfs "$work/tree" true
check "nor what may be written inside what may not" err_has 'the mount at /w/sub lies inside that at /w, and is not read-only like that'
check "nothing stays of all that" until_true 10 nothing_is_staged
umount /etc/hardrun
finish
