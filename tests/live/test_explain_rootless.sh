#!/bin/sh
# hardrun run --explain of an ordinary user on podman of their own: the listener looks into processes of podman's user namespace.
# Where cgroups are of version 1 such a podman is refused, and this is left out.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/live/person.sh
. "$live/person.sh"
with_ranges

"${CC:-gcc}" -static -O1 -o "$tree/bin/refused" "$live/refused.c" > "$work/cc.log" 2>&1 || give_up "the caller of calls is built" "$work/cc.log"
rm "$tree/data/closed"
cat > "$work/policy.yaml" << POLICY
version: 1
images: ["*"]
engine: {backend: podman}
defaults: {user: "1000:1000", mem_limit: 64m, cpus: 1, pids_limit: 32, network_mode: none, tmpfs: ["/tmp:size=1m"]}
allow: {pull: [never, missing]}
POLICY
chown "$person:$person" "$work/policy.yaml"
mkdir -p "$work/home/.config/containers"
printf '[storage]\ndriver = "vfs"\n' > "$work/home/.config/containers/storage.conf"
chown -R "$person:$person" "$work/home"
cd "$work/home" || exit 1
tar -C "$tree" -c . > "$work/tree.tar"
(as_person podman import -c ENV=PATH=/bin "$work/tree.tar" docker.io/library/tool:1) > "$work/make.log" 2>&1 || {
	skip "podman of an ordinary user" "it cannot take an image here: $(tail -n 1 "$work/make.log")"
	finish
}
hardrun run --rm --pull never --policy "$work/policy.yaml" tool:1 refused socket mount alg vsock getpid
plain=$status
cp "$work/out" "$work/wanted"
if [ "$plain" -ne 0 ]; then
	skip "podman of an ordinary user" "it runs nothing here: $(tail -n 1 "$work/err")"
	finish
fi
hardrun run --rm --pull never --explain --policy "$work/policy.yaml" tool:1 refused vsock socket mount alg getpid
sort "$work/out" > "$work/sorted"
check "the status is the container's" status_is 0
check "each call is answered as the filter would have" sh -c "sort '$work/wanted' | diff - '$work/sorted'"
check "mount is explained, with texts from the program's memory" err_has '^hardrun: refused: mount("none", "/mnt", "tmpfs"'
check "and the socket" err_has '^hardrun: refused: socket(AF_ALG'
check "nothing is left" until_true 10 sh -c "! ls '$work/run/hardrun/stage' | grep ."
finish
