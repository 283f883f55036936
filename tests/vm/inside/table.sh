#!/bin/sh
# The table of what is promised and what is so: every setting of settings.tsv on every backend, read back from inside and from outside
# of the real container. A cell says what was read, or why it is refused; one that is silently ignored fails.
. ./lib.sh
begin
tree=/srv/tree
[ -d "$tree" ] || make_tree "$tree"
mkdir -p /srv/own && chmod 0777 /srv/own
install -D -m 0644 /dev/stdin /etc/hardrun/policies/table.yaml << 'POLICY'
version: 1
description: the table of settings
images: ["*"]
defaults:
  user: "65534:65534"
  mem_limit: 64m
  cpus: 0.5
  pids_limit: 32
  network_mode: none
  tmpfs: ["/tmp:size=1m"]
  ulimits: {core: 0}
allow:
  rootfs: ["/srv/tree"]
  volumes: [{source: /srv/own, access: rw}]
  shm_size: 16m
  cpuset: ["0-1"]
  ulimits: {nofile: 1024}
  sysctls: [net.ipv4.ip_unprivileged_port_start]
POLICY
settings=$vm/settings.tsv
whole_probe=$(cat "$vm/table_probe.sh")
probe=$whole_probe
mkdir "$work/cells"
backends=${BACKENDS-docker podman runc crun rootless-runc rootless-crun}

# run_on BACKEND WORD...: hardrun run of our container there.
run_on() {
	where=$1
	shift
	case $where in
	docker|podman) "$HARDRUN" run --policy table --backend "$where" --rm "$@" docker.io/library/busybox:1 sh -c "$probe" ;;
	rootless-*) as_ann "$HARDRUN" run --policy table --backend "${where#*-}" --rootfs "$tree" "$@" sh -c "$probe" ;;
	*) "$HARDRUN" run --policy table --backend "$where" --rootfs "$tree" "$@" sh -c "$probe" ;;
	esac
}

refuse_cell() {
	printf '%s	refused: %s\n' "$2" "$(grep -v ': note: ' "$3" | head -n 1 | sed 's/^hardrun: //')" >> "$work/cells/$1"
}

# each_setting COMMAND WORD...: calls it with ${setting}, ${options}, ${place} and ${wanted} of every line.
each_setting() {
	while IFS='	' read -r setting options place wanted; do
		case $setting in ''|'#'*) continue ;; esac
		"$@"
	done < "$settings"
}

is_refused() {
	grep -q "^$setting	refused" "$work/cells/$1"
}

collect() {
	[ "$options" = - ] || is_refused "$1" || taken="$taken $options"
}

# What was said of all options at once, line by line: whose option it names is refused by it.
take_refusal() {
	[ "$options" != - ] && grep -v ': note: ' "$work/said" | grep -e "${options%% *}" > "$work/line" && refuse_cell "$1" "$setting" "$work/line"
}

ask_alone() {
	[ "$options" != - ] && ! is_refused "$1" || return 0
	# shellcheck disable=SC2086 # options are words
	run_on "$1" $2 $options > /dev/null 2> "$work/said" < /dev/null || refuse_cell "$1" "$setting" "$work/said"
}

# ask BACKEND: which of the options it would take; the others' cells are what it says. First of all at once, then each by itself.
ask() {
	taken=
	each_setting collect "$1"
	# shellcheck disable=SC2086
	run_on "$1" --dry-run $taken > /dev/null 2> "$work/said" < /dev/null && return 0
	each_setting take_refusal "$1"
	taken=
	each_setting collect "$1"
	# shellcheck disable=SC2086
	run_on "$1" --dry-run $taken > /dev/null 2> "$work/said" < /dev/null && return 0
	each_setting ask_alone "$1" --dry-run
	taken=
	each_setting collect "$1"
}

same() {
	if [ "$(readlink "/proc/$1/ns/$2")" = "$(readlink "/proc/self/ns/$2")" ]; then echo "the host's"; else echo own; fi
}

