#!/bin/sh
# hardrun as the main process of a unit: cgroups, signals, exit status, notifications, sockets, credentials, restarts.
. ./lib.sh
begin
units=/run/systemd/system
tree=/srv/tree
make_tree "$tree"
cp "$vm/../../../build/said" "$tree/bin/said"
rm -rf "$tree/run" && mkdir "$tree/run"
install -D -m 0644 /dev/stdin /etc/hardrun/policies/unit.yaml << 'POLICY'
version: 1
description: the tests of units
images: ["*"]
defaults:
  user: "65534:65534"
  mem_limit: 256m
  cpus: 1
  pids_limit: 64
  network_mode: none
  tmpfs: ["/tmp:size=256m"]
allow:
  rootfs: ["/srv/tree"]
  user: ["65534:65534", "1000:1000"]
POLICY

sed 's/the tests of units/secrets/; $a secrets: [password]' /etc/hardrun/policies/unit.yaml > /etc/hardrun/policies/secret.yaml

# unit NAME SECTION-LINES...: a service of that name, its lines of [Service], which may be several words each.
unit() {
	unit=$1.service
	shift
	{
		echo '[Service]'
		echo 'TimeoutStopSec=2'
		printf '%s\n' "$@"
	} > "$units/$unit"
	systemctl daemon-reload
}

# hr OPTIONS...: the beginning of a command line, for ExecStart=.
hr() {
	echo "$HARDRUN run --policy unit --backend $runtime --rootfs $tree $*"
}

start() {
	systemctl start "$unit" > "$work/out" 2> "$work/err"
	status=$?
}

show() {
	systemctl show -P "$1" "$unit"
}

said() {
	journalctl -q -o cat -u "$unit" --no-pager
}

is() {
	echo "$1, wanted $2"
	[ "$1" = "$2" ]
}

becomes() {
	until_true 20 sh -c "[ \"\$(systemctl show -P $1 $unit)\" = '$2' ]" || { show "$1"; said; return 1; }
}

group_of() {
	cut -d: -f3 "/proc/$1/cgroup"
}

container_pid() {
	pgrep -f "^$1" | head -n 1
}

clean() {
	systemctl stop "$unit" 2> /dev/null
	systemctl reset-failed "$unit" 2> /dev/null
	! pgrep -f '^sleep 54[0-9]' && ! find /sys/fs/cgroup -name 'hardrun-*' | grep .
}

# What nobody was left to remove is removed by whoever comes next.
is_swept() {
	"$HARDRUN" run --policy unit --backend "$runtime" --rootfs "$tree" true && ! find /run/hardrun/containers -mindepth 1 | grep .
}

