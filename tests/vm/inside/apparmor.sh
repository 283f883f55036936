#!/bin/sh
# AppArmor from the same policy: profiles loaded, what they forbid for real, read back on every backend, and everything that is not
# as it should be: not loaded, changed since, of somebody else's making, a runtime that applies none.
. ./lib.sh
begin
tree=$work/tree
make_tree "$tree"
chmod 0777 "$tree/etc" "$tree/data"
mkdir -m 0777 "$work/shared" "$work/odd [a]*{b}@{c}"
cat > "$work/p.yaml" << POLICY
version: 1
description: the tests of AppArmor
images: ["*"]
apparmor: generated
defaults: {user: "65534:65534", mem_limit: 64m, pids_limit: 32, network_mode: none, tmpfs: ["/tmp:size=4m"]}
allow:
  rootfs: ["$work/**"]
  volumes: [{source: "$work/**", access: rw}, {volume: "*", access: rw}]
  user: ["1000:1000"]
POLICY
sed -e '/^apparmor/d' "$work/p.yaml" > "$work/plain.yaml"

# line WORD...: what stands between `run` and the command, for run and for load.
line() {
	printf '%s\n' --policy "$work/p.yaml" "$@"
}
profile_of() {
	"$HARDRUN" apparmor load --print run --policy "$work/p.yaml" "$@" > "$work/text" 2> "$work/err" || return 1
	sed -n 's/^profile \([^ ]*\) .*/\1/p' "$work/text"
}
is_loaded() {
	grep -q "^$1 (enforce)" /sys/kernel/security/apparmor/profiles
}
# under PROFILE WORD...: as root, in no container: what is refused here is refused by the profile.
under() {
	sh -c 'echo "exec $0" > /proc/self/attr/exec && exec "$@"' "$@"
}
refuses() {
	! under "$own" busybox sh -c "$1"
}
# The same without the profile works, or the test would say nothing.
is_possible() {
	busybox sh -c "$1"
}

own=$(profile_of --rootfs "$tree" true)
check "a profile has a name" test -n "$own"
hardrun run --policy "$work/p.yaml" --backend crun --rootfs "$tree" true
check "not loaded: refused" status_is 125
check "in one sentence that names the profile" err_has "the AppArmor profile $own is not loaded"
check "and the command that loads it" err_has "; sudo hardrun apparmor load run --policy $work/p.yaml --rootfs $tree true"
check "one sentence" err_is_one_sentence
remedy=$(sed 's/.*; sudo hardrun //' "$work/err")
# shellcheck disable=SC2086 # words
setpriv --reuid 1000 --regid 1000 --init-groups "$HARDRUN" $remedy > "$work/out" 2> "$work/err"
status=$?
check "an ordinary user loads nothing" status_is 125
check "and is told who does" err_has 'only root loads'
# shellcheck disable=SC2086 # words
SUDO_UID=1000 SUDO_GID=1000 hardrun $remedy
check "that command, by way of sudo, works" status_is 0
check "the kernel has it" is_loaded "$own"
# shellcheck disable=SC2086 # words
hardrun $remedy
check "once more changes nothing" out_is "$own: is loaded"

for backend in crun runc; do
	hardrun run --policy "$work/p.yaml" --backend $backend --rootfs "$tree" sh -c 'cat /proc/self/attr/current; echo x > /tmp/x && cat /tmp/x; exit 7'
	check "$backend: runs" status_is 7
	check "$backend: under the profile" out_is "$own (enforce)
x"
	hardrun run --policy "$work/p.yaml" --backend $backend --rootfs "$tree" true
	check "$backend: also what ends at once" status_is 0
	hardrun run --policy "$work/p.yaml" --backend $backend --rootfs "$tree" /bin/none
	check "$backend: what is not there is said as ever" status_is 127
	as_ann "$HARDRUN" run --policy "$work/p.yaml" --backend $backend --rootfs "$tree" --user 1000:1000 cat /proc/self/attr/current > "$work/out" 2> "$work/err"
	status=$?
	check "$backend, rootless: runs" status_is 0
	check "$backend, rootless: under the profile" out_is "$own (enforce)"
done
container=$(hardrun run -d --policy "$work/p.yaml" --backend crun --name kept --rootfs "$tree" sleep 3000; cat "$work/out")
check "detached" test "$container" = kept
hardrun apparmor list
check "list shows who is under it" out_has "^$own  enforce  1 process$"

