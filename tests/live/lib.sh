# Sourced by the live tests: TAP, a private place, engines that live and die with the test.
# shellcheck shell=sh
set -u
export LC_ALL=C
live=$(cd "$(dirname "$0")" && pwd) || exit 1
: "${HARDRUN:=$live/../../build/hardrun}"

# ---- a private place: mounts and network of its own, so that nothing here meets the machine's engines, ports and state ----

# Starts the script anew in there. Everything it mounts goes away with its last process.
enter_private_place() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "1..0 # SKIP needs root"
		exit 0
	fi
	if [ "${HARDRUN_LIVE_INSIDE-}" != yes ]; then
		HARDRUN_LIVE_INSIDE=yes exec unshare --mount --net --propagation private -- "$0" "$@"
	fi
	busybox ip link set lo up
	mkdir -p /run/hardrun /var/lib/hardrun
	mount -t tmpfs -o mode=0700,size=512m tmpfs /var/lib/hardrun
	mount -t tmpfs -o mode=0700,size=64m tmpfs /run/hardrun
	unset DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG
	work=$(mktemp -d) || exit 1
	chmod 0755 "$work"
	processes=
	trap clean_up EXIT
	trap 'exit 130' HUP INT TERM
}

# Remembers a process that must not outlive the test.
remember() {
	processes="$1 $processes"
}

stop_process() {
	kill "$1" 2>/dev/null || return 0
	for _ in $(seq 100); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -9 "$1" 2>/dev/null
}

clean_up() {
	trap - EXIT
	for process in $processes; do
		stop_process "$process"
		wait "$process" 2>/dev/null
	done
	cd /
	awk -v w="$work/" 'index($2, w) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r place; do
		umount -l "$place" 2>/dev/null
	done
	rm -rf --one-file-system "$work" 2>/dev/null
}

# ---- TAP ----

count=0
failures=0