on_either_runtime() {
	unit plain 'Type=exec' 'Delegate=yes' 'MemoryMax=64M' 'KillMode=mixed' "ExecStart=$(hr --name plain sh -c "'trap \"exit 7\" TERM; sleep 541 & wait'")"
	start
	check "$runtime: a unit starts" is "$status" 0
	until_true 20 pgrep -f '^sleep 541' > /dev/null
	main=$(show MainPID)
	inside=$(container_pid 'sleep 541')
	check "$runtime: its main process is hardrun" is "$(cat "/proc/$main/comm")" hardrun
	check "$runtime: which has moved aside" is "$(group_of "$main")" /system.slice/plain.service/hardrun-callers
	check "$runtime: the container is in the unit's cgroup" is "$(group_of "$inside")" /system.slice/plain.service/hardrun-plain
	check "$runtime: with no more than the unit may have" is "$(cat /sys/fs/cgroup/system.slice/plain.service/hardrun-plain/memory.max)" 67108864
	check "$runtime: under the unit's" is "$(cat /sys/fs/cgroup/system.slice/plain.service/memory.max)" 67108864
	check "$runtime: the unit counts its processes" test "$(show TasksCurrent)" -ge 3
	systemctl stop "$unit"
	check "$runtime: systemctl stop delivers SIGTERM, and the status comes back" is "$(show ExecMainStatus)" 7
	check "$runtime: and nothing is left" clean

	unit oom 'Type=exec' 'Delegate=yes' 'MemoryMax=48M' 'MemorySwapMax=0' "ExecStart=$(hr --name oom sh -c "'x=y; while :; do x=\$\$x\$\$x; done'")"
	start
	becomes ActiveState failed > /dev/null
	check "$runtime: MemoryMax= of the unit ends it" is "$(show ExecMainStatus)" 137
	check "$runtime: and nothing is left of that" clean

	unit shown 'Type=oneshot' 'Delegate=yes' 'MemoryMax=64M' 'CPUQuota=20%' 'TasksMax=40' \
		"ExecStart=$HARDRUN show --policy unit --backend $runtime --rootfs $tree true" "ExecStart=$(hr cat /sys/fs/cgroup/memory.max)"
	start
	check "$runtime: show says what the unit takes of the memory" sh -c "journalctl -q -o cat -u shown.service | grep -qE '^mem_limit +64m +host, MemoryMax= of shown.service'"
	check "$runtime: of the processors" sh -c "journalctl -q -o cat -u shown.service | grep -qE '^cpus +0.2 +host, CPUQuota= of shown.service'"
	check "$runtime: of the processes" sh -c "journalctl -q -o cat -u shown.service | grep -qE '^pids_limit +40 +host, TasksMax= of shown.service'"
	check "$runtime: and it is seen inside" sh -c "journalctl -q -o cat -u shown.service | grep -qx 67108864"
	clean > /dev/null

	unit status 'Type=oneshot' 'Delegate=yes' "ExecStart=$(hr sh -c "'exit 42'")"
	start
	check "$runtime: the exit status is the container's" is "$(show ExecMainStatus)" 42
	clean > /dev/null

	unit bare 'Type=oneshot' "ExecStart=$(hr sleep 542)"
	start
	check "$runtime: a unit without Delegate= is refused" is "$(show ExecMainStatus)" 125
	check "$runtime: with the remedy" sh -c "journalctl -q -o cat -u bare.service | grep -q 'add Delegate=yes to its .Service. section'"
	check "$runtime: and nothing has started" clean
	printf '[Service]\nDelegate=yes\n' > "$work/d" && mkdir -p "$units/bare.service.d" && cp "$work/d" "$units/bare.service.d/d.conf"
	sed -i 's/sleep 542/true/' "$units/bare.service" && systemctl daemon-reload
	start
	check "$runtime: which helps" is "$(show ExecMainStatus)" 0
	rm -r "$units/bare.service.d"

	unit killed 'Type=exec' 'Delegate=yes' "ExecStart=$(hr --name killed sleep 543)"
	start
	until_true 20 pgrep -f '^sleep 543' > /dev/null
	systemctl kill -s KILL "$unit"
	becomes ActiveState failed > /dev/null
	check "$runtime: systemctl kill -s KILL leaves no process" sh -c '! pgrep -f "^sleep 543"'
	systemctl reset-failed "$unit"
	sed -i 's/sleep 543/sleep 544/' "$units/killed.service" && systemctl daemon-reload
	start
	check "$runtime: what it left does not keep the name" until_true 20 pgrep -f '^sleep 544'
	systemctl restart "$unit"
	check "$runtime: it is restarted" until_true 20 sh -c "pgrep -f '^sleep 544' && systemctl is-active killed.service"
	check "$runtime: and nothing is left of that" clean

	unit tells 'Type=notify' 'Delegate=yes' 'TimeoutStartSec=60' \
		"ExecStart=$(hr --name tells sh -c "'said notify MAINPID=1 FDSTORE=1 \"STATUS=warm\" READY=1; sleep 545'")"
	start
	check "$runtime: Type=notify: the container says that it is ready" is "$status" 0
	check "$runtime: its status is shown" is "$(show StatusText)" warm
	check "$runtime: and cannot say which process is the unit's" is "$(cat "/proc/$(show MainPID)/comm")" hardrun
	check "$runtime: nothing is left" clean

	unit mute 'Type=notify' 'Delegate=yes' 'TimeoutStartSec=8' "ExecStart=$(hr --name mute sleep 546)"
	start
	check "$runtime: a container that says nothing is not ready" is "$(show Result)" timeout
	clean > /dev/null
	unit started 'Type=notify' 'Delegate=yes' 'TimeoutStartSec=60' "ExecStart=$(hr --name started --sdnotify started sleep 547)"
	start
	check "$runtime: --sdnotify started: it is, once it runs" is "$(show ActiveState)" active
	check "$runtime: and nothing is left of these" clean

	unit dog 'Type=notify' 'Delegate=yes' 'WatchdogSec=4' 'TimeoutStartSec=60' \
		"ExecStart=$(hr --name dog sh -c "'said notify READY=1 STATUS=\$\$WATCHDOG_USEC; for i in 1 2 3 4 5 6; do sleep 1; said notify WATCHDOG=1; done; sleep 548'")"
	start
	check "$runtime: WATCHDOG_USEC is known inside" is "$(show StatusText)" 4000000
	check "$runtime: and its sign of life keeps it" sh -c "sleep 5; systemctl is-active dog.service"
	check "$runtime: without it, the unit is ended" becomes Result watchdog
	check "$runtime: with all that it was" clean
	check "$runtime: and what nobody could remove is swept by the next start" is_swept
}

