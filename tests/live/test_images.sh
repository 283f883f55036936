#!/bin/sh
# Images without a daemon: layouts, archives, a registry on loopback; the cache; what is wrong with them.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

cat > "$work/policy.yaml" << POLICY
version: 1
description: live tests of images
images: ["*"]
engine: {backend: crun}
defaults: {user: "65534:65534", network_mode: none}
allow: {rootfs: ["$work/**"], pull: [missing, never, always], environment: ["*"], entrypoint: true, user: [image]}
POLICY
run() {
	hardrun run --policy "$work/policy.yaml" "$@"
}
images() {
	find /var/lib/hardrun/images -mindepth 1 -maxdepth 1 | wc -l
}
no_half_made_image() {
	! find /var/lib/hardrun/images -mindepth 1 -maxdepth 1 -name '.*' | grep . && ! find /run/hardrun/containers -mindepth 1 | grep .
}

make_layout "$work/layout" > "$work/make.log" 2>&1 || give_up "an image is made" "$work/make.log"

# ---- a layout ----
run "oci:$work/layout:latest" sh -c 'echo $IMAGE; pwd; id -u; touch /x || echo no'
check "a layout by tag" status_is 0
check "the image's environment and directory, the policy's user" out_is "yes
/data
65534
no"
check "one image in the cache" test "$(images)" -eq 1
run "oci:$work/layout"
check "a layout with one image needs no tag; its own command" out_has '^uid=65534'
check "still one" test "$(images)" -eq 1
check "nobody but root gets into the cache" test "$(stat -c %a /var/lib/hardrun/images)" = 700
run --pull never "oci:$work/layout:latest" true
check "it is known" status_is 0
run "oci:$work/layout:other" true
check "a tag that is not there" status_is 125
check "in one sentence" err_is_one_sentence
run "oci:$work/nothing" true
check "a layout that is not there" status_is 125
check "in one sentence" err_is_one_sentence
tree=$(find /var/lib/hardrun/images -mindepth 2 -maxdepth 2 -name rootfs)
find "$tree" -printf '%p %m %s %T@\n' > "$work/before"
run -v /anywhere --tmpfs /new/place "oci:$work/layout" touch /new/place/x
check "missing places do not reach the cache" sh -c "find '$tree' -printf '%p %m %s %T@\n' | diff '$work/before' -"

# ---- layouts that lie ----
cp -r "$work/layout" "$work/liar"
manifest=$(jq -r '.manifests[0].digest' "$work/liar/index.json" | cut -d: -f2)
chmod -R u+w "$work/liar"
jq -c '.annotations = {"x": "y"}' "$work/layout/blobs/sha256/$manifest" > "$work/liar/blobs/sha256/$manifest"
rm -rf /var/lib/hardrun/images /var/lib/hardrun/refs
run "oci:$work/liar:latest" true
check "a manifest that is not what its digest says" status_is 125
check "in one sentence" err_is_one_sentence
check "leaves no image" test "$(images)" -eq 0
run "oci:$work/layout:latest" true
check "the honest one is fine" status_is 0
cp -r "$work/layout" "$work/torn"
chmod -R u+w "$work/torn"
for blob in "$work/torn/blobs/sha256/"*; do
	[ "$(head -c 1 "$blob")" = '{' ] || truncate -s -20 "$blob"
done
rm -rf /var/lib/hardrun/images /var/lib/hardrun/refs
run "oci:$work/torn:latest" true
check "a torn layer" status_is 125
check "in one sentence" err_is_one_sentence
check "leaves nothing half-made" no_half_made_image

# A layer that wants out: a link to /etc, and a file through it.
mkdir -p "$work/evil"
umoci init --layout "$work/escape" > /dev/null 2>&1
umoci new --image "$work/escape:latest" > /dev/null 2>&1
umoci insert --image "$work/escape:latest" "$work/tree" / > /dev/null 2>&1
ln -s "$work/evil" "$work/link"
umoci insert --image "$work/escape:latest" "$work/link" /out > /dev/null 2>&1
umoci insert --image "$work/escape:latest" "$work/tree/etc/passwd" /out/planted > /dev/null 2>&1
run "oci:$work/escape:latest" true
check "a layer cannot write outside its tree" test ! -e "$work/evil/planted"

# ---- an archive ----
skopeo copy -q "oci:$work/layout:latest" "docker-archive:$work/a.tar:docker.io/library/a:1" > "$work/make.log" 2>&1
run "docker-archive:$work/a.tar" sh -c 'echo $IMAGE'
check "an archive" out_is yes
run "docker-archive:$work/a.tar" sh -c 'echo $IMAGE'
check "an archive again, from the cache" out_is yes
# By any spelling that check allows: what was judged is what is opened.
ln -s layout "$work/linked"
cd "$work" || exit 1
for spelling in "docker-archive:./a.tar" "oci:./layout:latest" "oci:./layout" "oci:./linked:latest" "oci:$work/linked"; do
	run "$spelling" sh -c 'echo $IMAGE'
	check "a local image as $spelling" out_is yes