# ---- the mount flag is lost ----
for policy in p plain; do
	rm -f "$tree/etc/lost" "$work/shared/go"
	echo '#!/bin/sh
		until [ -e /tmp/go ]; do sleep 0.2; done
		echo x > /etc/lost; echo "write $?"
		cp /bin/busybox /tmp/busybox; /tmp/busybox true; echo "run $?"' > "$tree/data/lost"
	chmod 0755 "$tree/data/lost"
	"$HARDRUN" run --policy "$work/$policy.yaml" --backend crun --name lost --rootfs "$tree" sh /data/lost > "$work/out" 2> "$work/err" &
	running=$!
	until_true 20 pgrep -f '^sh /data/lost'
	pid=$(pgrep -f '^sh /data/lost' | head -n 1)
	nsenter -t "$pid" -m -p mount -o remount,rw / && nsenter -t "$pid" -m -p mount -o remount,exec /tmp
	nsenter -t "$pid" -m -p touch /tmp/go
	wait $running
	if [ $policy = p ]; then
		check "a root file system that has become writable: not written, nor is /tmp executed" out_is "write 1
run 126"
	else
		check "without the profile it would be" out_is "write 0
run 0"
	fi
done

# ---- what is in no mount flag ----
mkdir -p "$work/m"
sleep 400 &
other=$!
for row in "a mount|mount -t tmpfs tmpfs $work/m && umount $work/m" "reading another's variables|cat /proc/$other/environ > /dev/null" \
	"a kernel parameter|echo x > /proc/sys/kernel/domainname" "a file of /sys|echo 1 > /sys/kernel/mm/ksm/sleep_millisecs" \
	"a file of the system|echo x > $work/m/x" "another's profile|echo exec unconfined > /proc/self/attr/exec" \
	"a capability|chown 1:1 $work/m"; do
	what=${row%%|*}
	check "$what: possible" is_possible "${row#*|}"
	check "$what: refused by the profile" refuses "${row#*|}"
done
check "another's process is not signalled" refuses "kill $other"
check "it still runs" kill "$other"

# ---- odd names ----
odd="$work/odd [a]*{b}@{c}"
hardrun apparmor load run --policy "$work/p.yaml" -v "$odd:/data/odd [a]*{b}@{c}" --rootfs "$tree" true
check "a path of nothing but signs" status_is 0
hardrun run --policy "$work/p.yaml" --backend crun -v "$odd:/data/odd [a]*{b}@{c}" --rootfs "$tree" sh -c 'echo x > "/data/odd [a]*{b}@{c}/f" && cat "/data/odd [a]*{b}@{c}/f"'
check "is written" out_is x
hardrun run --policy "$work/p.yaml" --backend crun -v "$work/shared:/data/odd a" --rootfs "$tree" true
check "another mount is another profile" err_has 'is not loaded; sudo hardrun apparmor load run .* -v '

# ---- not what it should be ----
profile_of --rootfs "$tree" true > /dev/null
sed 's/mrkix/mrwkix/' "$work/text" > "$work/edited"
apparmor_parser -r -K -q "$work/edited"
hardrun run --policy "$work/p.yaml" --backend crun --rootfs "$tree" true
check "edited after loading: refused" status_is 125
check "with a sentence" err_has "an AppArmor profile $own is loaded, and it is not what hardrun makes"
hardrun apparmor load run --policy "$work/p.yaml" --rootfs "$tree" true
check "load does not replace it unasked" status_is 125
hardrun apparmor load --replace run --policy "$work/p.yaml" --rootfs "$tree" true
check "but with --replace" status_is 0
apparmor_parser -r -C -K -q "$work/text"
hardrun run --policy "$work/p.yaml" --backend crun --rootfs "$tree" true
check "complaining instead of enforcing: refused" err_has 'in the mode complain'
echo "profile $own { file, }" | apparmor_parser -r -K -q
hardrun run --policy "$work/p.yaml" --backend runc --rootfs "$tree" true
check "a foreign profile under its name: refused" err_has 'has taken its name'
check "one sentence" err_is_one_sentence
hardrun apparmor load --replace run --policy "$work/p.yaml" --rootfs "$tree" true

# A runtime that leaves the profile out.
printf '#!/bin/sh\nfor word; do case $last in --bundle) bundle=$word ;; esac; last=$word; done\n[ -z "$bundle" ] || { jq "del(.process.apparmorProfile)" "$bundle/config.json" > /tmp/c && cp /tmp/c "$bundle/config.json"; }\nexec /usr/bin/crun "$@"\n' > /usr/local/sbin/crun
chmod 0755 /usr/local/sbin/crun
hardrun run --policy "$work/p.yaml" --backend crun --name bad --rootfs "$tree" sleep 300
check "a runtime that applies no profile: refused" status_is 125
check "with what it did" err_has "the container was ended: its process is under unconfined, and not under $own"
check "and ended" test -z "$(pgrep -f '^sleep 300$')"
hardrun run -d --policy "$work/p.yaml" --backend crun --name bad --rootfs "$tree" sleep 301
check "detached likewise" status_is 125
check "and nothing is left of it" test -z "$(pgrep -f '^sleep 301$')"
rm /usr/local/sbin/crun