# ---- sockets, credentials: what systemd has opened or read for the unit ----
passed_in() {
	unit sock 'Type=exec' 'Delegate=yes' "ExecStart=$(hr --name sock said answer)"
	printf '[Socket]\nListenStream=127.0.0.1:7777\n' > "$units/sock.socket"
	systemctl daemon-reload
	systemctl start sock.socket
	check "$runtime: a socket of systemd's is answered inside" sh -c '[ "$(timeout 30 busybox nc 127.0.0.1 7777 < /dev/null)" = "socket 0" ]'
	systemctl stop sock.socket sock.service
	systemctl reset-failed sock.service 2> /dev/null

	echo s3cret > /run/secret
	unit cred 'Type=oneshot' 'Delegate=yes' 'LoadCredential=password:/run/secret' \
		"ExecStart=$HARDRUN run --policy secret --backend $runtime --rootfs $tree sh -c 'cat /run/secrets/password; stat -c %%a:%%u /run/secrets/password; touch /run/secrets/x; id -u'"
	start
	check "$runtime: a credential is a secret" sh -c "journalctl -q -o cat -u cred.service | grep -qx s3cret"
	check "$runtime: for the container's user alone" sh -c "journalctl -q -o cat -u cred.service | grep -qx 400:65534"
	check "$runtime: and cannot be written" sh -c "journalctl -q -o cat -u cred.service | grep -q 'Read-only'"
	unit nocred 'Type=oneshot' 'Delegate=yes' 'LoadCredential=other:/run/secret' "ExecStart=$HARDRUN run --policy secret --backend $runtime --rootfs $tree true"
	start
	check "$runtime: one that is missing is refused" is "$(show ExecMainStatus)" 125
	check "$runtime: in a sentence with the remedy" sh -c "journalctl -q -o cat -u nocred.service | grep -q 'nocred.service has no credential password; add LoadCredential=password:'"
}

