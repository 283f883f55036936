#!/bin/sh
# docker and images that are not here: hardrun pulls them first, so that what they declare is in the plan.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

start_dockerd
start_registry
image=127.0.0.1:5000/team/tool:1

# publish USER VOLUME: makes the registry's ${image} and leaves nothing of it in the daemon.
publish() {
	tar -C "$work/tree" -c . |
		engine import -c 'ENV PATH=/bin' -c 'CMD ["id"]' -c "USER $1" -c "VOLUME $2" - "$image" &&
		engine push "$image" && forget
}
forget() {
	engine image rm -f "$image"
	! engine image inspect "$image"
}
volumes() {
	engine volume ls -q | wc -l
}
make_tree "$work/tree"
publish 1234:1235 /state > "$work/make.log" 2>&1 || give_up "the registry takes an image" "$work/make.log"

cat > "$work/policy.yaml" << POLICY
version: 1
description: live tests of pulling
images: ["*"]
engine: {backend: docker, host: "unix://$work/docker.sock"}
defaults: {user: image, network_mode: none, mem_limit: 64m}
allow: {pull: [missing, never, always], entrypoint: true}
POLICY
run() {
	hardrun run --policy "$work/policy.yaml" "$@"
}
here() {
	engine image inspect "$image" > /dev/null 2>&1
}
not_here() {
	! here
}

# ---- what fetches nothing ----
run --pull never --rm "$image" true
check "--pull never of what is not here" status_is 125
check "in one sentence" err_is_one_sentence
check "that says so" err_has 'it is not here, and --pull is never'
check "nothing was pulled" not_here
hardrun run --policy "$work/policy.yaml" --user 1234:1235 --dry-run "$image" true
check "a dry run pulls nothing" not_here
hardrun show --policy "$work/policy.yaml" "$image"
check "show pulls nothing" not_here
hardrun check --policy "$work/policy.yaml" "$image"
check "check pulls nothing" not_here

# ---- every client ----
test_client() {
	sed -i "s|host: \"unix.*sock\".*}|host: \"unix://$work/docker.sock\", client: $1}|" "$work/policy.yaml"
	with="client $("$1" -H "unix://$work/docker.sock" version -f '{{.Client.Version}}'):"
	forget > /dev/null 2>&1
	run --rm "$image" sh -c 'id -u; id -g; grep " /state " /proc/mounts; touch /state/x; echo "touch $?"'
	check "$with the first run" status_is 0
	check "$with the image's USER" out_has '^1234$'
	check "$with the image's group" out_has '^1235$'
	check "$with its VOLUME is a tmpfs" out_has '^tmpfs /state tmpfs .*noexec.*size='
	check "$with that can be written" out_has '^touch 0$'
	check "$with the engine made no volume" test "$(volumes)" -eq 0
	check "$with the progress is on stderr" err_has 'Pull complete\|Download complete\|Downloaded newer image'
	check "$with and stdout is the container's" test "$(grep -c -e Pull -e Status -e "$image" "$work/out")" -eq 0
	check "$with the note is that of a tmpfs" err_has 'note: a VOLUME of the image: /state is a tmpfs'
	run --rm "$image" true
	check "$with the second run pulls nothing" test "$(grep -c Pull "$work/err")" -eq 0
	check "$with and runs" status_is 0

	forget > /dev/null 2>&1
	run --quiet --rm "$image" true
	check "$with --quiet" status_is 0
	check "$with shows no progress" test "$(grep -c -v '^hardrun: note: ' "$work/err")" -eq 0
	check "$with prints nothing" test ! -s "$work/out"
	check "$with and the engine made no volume" test "$(volumes)" -eq 0
}
for client in /usr/local/bin/docker /usr/bin/docker; do
	[ -x "$client" ] && test_client "$client"
done
forget > /dev/null 2>&1

# ---- create ----
made_is_bounded() {
	engine inspect -f '{{len .Mounts}} {{index .HostConfig.Tmpfs "/state"}}' made | grep '^0 .*size=[1-9]'
}
forget > /dev/null 2>&1
hardrun create --policy "$work/policy.yaml" --name made "$image" true
check "create pulls too" status_is 0
check "the container's mounts are bounded" made_is_bounded
check "and the engine made no volume, again" test "$(volumes)" -eq 0
engine rm -f made > /dev/null 2>&1

# ---- --pull always ----
publish 1300:1301 /other > "$work/make.log" 2>&1 || give_up "the registry takes a newer image" "$work/make.log"
here || engine pull -q "$image" > /dev/null
publish 1400:1401 /other > "$work/make.log" 2>&1 || give_up "the registry takes a third image" "$work/make.log"
tar -C "$work/tree" -c . | engine import -c 'USER 0' -c 'VOLUME /older' - "$image" > /dev/null 2>&1
run --pull always --rm "$image" sh -c 'id -u; grep -c " /other " /proc/mounts'
check "--pull always sees the newer one's USER and VOLUME" out_is "1400
1"
check "no volume of either" test "$(volumes)" -eq 0

# ---- failures ----
missing=127.0.0.1:5000/team/none:1
run --rm "$missing" true
check "no such image" status_is 125
check "no such image, in one sentence" err_is_one_sentence
check "that names it" err_has "no such image: $missing (docker said: "
check "no container" test "$(engine ps -aq | wc -l)" -eq 0
run --rm 127.0.0.1:5999/team/none:1 true
check "no registry" status_is 125
check "no registry, in one sentence" err_is_one_sentence
check "that says that it cannot be pulled" err_has 'cannot be pulled (docker said: .*refused'
check "no volume was left" test "$(volumes)" -eq 0

# ---- stopped while it pulls ----
# A registry that takes connections and never answers.
python3 -c 'import socket, time; server = socket.create_server(("127.0.0.1", 5998)); time.sleep(600)' &
remember $!
until_true 10 grep -q ':176E ' /proc/net/tcp
"$HARDRUN" run --policy "$work/policy.yaml" --rm 127.0.0.1:5998/team/slow:1 true > "$work/out" 2> "$work/err" < /dev/null &
asking=$!
client_runs() {
	tr '\0' ' ' < "/proc/$asking/task/$asking/children" | grep -q '[0-9]'
}
client_is_gone() {
	! kill -0 "$client" 2>/dev/null
}
check "it waits for the registry" until_true 10 client_runs
client=$(tr -d ' ' < "/proc/$asking/task/$asking/children")
kill -TERM "$asking"
wait "$asking" 2> /dev/null
check "a signal ends it" test $? -eq 143
check "and the client" until_true 10 client_is_gone
finish