# ---- engines ----
start_docker
hardrun apparmor load run --policy "$work/p.yaml" --backend docker docker.io/library/busybox:1
check "docker: the same profile serves" out_is "$own: is loaded"
hardrun run --rm --policy "$work/p.yaml" --backend docker docker.io/library/busybox:1 sh -c 'cat /proc/self/attr/current; echo x > /tmp/x && cat /tmp/x; exit 7'
check "docker: runs" status_is 7
check "docker: under the profile" out_is "$own (enforce)
x"
hardrun run -d --policy "$work/p.yaml" --backend docker --name d1 docker.io/library/busybox:1 sh -c 'trap "exit 7" TERM; while :; do sleep 0.2; done'
check "docker, detached" status_is 0
check "docker: stop is let through" sh -c 'docker stop -t 30 d1 && test "$(docker inspect -f "{{.State.ExitCode}}" d1)" -eq 7'
docker rm -f d1 > /dev/null
printf '#!/bin/sh\nfor word; do shift; case $word in apparmor=*) word=apparmor=unconfined ;; esac; set -- "$@" "$word"; done\nexec /usr/bin/docker "$@"\n' > /usr/local/bin/docker
chmod 0755 /usr/local/bin/docker
for how in --rm -d; do
	hardrun run $how --policy "$work/p.yaml" --backend docker --name d2 docker.io/library/busybox:1 sleep 30
	check "docker $how: a client that asks for another profile: refused" status_is 125
	check "docker $how: with what was seen" err_has "the container was ended: its process is under unconfined, and not under $own"
	check "docker $how: it is ended" sh -c 'test "$(docker ps -q --filter name=d2)" = ""'
	docker rm -f d2 > /dev/null 2>&1
done
rm /usr/local/bin/docker
tar -C "$tree" -c . | podman import -q - docker.io/library/busybox:1 > /dev/null 2>&1
hardrun run --rm --policy "$work/p.yaml" --backend podman docker.io/library/busybox:1 sh -c 'cat /proc/self/attr/current; exit 7'
check "podman: runs" status_is 7
check "podman: under the profile" out_is "$own (enforce)"
printf '#!/bin/sh\nfor word; do shift; case $word in apparmor=*) word=apparmor=unconfined ;; esac; set -- "$@" "$word"; done\nexec /usr/bin/podman "$@"\n' > /usr/local/bin/podman
chmod 0755 /usr/local/bin/podman
hardrun run --rm --policy "$work/p.yaml" --backend podman docker.io/library/busybox:1 sleep 30
check "podman: one that applies another: refused" status_is 125
check "podman: with what was seen" err_has "the container was ended: its process is under .*, and not under $own"
rm /usr/local/bin/podman
as_ann "$HARDRUN" run --policy "$work/p.yaml" --backend podman docker.io/library/busybox:1 true > "$work/out" 2> "$work/err"
status=$?
check "podman without root: refused" err_has 'podman without root applies no AppArmor profile'

# ---- shipped ones, as they are loaded at boot ----
systemctl reload-or-restart apparmor.service
profile=$(sed -n 's/^profile \([^ ]*\) .*/\1/p' /etc/apparmor.d/hardrun-postgres | head -n 1)
check "make install puts them where they are loaded at boot" is_loaded "$profile"
hardrun apparmor load postgres
check "and they are what load makes" out_has "^$profile: is loaded"
check "all of them" test "$(grep -c ': is loaded' "$work/out")" -eq 2

# ---- gc ----
hardrun apparmor gc
check "gc removes what no policy of root's makes" out_has ': removed'
check "but not what somebody is under" is_loaded "$own"
check "nor what is shipped" is_loaded "$profile"
pkill -KILL -f '^sleep 3000$'
until_true 10 sh -c '! pgrep -f "^sleep 3000$"'
hardrun apparmor gc
check "nor keeps what nobody is under any more" sh -c "! grep -q '^$own ' /sys/kernel/security/apparmor/profiles"

# ---- gc while containers start: those that did start keep their profile ----
(
	while [ ! -e "$work/enough" ]; do
		"$HARDRUN" apparmor load run --policy "$work/p.yaml" --rootfs "$tree" true
		"$HARDRUN" apparmor gc
	done > /dev/null 2>&1
) &
collector=$!
: > "$work/labels"
: > "$work/anns"
for _ in $(seq 40); do
	hardrun run --policy "$work/p.yaml" --backend crun --rootfs "$tree" sh -c 'cat /proc/self/attr/current; sleep 0.1; cat /proc/self/attr/current'
	cat "$work/out" >> "$work/labels"
done
for _ in $(seq 40); do
	as_ann "$HARDRUN" run --policy "$work/p.yaml" --backend crun --rootfs "$tree" --user 1000:1000 \
		sh -c 'cat /proc/self/attr/current; sleep 0.1; cat /proc/self/attr/current' >> "$work/anns" 2> "$work/err"
done
: > "$work/enough"
wait "$collector"
check "some of them start" test -s "$work/labels"
check "and have their profile to the end" sh -c "! grep -v -x '$own (enforce)' '$work/labels'"
check "an ordinary user's as well" test -s "$work/anns"
check "to the end" sh -c "! grep -v -x '$own (enforce)' '$work/anns'"
finish