done
run --rootfs ./tree /bin/sh -c 'echo tree'
check "a root file system as ./tree" out_is tree
cd / || exit 1
echo junk > "$work/junk.tar"
run "docker-archive:$work/junk.tar" true
check "an archive that is none" status_is 125
check "in one sentence" err_is_one_sentence
check "leaves nothing half-made" no_half_made_image

# ---- a registry on loopback ----
start_registry
skopeo copy -q --dest-tls-verify=false "oci:$work/layout:latest" docker://127.0.0.1:5000/team/tool:1 > "$work/make.log" 2>&1 ||
	give_up "the registry takes an image" "$work/make.log"
run --pull never 127.0.0.1:5000/team/tool:1 true
check "--pull never of what is not here" status_is 125
sed 's/^engine: .*/engine: {host: "unix:\/\/\/nobody.sock"}/' "$work/policy.yaml" > "$work/auto.yaml"
hardrun run --policy "$work/auto.yaml" --dry-run 127.0.0.1:5000/team/tool:1 true
check "a dry run of it, without the rights that a run has" err_has 'no such image: 127.0.0.1:5000/team/tool:1 (it is not here.*start it once'
run 127.0.0.1:5000/team/tool:1 sh -c 'echo $IMAGE'
check "from the registry" out_is yes
digest=$(skopeo inspect --tls-verify=false docker://127.0.0.1:5000/team/tool:1 2> /dev/null | jq -r .Digest)
run "127.0.0.1:5000/team/tool@$digest" sh -c 'echo $IMAGE'
check "by digest" out_is yes
run "127.0.0.1:5000/team/tool@sha256:$(printf %064d 7)" true
check "a digest that is not there" status_is 125
check "in one sentence" err_has 'no such image'
run 127.0.0.1:5000/team/none:1 true
check "a name that is not there" status_is 125
check "in one sentence" err_is_one_sentence
# Another image under the same tag: seen only when asked for.
umoci config --image "$work/layout:latest" --config.env IMAGE=newer > /dev/null 2>&1
skopeo copy -q --dest-tls-verify=false "oci:$work/layout:latest" docker://127.0.0.1:5000/team/tool:1 > "$work/make.log" 2>&1
run 127.0.0.1:5000/team/tool:1 sh -c 'echo $IMAGE'
check "the tag has moved; what is here is used" out_is yes
run --pull always 127.0.0.1:5000/team/tool:1 sh -c 'echo $IMAGE'
check "--pull always sees it" out_is newer
run --pull never 127.0.0.1:5000/team/tool:1 sh -c 'echo $IMAGE'
check "and that is kept" out_is newer

# ---- many at once, and an interrupted one ----
rm -rf /var/lib/hardrun/images /var/lib/hardrun/refs
starts=
for _ in 1 2 3 4 5 6 7 8; do
	"$HARDRUN" run --policy "$work/policy.yaml" 127.0.0.1:5000/team/tool:1 true > /dev/null 2>> "$work/err" &
	starts="$starts $!"
done
wrong=0
for process in $starts; do
	wait "$process" || wrong=$((wrong + 1))
done
check "eight at once" test "$wrong" -eq 0
check "bring one image" test "$(images)" -eq 1
check "and nothing half-made" no_half_made_image
requests=$(grep -c 'GET /v2/team/tool/blobs/' "$work/registry.log")
check "and fetch it once (blobs asked for: $requests)" test "$requests" -gt 0
rm -rf /var/lib/hardrun/images /var/lib/hardrun/refs
mkdir -p "$work/fat"
head -c 60000000 /dev/urandom > "$work/fat/data"
umoci insert --image "$work/layout:latest" "$work/fat" /fat > /dev/null 2>&1
for name in INT TERM KILL; do
	"$HARDRUN" run --policy "$work/policy.yaml" "oci:$work/layout:latest" true > /dev/null 2>&1 &
	start=$!
	until_true 10 sh -c 'ls -A /var/lib/hardrun/images | grep -q new'
	kill -s "$name" "$start"
	wait "$start" 2> /dev/null
	[ "$name" = KILL ] || check "SIG$name while it is brought leaves nothing half-made" no_half_made_image
done
run "oci:$work/layout:latest" true
check "after a kill -9 the next start brings it" status_is 0
check "and clears away what was half-made" no_half_made_image

# ---- for another machine ----
cp -r "$work/layout" "$work/other"
umoci config --image "$work/other:latest" --architecture s390x > /dev/null 2>&1
run "oci:$work/other:latest" true
check "an image for another processor" status_is 125
check "is told" err_has 'is for linux/s390x, and this machine is linux/'
check "in one sentence" err_is_one_sentence

# ---- a full disk ----
umount /var/lib/hardrun
mount -t tmpfs -o mode=0700,size=1m tmpfs /var/lib/hardrun
run "oci:$work/layout:latest" true
check "a full disk is told" status_is 125
check "in one sentence" err_is_one_sentence
check "with nothing half-made" no_half_made_image
finish
