#!/bin/sh
# ps, logs, stop and kill of containers that run without an engine: one's own, under a ceiling; all of them for root.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

make_tree "$work/rootfs"
cp /etc/passwd "$work/passwd"
printf 'anna:x:2001:2001::%s/anna:/bin/sh\nbert:x:2002:2002::%s/bert:/bin/sh\n' "$work" "$work" >> "$work/passwd"
mkdir -p "$work/etc/policies" /etc/hardrun
mount --bind "$work/passwd" /etc/passwd
mount --bind "$work/etc" /etc/hardrun

person() {
	uid=$1
	shift
	env SUDO_UID="$uid" SUDO_GID="$uid" "$HARDRUN" "$@" > "$work/out" 2> "$work/err" < /dev/null
	status=$?
	return 0
}

for runtime in crun runc; do
	command -v $runtime > /dev/null || continue
	cat > "$work/etc/ceiling.yaml" << CEILING
version: 1
engine: {backend: $runtime}
record: {to: none}
allow: {user: [caller], networks: [none], rootfs: ["$work/rootfs"], verbs: [ps, logs, stop, kill, exec]}
CEILING
	cat > "$work/etc/policies/default.yaml" << POLICY
version: 1
images: ["*"]
engine: {backend: $runtime}
defaults: {user: caller, network_mode: none}
allow: {networks: [none], rootfs: ["$work/rootfs"]}
POLICY
	person 2001 run -d --name hers --rootfs "$work/rootfs" sh -c 'echo started; trap "exit 0" TERM; sleep 1000 & wait'
	check "$runtime: anna starts a container" status_is 0
	person 2002 run -d --name his --rootfs "$work/rootfs" sh -c 'trap "" TERM; sleep 1000'
	check "$runtime: bert starts another" status_is 0
	person 2001 docker ps -q
	check "$runtime: ps shows hers" out_is hers
	person 2001 docker ps
	check "$runtime: with its runtime and caller" out_has "^hers  *$runtime  *2001\$"
	until_true 5 test -s "/var/lib/hardrun/logs/hers.log"
	person 2001 docker logs hers
	check "$runtime: logs" out_is started
	for verb in logs stop kill; do
		for other in his nobodys ../hers hers/ ""; do
			person 2001 docker $verb "$other"
			check "$runtime: $verb of '$other' is refused" status_is 125
			check "$runtime: in one sentence" err_has 'no container .* of yours'
		done
	done
	person 2001 docker stop hers his
	check "$runtime: nothing is done by halves" status_is 125
	person 2001 docker exec hers id
	check "$runtime: exec is not there without an engine" status_is 125
	person 2001 docker logs -f hers
	check "$runtime: nor is -f" err_has 'wants an engine'
	person 2001 docker ps -q
	check "$runtime: hers still runs" out_is hers
	person 2001 docker stop -t 5 hers
	check "$runtime: stop" out_is hers
	check "$runtime: leaves nothing" test ! -e /run/hardrun/containers/hers
	person 2002 docker stop -t 1 his
	check "$runtime: stop of what does not listen" out_is his
	check "$runtime: leaves nothing either" test ! -e /run/hardrun/containers/his
	person 2001 run -d --name hers --rootfs "$work/rootfs" sleep 1000
	person 2001 docker kill hers
	check "$runtime: kill" out_is hers
	until_true 10 test ! -e /run/hardrun/containers/hers
	check "$runtime: and it is gone" test ! -e /run/hardrun/containers/hers
	person 2001 docker ps -q
	check "$runtime: nothing is left to see" test ! -s "$work/out"

	# Root without a ceiling is nobody's guest.
	person 2001 run -d --name hers --rootfs "$work/rootfs" sleep 1000
	printf 'version: 1\nengine: {host: "unix://%s/none"}\nrecord: {to: none}\nallow: {verbs: [ps, exec]}\n' "$work" > "$work/etc/ceiling.yaml"
	sed -i '/^engine/d' "$work/etc/policies/default.yaml"
	person 2001 docker ps -q
	check "$runtime: where docker does not answer" out_is hers
	person 2001 docker exec hers id
	check "$runtime: exec says what there is" err_has 'docker does not answer: .* there are ps, logs, stop and kill'
	rm "$work/etc/ceiling.yaml"
	hardrun docker --backend $runtime ps -aq
	check "$runtime: root sees all" out_is hers
	hardrun docker ps -q
	check "$runtime: so does whoever is told that docker does not answer" sh -c "grep -qx hers '$work/out' && grep -q 'docker does not answer' '$work/err'"
	sed -i 's/^images/engine: {backend: '$runtime'}\n&/' "$work/etc/policies/default.yaml"
	hardrun docker ps -q
	check "$runtime: and without a word where the policy says that it runs there" sh -c "grep -qx hers '$work/out' && [ ! -s '$work/err' ]"
	hardrun docker logs hers
	check "$runtime: its logs" status_is 0
	hardrun docker --backend $runtime stop -t 1 hers
	check "$runtime: and stops them" out_is hers
done
finish
