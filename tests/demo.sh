#!/bin/sh
# make demo: a small image, run hardened by an OCI runtime directly, and by docker where its daemon answers. The container says
# itself what it sees.
set -u
cd "$(dirname "$0")/.." || exit 1
: "${HARDRUN:=$PWD/build/hardrun}"
case $HARDRUN in /*) ;; *) HARDRUN=$PWD/$HARDRUN ;; esac

if [ "$(id -u)" -ne 0 ]; then
	echo "hardrun runs OCI runtimes as root so far: sudo"
	exec sudo HARDRUN="$HARDRUN" "$0"
fi

# In a mount namespace of its own, so that the image does not stay in the machine's cache.
if [ "${HARDRUN_DEMO_INSIDE-}" != yes ]; then
	HARDRUN_DEMO_INSIDE=yes HARDRUN=$HARDRUN exec unshare --mount --propagation private -- "$0"
fi
mkdir -p /var/lib/hardrun
mount -t tmpfs -o mode=0700 tmpfs /var/lib/hardrun || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' HUP INT TERM

title() {
	printf '\n== %s\n' "$1"
}

# ---- an image: busybox, and nothing else ----
title "An image made of busybox alone (umoci)"
tree=$work/tree
mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/tmp" "$tree/etc"
cp "$(command -v busybox)" "$tree/bin/busybox" || exit 1
for applet in sh cat grep sed id touch mkdir mount ping; do
	ln -s busybox "$tree/bin/$applet"
done
chmod 0755 "$tree"
{
	umoci init --layout "$work/image" &&
		umoci new --image "$work/image:latest" &&
		umoci insert --image "$work/image:latest" "$tree" / &&
		umoci config --image "$work/image:latest" --config.env PATH=/bin --config.cmd /bin/sh
} > "$work/log" 2>&1 || {
	cat "$work/log"
	exit 1
}
du -sh "$work/image"

# ---- what the container reports; the same script everywhere ----
cat > "$work/report.sh" << 'REPORT'
echo "uid          $(id -u), gid $(id -g)"
sed -n 's/^\(Cap...\):\t/\1       /p; s/^NoNewPrivs:\t/NoNewPrivs   /p; s/^Seccomp:\t/Seccomp      /p' /proc/self/status
printf 'write to /   '; touch /written 2>&1 || true
printf 'mount        '; mount -t tmpfs none /tmp 2>&1 || true
first() { for file in "$@"; do cat "/sys/fs/cgroup/$file" 2> /dev/null && return; done; echo unknown; }
echo "memory       $(first memory/memory.limit_in_bytes memory.max) bytes"
echo "processes    $(first pids/pids.max pids.max) at most"
# Nothing of the above may be taken on trust: this is what the demonstration stands for.
[ "$(id -u)" -ne 0 ] && grep -q '^CapBnd:.0*$' /proc/self/status && grep -q '^NoNewPrivs:.1$' /proc/self/status &&
	grep -q '^Seccomp:.2$' /proc/self/status && ! touch /written 2> /dev/null
REPORT
cat > "$work/demo.yaml" << 'POLICY'
version: 1
description: the demonstration
images: ["*"]
defaults:
  user: "65534:65534"
  mem_limit: 32m
  cpus: 0.5
  pids_limit: 16
  network_mode: none
  tmpfs: ["/tmp:size=1m"]
POLICY

failed=0
run() {
	echo "\$ hardrun run --policy demo.yaml --backend $1 --rm $2 sh -c '...'"
	"$HARDRUN" run --policy "$work/demo.yaml" --backend "$1" --rm "$2" sh -c "$(cat "$work/report.sh")" || {
		echo "(status $?)"
		failed=1
	}
}

# ---- directly ----
for runtime in crun runc; do
	command -v "$runtime" > /dev/null || continue
	title "The image run by $runtime, with no daemon"
	run "$runtime" "oci:$work/image:latest"
done

title "What the policy does not allow is not started"
"$HARDRUN" run --policy "$work/demo.yaml" --privileged -v /:/host "oci:$work/image:latest" sh
[ $? -eq 125 ] || failed=1

# ---- the same policy through docker ----
engine() {
	docker -H unix:///var/run/docker.sock "$@"
}
if command -v docker > /dev/null && engine version > /dev/null 2>&1; then
	title "The same policy through docker"
	name=hardrun-demo:latest
	tar -C "$tree" -c . | engine import -c 'ENV PATH=/bin' - "$name" > "$work/log" 2>&1 || cat "$work/log"
	run docker "$name"
	engine rmi "$name" > /dev/null 2>&1
else
	title "No docker daemon answers here, so that part is left out"
fi
exit "$failed"
