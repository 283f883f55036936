#!/bin/sh
# hardrun with podman, on a storage of the test's own.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

mkdir -p /var/lib/containers /run/containers /run/libpod /run/crun
mount -t tmpfs -o mode=0755 tmpfs /var/lib/containers
for place in /run/containers /run/libpod /run/crun; do
	mount -t tmpfs -o mode=0700 tmpfs "$place"
done
# podman makes a namespace file of the network there, seen by nobody else.
mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns
make_tree "$work/tree"
tar -C "$work/tree" -c . | podman import -c ENV=IMAGE=yes -c ENV=PATH=/bin -c VOLUME=/vol - docker.io/library/tool:1 \
	> "$work/make.log" 2>&1 || give_up "podman takes an image" "$work/make.log"
mkdir "$work/shared"
chown 65534:65534 "$work/shared"
echo shared > "$work/shared/f"
cat > "$work/policy.yaml" << POLICY
version: 1
description: live tests of podman
images: ["*"]
engine: {backend: podman}
defaults:
  user: "65534:65534"
  mem_limit: 64m
  cpus: 0.5
  pids_limit: 32
  network_mode: none
  tmpfs: ["/tmp:size=1m"]
allow:
  volumes:
    - {source: "$work/shared", access: rw}
    - {volume: "p0-*", access: rw}
  environment: ["*", CALLERS]
  env_file: ["$work/**"]
  pull: [never, missing]
POLICY
run() {
	hardrun run --policy "$work/policy.yaml" --pull never "$@"
}

run --rm tool:1 sh -c 'cat /proc/self/status; id -u; touch /x; echo "touch $?"; echo "$IMAGE"; ls /sys/class/net | wc -l'
check "it runs" status_is 0
check "as nobody" out_has '^65534$'
for set in Inh Prm Eff Bnd Amb; do
	check "no capability in Cap$set" out_has "^Cap$set:[[:space:]]*0000000000000000\$"
done
check "no new privileges" out_has '^NoNewPrivs:[[:space:]]*1$'
check "a seccomp filter" out_has '^Seccomp:[[:space:]]*2$'
check "/ cannot be written" out_has '^touch 1$'
check "the image's environment" out_has '^yes$'
run --rm -v "$work/shared:/data" tool:1 sh -c 'cat /data/f; touch /data/new && stat -c %u /data/new'
check "a bind" out_is "shared
65534"
run --rm tool:1 sh -c 'grep " /vol " /proc/mounts; grep " /tmp " /proc/mounts; grep " /run " /proc/mounts; echo end'
check "a volume of the image is not made" sh -c "! grep -q '/vol ' '$work/out'"
check "/tmp is bounded" out_has '^tmpfs /tmp .*nosuid,nodev,noexec.*size=1024k'
run --rm tool:1 sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2> /dev/null || cat /sys/fs/cgroup/memory.max'
check "the memory limit" out_is 67108864
run --name kept tool:1 true
check "a container that is kept" status_is 0
podman inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NetworkMode}}' kept \
	> "$work/out" 2> "$work/err"
check "with limits" out_is 'true 67108864 32 none'
podman inspect -f '{{json .EffectiveCaps}} {{json .BoundingCaps}} {{.HostConfig.IpcMode}} {{.HostConfig.Privileged}}' kept > "$work/out" 2> "$work/err"
check "without capabilities" out_has '^\(null\|\[\]\) \(null\|\[\]\) \(private\|shareable\|none\) false'
podman rm -f kept > /dev/null 2>&1
for code in 0 3 125; do
	run --rm tool:1 sh -c "exit $code"
	check "exit code $code" status_is "$code"