# look PROCESS: what can be read of it from outside.
look() {
	group=/sys/fs/cgroup$(cut -d: -f3 "/proc/$1/cgroup")
	sed -n 's/^\(Cap[A-Z][a-z]*\|NoNewPrivs\|Seccomp\):[[:space:]]*/@out.\1 /p' "/proc/$1/status"
	awk '/^Max open files/ { print "@out.nofile " $4 " " $5 } /^Max core file size/ { print "@out.core " $5 " " $6 }' "/proc/$1/limits"
	echo "@out.oom_score_adj $(cat "/proc/$1/oom_score_adj")"
	for space in mnt pid net ipc uts cgroup; do
		echo "@out.$space $(same "$1" $space)"
	done
	for file in memory.max memory.swap.max memory.low cpu.max cpu.weight cpuset.cpus io.weight io.bfq.weight pids.max; do
		[ ! -e "$group/$file" ] || echo "@out.$file $(tr '\n' ' ' < "$group/$file" | sed 's/ $//')"
	done | sed 's/io\.bfq\.weight/io.weight/'
}

gather() {
	# shellcheck disable=SC2086
	run_on "$1" --name "table-$1" $taken > "$work/out" 2> "$work/err" < /dev/null &
	process=$!
	until_true 90 sh -c "grep -q @done '$work/out' || ! kill -0 $process" && grep -q @done "$work/out" || return 1
	until_true 20 pgrep -f '^sleep 7777' > /dev/null || return 1
	look "$(pgrep -f '^sleep 7777' | head -n 1)" > "$work/look"
	pkill -KILL -f '^sleep 7777'
	wait "$process"
	cat "$work/out" "$work/look" > "$work/seen"
}

cell_is() {
	echo "read: $1; wanted: $2"
	printf '%s\n' "$1" | grep -qxE -e "$2"
}

is_reason() {
	echo "$1"
	[ "${#1}" -gt 30 ]
}

judge() {
	cell=$(awk -F '\t' -v n="$setting" '$1 == n { print $2 }' "$work/cells/$1")
	if [ -n "$cell" ]; then
		check "$setting, $1: $cell" is_reason "$cell"
		return
	fi
	cell=$(sed -n "s/^@$place \{0,1\}//p" "$work/seen" | head -n 1)
	if check "$setting, $1: ${cell:-none}" cell_is "$cell" "$wanted"; then
		printf '%s	%s\n' "$setting" "${cell:-none}" >> "$work/cells/$1"
	else
		printf '%s	IGNORED: %s\n' "$setting" "${cell:-none}" >> "$work/cells/$1"
	fi
}

print_row() {
	line="# | $setting"
	for where in $backends; do
		line="$line | $(awk -F '\t' -v n="$setting" '$1 == n { print $2 }' "$work/cells/$where")"
	done
	echo "$line |" | tee -a "$work/table"
}

print_table() {
	echo "# | setting | $(echo "$backends" | sed 's/ / | /g') |"
	echo "# $(echo "|setting $backends" | sed 's/[^ |][^ ]* */---|/g')"
	each_setting print_row
}

has_backend() {
	case " $backends " in *" $1 "*) return 0 ;; esac
	return 1
}
if has_backend docker; then
	start_docker
fi
if has_backend podman; then
	make_tree "$work/image"
	tar -C "$work/image" -c . | podman import - docker.io/library/busybox:1 > "$work/podman" 2>&1 ||
		give_up "an image for podman" "$work/podman"
	rm -rf "$work/image"
fi
for where in $backends; do
	: > "$work/cells/$where"
	ask "$where"
	if ! gather "$where"; then
		# What only the runtime knows: each is really started.
		probe=true
		each_setting ask_alone "$where" --rm
		probe=$whole_probe
		taken=
		each_setting collect "$where"
		check "$where: the container with all that it takes runs" gather "$where" || continue
	fi
	each_setting judge "$where"
done
print_table
check "no cell of the table is empty" sh -c '! grep -n "|  *|" "$0"' "$work/table"
finish