# check NAME COMMAND...: passes when the command succeeds. What the last run said is shown when it fails.
check() {
	count=$((count + 1))
	name=$1
	shift
	if "$@" > "$work/check" 2>&1; then
		echo "ok $count - $name"
		return 0
	fi
	failures=$((failures + 1))
	echo "not ok $count - $name"
	echo "#   $*" | tr '\n' ' '
	echo
	sed 's/^/#   /' "$work/check"
	for file in out err; do
		[ -s "$work/$file" ] && sed "s/^/#   $file: /" "$work/$file" | head -n 30
	done
	return 1
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

finish() {
	echo "1..$count"
	[ "$failures" -eq 0 ]
	exit
}

give_up() {
	count=$((count + 1))
	failures=$((failures + 1))
	echo "not ok $count - $1"
	[ -n "${2-}" ] && tail -n 30 "$2" | sed 's/^/#   /'
	finish
}

# ---- asking hardrun ----

# hardrun WORD...: its output in $work/out and $work/err, its status in $status.
hardrun() {
	"$HARDRUN" "$@" > "$work/out" 2> "$work/err" < /dev/null
	status=$?
	return 0
}

status_is() {
	echo "status $status, wanted $1"
	[ "$status" -eq "$1" ]
}

# out_has PATTERN: some line of the output matches; err_has likewise.
out_has() {
	grep -q -e "$1" "$work/out"
}

err_has() {
	grep -q -e "$1" "$work/err"
}

out_is() {
	printf '%s\n' "$1" | diff - "$work/out"
}

# One sentence for the person, and nothing that only a developer would read.
err_is_one_sentence() {
	[ "$(wc -l < "$work/err")" -eq 1 ] && grep -q '^hardrun: ' "$work/err" && ! grep -qE 'goroutine|panic|level=|\{"' "$work/err"
}

# until_true SECONDS COMMAND...
until_true() {
	limit=$(($(date +%s) + $1))
	shift
	until "$@" > /dev/null 2>&1; do
		[ "$(date +%s)" -lt "$limit" ] || return 1
		sleep 0.05
	done
}

# ---- images ----

# make_tree DIRECTORY: a root file system of busybox.
make_tree() {
	mkdir -p "$1/bin" "$1/dev" "$1/etc" "$1/proc" "$1/sys" "$1/tmp" "$1/run" "$1/root" "$1/var" "$1/usr/bin" "$1/data"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for applet in $(busybox --list); do
		[ "$applet" = busybox ] || ln -sf busybox "$1/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' > "$1/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' > "$1/etc/group"
	: > "$1/etc/hosts"
	: > "$1/etc/resolv.conf"
	: > "$1/etc/hostname"
	echo text > "$1/bin/not-executable"
	printf 'garbage' > "$1/bin/not-a-program"
	chmod 0755 "$1/bin/not-a-program" "$1"
	chmod 1777 "$1/tmp"
}

# make_layout LAYOUT: an OCI layout with one image, tag "latest".
make_layout() {
	make_tree "$work/tree"
	umoci init --layout "$1" && umoci new --image "$1:latest" &&
		umoci insert --image "$1:latest" "$work/tree" / > /dev/null &&
		umoci config --image "$1:latest" --config.env IMAGE=yes --config.env PATH=/bin --config.workingdir /data \
			--config.cmd /bin/id --config.user 1000:1000
}

# write_variables FILE: an env-file of everything that readers of such files are known to trim, expand or unquote.
write_variables() {
	printf 'V%s\n' '01=s3cret' '02= s3cret ' '03=a=b=c' '04=#s3cret' '05="s3cret"' "06='s3cret'" '07=back\slash\n\\' '08=' '09=$HOME `id` ${X}' \
		'10=s3cret #x' '11=a,b;c&d|e' '12=é漢😀' > "$1"
	printf 'V13=tab\tin\t\n' >> "$1"
}

# ---- engines ----

# start_dockerd: a daemon on $work/docker.sock. Where iptables cannot be used it does without. DOCKER_STORE=containerd: its images are in
# containerd's store, as docker 29 keeps them, and docker 25 to 28 where they are told to.
start_dockerd() {
	store=overlay2
	config=${daemon_config:-$live/daemon.json}
	if [ "${DOCKER_STORE-}" = containerd ]; then
		store=overlayfs
		jq '. + {features: {"containerd-snapshotter": true}}' "$config" > "$work/store.json"
		config=$work/store.json
	fi
	# It would take the machine's containerd, which sees none of the mounts that are made here.
	[ ! -S /run/containerd/containerd.sock ] || mount -t tmpfs tmpfs /run/containerd
	for tables in true false; do
		dockerd --data-root "$work/docker" --exec-root "$work/docker-exec" --pidfile "$work/docker.pid" \
			--host "unix://$work/docker.sock" --iptables=$tables --ip6tables=false --storage-driver=$store \
			--config-file "$config" > "$work/dockerd.log" 2>&1 &
		daemon=$!
		remember "$daemon"
		if until_true 60 dockerd_answers_or_died && dockerd_answers; then
			return 0
		fi
		stop_process "$daemon"
	done
	give_up "dockerd starts" "$work/dockerd.log"
}

dockerd_answers() {
	[ -S "$work/docker.sock" ] && docker -H "unix://$work/docker.sock" version > /dev/null 2>&1
}

dockerd_answers_or_died() {
	dockerd_answers || ! kill -0 "$daemon"
}

engine() {
	docker --config "$work/docker-config" -H "unix://$work/docker.sock" "$@"
}

# start_registry: on 127.0.0.1:5000 of this network.
start_registry() {
	mkdir -p "$work/registry"
	printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/registry}}\nhttp: {addr: 127.0.0.1:5000}\n' "$work" \
		> "$work/registry.yml"
	docker-registry serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
	remember $!
	until_true 20 registry_answers || give_up "the registry starts" "$work/registry.log"
}

registry_answers() {
	busybox wget -q -O /dev/null http://127.0.0.1:5000/v2/
}
