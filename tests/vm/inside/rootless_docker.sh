#!/bin/sh
# docker's daemon of an ordinary user: found at its own socket when nobody names one, and limited as root's is.
. ./lib.sh
begin
install -D -m 0644 /dev/stdin /etc/hardrun/policies/own.yaml << 'POLICY'
version: 1
description: a daemon of one's own
images: ["*"]
engine: {backend: docker}
defaults: {user: "65534:65534", mem_limit: 64m, cpus: 0.5, pids_limit: 32, network_mode: none}
POLICY
systemctl stop docker.socket docker.service 2> /dev/null
socket=/run/user/1000/docker.sock
as_ann "$HARDRUN" run --policy own busybox:1 true > "$work/out" 2> "$work/err"
check "without a daemon nothing runs" err_has 'docker does not answer: /var/run/docker.sock'

modprobe -a overlay nf_tables 2> /dev/null
as_ann env DOCKERD_ROOTLESS_ROOTLESSKIT_NET=slirp4netns /usr/share/docker.io/contrib/dockerd-rootless.sh --iptables=false --bridge=none \
	> "$work/dockerd" 2>&1 < /dev/null &
remember $!
own_docker() {
	as_ann docker -H "unix://$socket" "$@"
}
until_true 180 own_docker version || give_up "the person's own docker starts" "$work/dockerd"
make_tree "$work/image"
tar -C "$work/image" -c . | own_docker import - docker.io/library/busybox:1 > "$work/import" 2>&1 || give_up "an image" "$work/import"

as_ann "$HARDRUN" doctor > "$work/out" 2> "$work/err"
check "doctor sees it" out_has "docker daemon .* answers at $socket"
as_ann "$HARDRUN" run --policy own --rm busybox:1 sh -c 'id -u; cat /proc/self/status; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; touch /x' \
	> "$work/out" 2> "$work/err" < /dev/null
check "it runs there" out_has '^65534$'
check "with the memory limit" out_has '^67108864$'
check "and that of processes" out_has '^32$'
check "no capability" out_has '^CapBnd:[[:space:]]*0000000000000000$'
check "a filter" out_has '^Seccomp:[[:space:]]*2$'
check "and / cannot be written" err_has 'Read-only'

# ---- as `docker context` has it: what dockerd-rootless-setuptool does in the end ----
as_ann docker context create far --docker host=ssh://ann@192.0.2.1 > "$work/context" 2>&1 || give_up "a context" "$work/context"
as_ann docker context create rootless --docker "host=unix://$socket" > "$work/context" 2>&1 || give_up "a context" "$work/context"
as_ann docker context use rootless > "$work/context" 2>&1 || give_up "a current context" "$work/context"
as_ann "$HARDRUN" doctor > "$work/out" 2> "$work/err"
check "doctor tells the context" out_has "docker context .*rootless (.*/.docker/config.json) names $socket"
as_ann "$HARDRUN" run --policy own --rm busybox:1 id -u > "$work/out" 2> "$work/err" < /dev/null
check "the current context is asked" out_has '^65534$'
as_ann "$HARDRUN" docker ps -a > "$work/out" 2> "$work/err"
check "and docker as well, without a word" test ! -s "$work/err"
as_ann docker context use far > "$work/context" 2>&1 || give_up "a current context" "$work/context"
as_ann "$HARDRUN" run --policy own --rm busybox:1 true > "$work/out" 2> "$work/err"
check "one of another machine is refused" err_has 'the docker context far .* names ssh://ann@192.0.2.1, and hardrun asks a daemon of this machine'
as_ann "$HARDRUN" docker -c rootless run --policy own --rm busybox:1 id -u > "$work/out" 2> "$work/err" < /dev/null
check "unless the line names another" out_has '^65534$'
as_ann docker context use default > "$work/context" 2>&1 || give_up "a current context" "$work/context"

chmod 0666 "$socket"
as_ann "$HARDRUN" run --policy own --rm busybox:1 true > "$work/out" 2> "$work/err"
check "a socket that others may write to is not taken for it" err_has 'docker does not answer: /var/run/docker.sock'
finish
