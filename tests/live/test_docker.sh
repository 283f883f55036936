#!/bin/sh
# hardrun with docker: a daemon of the test's own, every docker client that is installed.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

start_dockerd
make_tree "$work/tree"
tar -C "$work/tree" -c . | engine import -c 'ENV IMAGE=yes' -c 'ENV PATH=/bin' -c 'CMD ["id"]' -c 'VOLUME /vol' - \
	docker.io/library/tool:1 > "$work/make.log" 2>&1 || give_up "the daemon takes an image" "$work/make.log"
mkdir "$work/shared"
chown 65534:65534 "$work/shared"
echo shared > "$work/shared/f"

# The sandbox may lack what docker's bridges need; then everything but the bridge is tested on no network.
network=isolated
engine network create probe > "$work/make.log" 2>&1 && engine network rm probe > /dev/null 2>&1 || network=none
case $(engine info -f '{{.SwapLimit}}') in
true) memory_swap=67108864 ;;
*) memory_swap=-1 ;;
esac

export CALLERS='of "the" caller'
write_variables "$work/variables"

write_policy() {
	cat > "$work/policy.yaml" << POLICY
version: 1
description: live tests of docker
images: ["*"]
engine: {backend: docker, host: "unix://$work/docker.sock", client: $1}
defaults:
  user: "65534:65534"
  mem_limit: 64m
  cpus: 0.5
  pids_limit: 32
  network_mode: $network
  tmpfs: ["/tmp:size=1m"]
  logging: {driver: json-file, options: {max-size: 1m, max-file: "2"}}
allow:
  volumes:
    - {source: "$work/shared", access: rw}
    - {volume: "p0-*", access: rw}
  ports: ["127.0.0.1:1024-65535:*/*"]
  networks: [none]
  environment: ["*", CALLERS]
  cidfile: ["$work/**"]
  env_file: ["$work/**"]
  entrypoint: true
  restart: ["no", "on-failure:2"]
POLICY
}

run() {
	hardrun run --policy "$work/policy.yaml" "$@"
}

inspect() {
	engine inspect -f "$2" "$1" > "$work/out" 2> "$work/err"
}