# ---- what does not depend on the runtime ----
everything_else() {
	unit refused 'Type=oneshot' 'Restart=on-failure' 'RestartSec=100ms' 'RestartPreventExitStatus=125' "ExecStart=$(hr --privileged true)"
	start
	sleep 2
	check "what the policy refuses is not started again and again" is "$(show NRestarts)" 0
	check "and is an error in the journal" sh -c 'journalctl -q -p err -o cat -u refused.service | grep -q "^hardrun: refused: --privileged"'

	"$HARDRUN" unit made run --policy unit --backend crun --rootfs "$tree" sh -c 'echo "a ${NONE-x} 50% \\ ; b"; trap "exit 0" TERM; sleep 549 & wait' > "$units/made.service"
	unit=made.service
	systemctl daemon-reload
	check "a unit that hardrun has written is fine" sh -c "systemd-analyze verify made.service 2>&1 | grep -v 'hardrun(1)' | { ! grep made; }"
	start
	check "it starts" is "$status" 0
	check "with the very words" until_true 10 sh -c 'journalctl -q -o cat -u made.service | grep -qxF "a x 50% \\ ; b"'
	check "in the sandbox it has the container in its own cgroup" is "$(group_of "$(container_pid 'sleep 549')")" /system.slice/made.service/hardrun-made
	echo "# made.service: $(systemd-analyze security made.service --no-pager | tail -n 1)"
	systemctl stop made.service
	check "it is stopped" is "$(show Result)" success

	sed 's/network_mode: none/network_mode: isolated/; s/the tests of units/a network/; $a \  ports: ["127.0.0.1:18080:8080/tcp"]' \
		/etc/hardrun/policies/unit.yaml > /etc/hardrun/policies/network.yaml
	for direct in crun runc; do
		"$HARDRUN" unit netted run --policy network --backend $direct -p 127.0.0.1:18080:8080 --rootfs "$tree" \
			sh -c 'echo inside > /tmp/f; trap "exit 0" TERM; httpd -f -p 8080 -h /tmp & wait' > "$units/netted.service"
		unit=netted.service
		systemctl daemon-reload
		start
		check "$direct: a written unit publishes a port without a daemon" until_true 10 \
			sh -c 'test "$(busybox wget -q -O - http://127.0.0.1:18080/f)" = inside'
		check "$direct: nobody's process carries it" test "$(stat -c %u "/proc/$(pgrep -x slirp4netns)")" -gt 2100000000
		check "$direct: inside the unit" grep -q '/system.slice/netted.service' "/proc/$(pgrep -x slirp4netns)/cgroup"
		systemctl kill -s KILL --kill-whom=main netted.service
		check "$direct: killed, nothing is left of it" until_true 10 sh -c '! pgrep -x slirp4netns'
		systemctl stop netted.service
		systemctl reset-failed netted.service
	done

	mkdir -p /etc/hardrun/units
	echo "HARDRUN_RUN=--policy unit --backend runc --rootfs $tree sleep 540" > /etc/hardrun/units/test.env
	unit=hardrun@test.service
	start
	check "the template that is installed starts" is "$(show ActiveState)" active
	score=$(systemd-analyze security hardrun@test.service --no-pager | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
	echo "# docker.service: $(systemd-analyze security docker.service --no-pager | tail -n 1)"
	check "its own sandbox is no worse than 6.0 by systemd's count: $score" test "$(echo "$score" | tr -d .)" -le 60
	systemctl kill -s KILL "$unit"
	systemctl stop "$unit"
	check "and nothing is left of it" clean
}

# ---- docker: the container is the daemon's, the rest is the same ----
on_docker() {
	runtime=docker
	start_docker
	tar -C "$tree" -c . | docker import - docker.io/library/said:1 > /dev/null
	dr() {
		echo "$HARDRUN run --policy unit --backend docker $1 docker.io/library/said:1 $2"
	}
	unit dnotify 'Type=notify' 'TimeoutStartSec=120' "ExecStart=$(dr '--name dnotify' "sh -c 'said notify MAINPID=1 STATUS=warm READY=1; exec sleep 541'")"
	start
	check "docker: the container says that it is ready" is "$status" 0
	check "docker: with its status" is "$(show StatusText)" warm
	systemctl kill -s KILL "$unit"
	becomes ActiveState failed > /dev/null
	systemctl reset-failed "$unit"
	start
	check "docker: what a killed unit has left is removed by its next start" is "$status" 0
	check "docker: there is one of it" is "$(docker ps -q --filter name=dnotify | wc -l)" 1
	systemctl stop "$unit"
	docker rm -f dnotify > /dev/null 2>&1
	docker run -d --network none --name dother docker.io/library/said:1 sleep 541 > /dev/null
	unit dother 'Type=exec' "ExecStart=$(dr '--name dother --rm' true)"
	start
	becomes ActiveState failed > /dev/null
	check "docker: a container of somebody else's stays" is "$(docker ps -q --filter name=dother | wc -l)" 1
	docker rm -f dother > /dev/null 2>&1
	unit dstarted 'Type=notify' 'TimeoutStartSec=120' "ExecStart=$(dr '--rm --name dstarted --sdnotify started' 'sleep 542')"
	start
	check "docker: --sdnotify started" is "$(show ActiveState)" active
	systemctl stop "$unit"
	docker rm -f dstarted > /dev/null 2>&1
	# The daemon's container is in no cgroup of the unit's.
	unit dlimits 'Type=exec' 'Slice=small.slice' 'MemoryMax=64M' 'CPUQuota=20%' 'TasksMax=40' "ExecStart=$(dr '--rm --name dlimits' 'sleep 549')"
	systemctl set-property --runtime small.slice TasksMax=30
	start
	until_true 60 pgrep -f '^sleep 549' > /dev/null
	group=/sys/fs/cgroup$(group_of "$(container_pid 'sleep 549')")
	check "docker: the container is elsewhere" sh -c "case '$group' in */dlimits.service/*) false ;; esac"
	check "docker: MemoryMax= of the unit holds for it" is "$(cat "$group/memory.max")" 67108864
	check "docker: CPUQuota= does" is "$(cat "$group/cpu.max")" '20000 100000'
	check "docker: TasksMax= of its slice does" is "$(cat "$group/pids.max")" 30
	systemctl stop "$unit"
	docker rm -f dlimits > /dev/null 2>&1
	unit doom 'Type=oneshot' 'MemoryMax=48M' "ExecStart=$(dr '--rm --name doom' "sh -c 'x=y; while :; do x=\$\$x\$\$x; done'")"
	start
	check "docker: beyond it is the end" is "$(show ExecMainStatus)" 137
	unit dmore 'Type=oneshot' 'MemoryMax=48M' "ExecStart=$(dr '--rm --name dmore -m 100m' true)"
	start
	check "docker: who asks for more is refused" is "$(show ExecMainStatus)" 125
	check "docker: in a sentence" sh -c "journalctl -q -o cat -u dmore.service | grep -q 'refused: -m 100m: MemoryMax= of dmore.service is 48m .*; raise MemoryMax=, or ask for no more'"
	sed -i 's/MemoryMax=48M/MemoryMax=100M/' "$units/dmore.service" && systemctl daemon-reload
	start
	check "docker: whose remedy helps" is "$(show ExecMainStatus)" 0
	unit dcred 'Type=oneshot' 'LoadCredential=password:/run/secret' \
		"ExecStart=$HARDRUN run --policy secret --backend docker --rm docker.io/library/said:1 sh -c 'cat /run/secrets/password; exit 9'"
	start
	check "docker: the exit status is the container's" is "$(show ExecMainStatus)" 9
	check "docker: a credential is a secret" sh -c "journalctl -q -o cat -u dcred.service | grep -qx s3cret"
	check "docker: and is not left behind" sh -c '! grep -rqs s3cret /run/hardrun'
	unit dsock 'Type=exec' "ExecStart=$(dr '--rm --name dsock' 'said answer')"
	printf '[Socket]\nListenStream=127.0.0.1:7778\n' > "$units/dsock.socket"
	systemctl daemon-reload
	systemctl start dsock.socket
	start
	becomes ActiveState failed > /dev/null
	check "docker: sockets are refused" is "$(show ExecMainStatus)" 125
	check "docker: in a sentence" sh -c "journalctl -q -o cat -u dsock.service | grep -q 'systemd has opened 1 socket for dsock.service'"
	systemctl stop dsock.socket
}

for runtime in crun runc; do
	on_either_runtime
	passed_in
done
runtime=crun
everything_else
on_docker
finish