done
run --rm tool:1 /bin/not-executable
check "a file that cannot be executed" status_is 126
run --rm tool:1 nosuch
check "a command that is not there" status_is 127
run --rm missing:1 true
check "an image that is not there" status_is 125
run --rm --privileged tool:1 true
check "a refusal" status_is 125
echo hello | "$HARDRUN" run --policy "$work/policy.yaml" --pull never --rm -i tool:1 cat > "$work/out" 2> "$work/err"
check "input" out_is hello
run -d --name back tool:1 sleep 100
check "-d" status_is 0
check "prints the id" grep -qx '[0-9a-f]\{64\}' "$work/out"
podman rm -f -t 0 back > /dev/null 2>&1
CONTAINERS_CONF=$work/evil CONTAINER_HOST=tcp://203.0.113.1:1 HOME=$work hardrun run --policy "$work/policy.yaml" --pull never --rm tool:1 true
check "the caller's CONTAINER_HOST is not obeyed" status_is 0
check "which is said" err_has 'note: CONTAINER_HOST: this variable is not obeyed'
mkdir -p "$work/containers" && cp -R /etc/containers/. "$work/containers"
cat > "$work/containers/containers.conf" << 'CONF'
[engine]
remote = true
active_service = "far"
[engine.service_destinations.far]
uri = "tcp://203.0.113.1:1"
CONF
mount --bind "$work/containers" /etc/containers
timeout 20 podman info > "$work/out" 2>&1
check "where podman itself goes to another machine" out_has '203.0.113.1\|annot connect'
run --rm tool:1 true
check "hardrun's stays on this one" status_is 0
umount /etc/containers
check "nothing is left" test -z "$(podman ps -aq)"

# ---- variables: byte for byte ----
export CALLERS='of "the" caller'
write_variables "$work/variables"
run --rm --env-file "$work/variables" -e CALLERS tool:1 sh -c 'env | grep "^V" | sort; echo "$CALLERS"'
(sort "$work/variables"; printf 'of "the" caller\n') > "$work/wanted"
check "variables arrive byte for byte" diff "$work/wanted" "$work/out"

# ---- a volume by an innocent name ----
podman volume create -o type=none -o o=bind -o device=/etc p0-evil > /dev/null
podman volume create p0-plain > /dev/null
run --rm -v p0-evil:/m tool:1 ls /m/passwd
check "a volume that is a bind of /etc" status_is 125
check "is refused in a sentence" err_is_one_sentence
check "that says why" err_has 'the volume p0-evil was made with a driver or options'
run --rm -v p0-plain:/m tool:1 true
check "a plain volume" status_is 0
run --rm -v p0-new:/m tool:1 true
check "a volume that is not there yet" status_is 0

# ---- a repository ----
mkdir -p "$work/shared/.git/hooks"
chown -R 65534:65534 "$work/shared"
run --rm -v "$work/shared:/repo" tool:1 sh -c 'touch /repo/.git/hooks/x; touch /repo/.git/y && echo y'
check "git hooks are read-only" err_has 'Read-only'
check "and the rest is not" out_is y

# ---- under a guard: links of an image, and what lies inside a volume ----
cp -a "$work/tree" "$work/linked"
ln -s /dev "$work/linked/x"
tar -C "$work/linked" -c . | podman import -c ENV=PATH=/bin - docker.io/library/linked:1 > "$work/make.log" 2>&1
mkdir -p "$work/etc/policies" /etc/hardrun
mount --bind "$work/etc" /etc/hardrun
{ printf 'version: 1\nengine: {backend: podman}\nrecord: {to: none}\n'; sed -n '/^allow:/,$p' "$work/policy.yaml"
	printf '  user: ["65534:65534"]\n  mem_limit: 64m\n  cpus: 1\n  pids_limit: 32\n  networks: [none]\n  tmpfs: {max_size: 16m}\n'
} > "$work/etc/ceiling.yaml"
run --rm -v "$work/shared:/x" linked:1 true
check "guarded: a link of the image is not followed" status_is 125
check "which is said" err_has 'a link in the image would take /x to /dev, and '
run --rm -v "$work/shared:/data" linked:1 cat /data/f
check "guarded: a mount without one" out_is shared
run --rm -v p0-a:/data -v p0-b:/data/sub linked:1 true
check "guarded: nothing goes into a named volume" err_has 'the mount at /data/sub lies in the named volume p0-a, whose links nobody judges'
check "no image stays mounted" sh -c '[ -z "$(podman image mount)" ]'
umount /etc/hardrun
finish