test_client() {
	client=$1
	write_policy "$client"
	version=$("$client" -H "unix://$work/docker.sock" version -f '{{.Client.Version}}')
	with="client $version:"

	# ---- a volume by an innocent name ----
	engine volume create -o type=none -o o=bind -o device=/etc p0-evil > /dev/null
	engine volume create p0-plain > /dev/null
	run --rm -v p0-evil:/m tool:1 ls /m/passwd
	check "$with a volume that is a bind of /etc" status_is 125
	check "$with is refused in a sentence" err_has 'volume p0-evil: it was made with options, and may be any directory of the host'
	check "$with and not mounted" test ! -s "$work/out"
	run --rm -v p0-plain:/m tool:1 true
	check "$with a plain volume" status_is 0
	run --rm -v p0-new:/m tool:1 true
	check "$with a volume that is not there yet" status_is 0
	engine volume rm p0-evil p0-plain p0-new > /dev/null

	# ---- as the container itself sees it ----
	run --rm tool:1 sh -c 'cat /proc/self/status; id -u; id -g; touch /x; echo "touch $?"; echo "$IMAGE"'
	check "$with it runs" status_is 0
	check "$with as nobody" out_has '^65534$'
	for set in Inh Prm Eff Bnd Amb; do
		check "$with no capability in Cap$set" out_has "^Cap$set:[[:space:]]*0000000000000000\$"
	done
	check "$with no new privileges" out_has '^NoNewPrivs:[[:space:]]*1$'
	check "$with a seccomp filter" out_has '^Seccomp:[[:space:]]*2$'
	check "$with / cannot be written" out_has '^touch 1$'
	check "$with the image's environment" out_has '^yes$'
	run --rm tool:1 sh -c 'unshare -U true 2>&1; mount -t tmpfs x /tmp 2>&1; echo end'
	check "$with no user namespace, no mount" err_or_out_has 'not permitted'
	run --rm -v "$work/shared:/data" tool:1 sh -c 'cat /data/f; touch /data/new && stat -c %u /data/new'
	check "$with a bind" out_is "shared
65534"
	rm -f "$work/shared/new"
	run --rm tool:1 sh -c 'grep " /vol " /proc/mounts; grep " /tmp " /proc/mounts'
	check "$with a volume of the image is a bounded tmpfs" out_has '^tmpfs /vol .*nosuid,nodev,noexec.*size='
	check "$with so is /tmp" out_has '^tmpfs /tmp .*nosuid,nodev,noexec.*size=1024k'
	echo hello | "$HARDRUN" run --policy "$work/policy.yaml" --rm -i tool:1 cat > "$work/out" 2> "$work/err"
	check "$with input" out_is hello

	# ---- as the daemon keeps it ----
	run --name kept -p 127.0.0.1:18080:80 --restart on-failure:2 tool:1 true
	check "$with a container that is kept" status_is 0
	inspect kept '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.Config.User}}'
	check "$with read-only, no capabilities, its user" out_is 'true [ALL] [] 65534:65534'
	inspect kept '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}'
	check "$with limits" out_has "^67108864 \\($memory_swap\\|67108864\\|-1\\) 500000000 32\$"
	inspect kept '{{.HostConfig.IpcMode}} {{.HostConfig.CgroupnsMode}} {{.HostConfig.PidMode}}{{.HostConfig.UTSMode}}{{.HostConfig.Privileged}}'
	check "$with namespaces" out_is 'private private false'
	inspect kept '{{range .HostConfig.SecurityOpt}}{{println .}}{{end}}'
	check "$with no-new-privileges" out_has '^no-new-privileges'
	check "$with the profile itself" out_has '^seccomp={"defaultAction":"SCMP_ACT_E'
	inspect kept '{{json .HostConfig.LogConfig}}'
	check "$with a bounded log" out_has '"max-size":"1m\|"max-size":"1048576'
	inspect kept '{{json .HostConfig.PortBindings}}'
	check "$with a port on loopback" out_has '"HostIp":"127.0.0.1","HostPort":"18080"'
	inspect kept '{{json .Config.Labels}}'
	check "$with labels of ours" out_has 'io.hardrun'
	engine rm -f kept > /dev/null 2>&1

	# ---- exit codes ----
	for code in 0 3 125; do
		run --rm tool:1 sh -c "exit $code"
		check "$with exit code $code" status_is "$code"
	done
	run --rm tool:1 /bin/not-executable
	check "$with a file that cannot be executed" status_is 126
	run --rm tool:1 nosuch
	check "$with a command that is not there" status_is 127
	run --rm --privileged tool:1 true
	check "$with a refusal" status_is 125
	run --rm --pull never missing:1 true
	check "$with an image that is not there" status_is 125
	check "$with nothing is left of these" test -z "$(engine ps -aq)"

	# ---- signals ----
	"$HARDRUN" run --policy "$work/policy.yaml" --name loop --rm tool:1 \
		sh -c 'trap "exit 42" TERM; echo up; while :; do sleep 0.1; done' > "$work/first" 2>&1 &
	first=$!
	until_true 20 grep -q up "$work/first"
	kill -TERM "$first"
	wait "$first"
	status=$?
	check "$with a signal reaches it" status_is 42
	"$HARDRUN" run --policy "$work/policy.yaml" --name loop2 --rm tool:1 sh -c 'echo up; exec sleep 100' > "$work/first" 2>&1 &
	first=$!
	until_true 20 grep -q up "$work/first"
	engine kill -s KILL loop2 > /dev/null 2>&1
	wait "$first"
	status=$?
	check "$with killed" status_is 137

	# ---- detached, ids, terminal, create ----
	run -d --name back --cidfile "$work/cid" tool:1 sleep 100
	check "$with -d" status_is 0
	check "$with prints the id" grep -qx '[0-9a-f]\{64\}' "$work/out"
	check "$with and writes it" test "$(cat "$work/cid")" = "$(cat "$work/out")"
	engine rm -f back > /dev/null 2>&1
	rm -f "$work/cid"
	script -q -e -c "'$HARDRUN' run --policy $work/policy.yaml --rm -it tool:1 sh -c 'tty; exit 6'" /dev/null > "$work/out" 2>&1
	status=$?
	check "$with a terminal: its status" status_is 6
	check "$with a terminal of its own" out_has '/dev/pts/0'
	hardrun create --policy "$work/policy.yaml" --name made tool:1 sh -c 'exit 5'
	check "$with create" status_is 0
	inspect made '{{.State.Status}} {{.HostConfig.ReadonlyRootfs}}'
	check "$with makes it, hardened, and starts nothing" out_is 'created true'
	engine rm -f made > /dev/null 2>&1

	# ---- what the caller's environment says is not heard ----
	mkdir -p "$work/evil"
	printf '{"proxies":{"default":{"httpProxy":"http://evil"}},"HttpHeaders":{"X":"y"}}' > "$work/evil/config.json"
	DOCKER_CONFIG=$work/evil DOCKER_HOST=tcp://203.0.113.1:2375 HOME=$work/evil hardrun run --policy "$work/policy.yaml" --rm tool:1 env
	check "$with DOCKER_HOST and DOCKER_CONFIG are not obeyed" status_is 0
	check "$with no proxy gets in" sh -c "! grep -qi proxy '$work/out'"
	# ---- variables: byte for byte, and not in anybody's list of processes ----
	run --rm --env-file "$work/variables" -e "M=two
lines" -e CALLERS tool:1 sh -c 'env | grep "^V" | sort; echo "$M"; echo "$CALLERS"'
	(sort "$work/variables"; printf 'two\nlines\nof "the" caller\n') > "$work/wanted"
	check "$with variables arrive byte for byte" diff "$work/wanted" "$work/out"
	"$HARDRUN" run --policy "$work/policy.yaml" --rm --name secretive --env-file "$work/variables" -e CALLERS tool:1 \
		sleep 100 > "$work/out" 2> "$work/err" < /dev/null &
	secretive=$!
	until_true 20 sh -c "docker -H 'unix://$work/docker.sock' inspect -f '{{.State.Running}}' secretive 2> /dev/null | grep true"
	check "$with the client is the process" grep -aq -e --env-file "/proc/$secretive/cmdline"
	check "$with no secret is in its command line" sh -c "! grep -aq -e s3cret -e 'the. caller' /proc/$secretive/cmdline"
	check "$with nor in its environment" sh -c "! grep -aq s3cret /proc/$secretive/environ"
	engine rm -f secretive > /dev/null
	wait "$secretive"
	# What --dry-run prints is what would run.
	hardrun run --policy "$work/policy.yaml" --dry-run --rm --env-file "$work/variables" tool:1 sh -c 'env | grep "^V" | sort'
	sh "$work/out" > "$work/pasted" 2> "$work/err"
	check "$with a dry run brings the variables" sh -c "sort '$work/variables' | diff - '$work/pasted'"
	hardrun run --policy "$work/policy.yaml" --dry-run --rm tool:1 sh -c 'id -u; exit 7'
	cp "$work/out" "$work/pasted"
	sh "$work/pasted" > "$work/out" 2> "$work/err"
	status=$?
	check "$with the line of --dry-run can be pasted" status_is 7
	check "$with and runs the same" out_is 65534
}

err_or_out_has() {
	grep -q "$1" "$work/out" "$work/err"
}

tested=
for client in /usr/local/bin/docker /usr/bin/docker; do
	[ -x "$client" ] || continue
	case " $tested " in *" $(sha256sum < "$client" | cut -c1-64) "*) continue ;; esac
	tested="$tested $(sha256sum < "$client" | cut -c1-64)"
	test_client "$client"
done
check "a docker client is installed" test -n "$tested"

# ---- a daemon that is not there ----
write_policy "$client"
sed -i "s|unix://$work/docker.sock|unix://$work/none.sock|" "$work/policy.yaml"
run --rm tool:1 true
check "no daemon" status_is 125
sed -i '/^hardrun: note: /d' "$work/err"
check "in one sentence" err_is_one_sentence
check "that says so" err_has 'docker does not answer'
finish
