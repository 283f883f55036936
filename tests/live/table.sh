# Sourced: the table of what is promised and what is so. Every setting on every backend, read back from inside and from outside of the
# real container. A cell says what was read, or why it is refused; one that is silently ignored fails. Who sources it has run_on
# BACKEND WORD..., which runs ${probe} in a container there, ${backends}, ${own}, a directory to bind, and the policy that
# write_table_policy writes.
# shellcheck shell=sh
table=$(cd "$(dirname "$0")" && pwd)/${table_place-.}

# write_table_policy FILE TREE OWN: with one directory for root file systems and one to bind.
write_table_policy() {
	install -D -m 0644 /dev/stdin "$1" << POLICY
version: 1
description: the table of settings
images: ["*"]
defaults:
  user: "65534:65534"
  mem_limit: 64m
  cpus: 0.5
  pids_limit: 200
  network_mode: none
  tmpfs: ["/tmp:size=1m"]
  ulimits: {core: 0}
allow:
  rootfs: ["$2"]
  volumes: [{source: $3, access: rw}]
  shm_size: 16m
  cpuset: ["0-1"]
  ulimits: {nofile: 1024}
  sysctls: [net.ipv4.ip_unprivileged_port_start]
  security_labels: ["user:system_u", "role:system_r", "type:container_t", "level:s0"]
  networks: [none, isolated]
  ports: ["127.0.0.1:18080:8080/tcp"]
POLICY
}

# table_tree DIRECTORY: what the probe runs in, with a program that would make root of whoever runs it.
table_tree() {
	[ -d "$1" ] || make_tree "$1"
	mkdir -p "$1/usr/bin" && cp "$1/bin/busybox" "$1/usr/bin/busybox" && chmod 4755 "$1/usr/bin/busybox"
}

# table_image ENGINE...: busybox:1 of that engine, "docker ..." or "podman".
table_image() {
	table_tree "$work/image"
	tar -C "$work/image" -c . | "$@" import - docker.io/library/busybox:1 > "$work/import" 2>&1 || give_up "an image for $1" "$work/import"
}

# A number that nobody else sleeps for, so that the container's process is found by it.
sleeping=7777$$
whole_probe=$(sed "s/7777/$sleeping/" "$table/table_probe.sh")
probe=$whole_probe
mkdir "$work/cells"

has_backend() {
	case " $backends " in *" $1 "*) return 0 ;; esac
	return 1
}

refuse_cell() {
	printf '%s	refused: %s\n' "$2" "$(grep -v ': note: ' "$3" | head -n 1 | sed 's/^hardrun: //; s/^refused: //')" >> "$work/cells/$1"
}

# each_setting COMMAND WORD...: calls it with ${setting}, ${options}, ${place} and ${wanted} of every line.
each_setting() {
	while IFS='	' read -r setting options place wanted; do
		case $setting in ''|'#'*) continue ;; esac
		case $options in *OWN*) options="${options%%OWN*}$own${options#*OWN}" ;; esac
		"$@"
	done < "$settings"
}

is_refused() {
	grep -q "^$setting	refused" "$work/cells/$1"
}

collect() {
	[ "$options" = - ] || is_refused "$1" && return 0
	case "$taken " in *" $options "*) ;; *) taken="$taken $options" ;; esac
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

# find_process BACKEND: whom to look at from outside. What runs in a sandbox is no process of this machine's: its kernel is.
find_process() {
	case $1 in
	runsc) pgrep -f "^runsc-sandbox .*--root=/run/hardrun/runsc/table-runsc" ;;
	*) pgrep -f "^sleep $sleeping" ;;
	esac | head -n 1 | grep .
}

same() {
	if [ "$(readlink "/proc/$1/ns/$2")" = "$(readlink "/proc/self/ns/$2")" ]; then echo "the host's"; else echo own; fi
}

# group_of PROCESS CONTROLLER: its cgroup there; on version 2 all are one.
group_of() {
	awk -F: -v c="$2" '$2 == "" { two = $3 } { n = split($2, names, ","); for (i = 1; i <= n; i++) if (names[i] == c) one = $3 }
		END { if (one != "") print "/sys/fs/cgroup/" c one; else print "/sys/fs/cgroup" two }' "/proc/$1/cgroup"
}

say_file() {
	[ ! -e "$2" ] || echo "@out.$1 $(tr '\n' ' ' < "$2" | sed 's/ $//')"
}

# What version 1 says, in the words of version 2.
look_version_1() {
	group=$(group_of "$1" memory)
	say_file memory.max "$group/memory.limit_in_bytes"
	[ ! -e "$group/memory.memsw.limit_in_bytes" ] ||
		echo "@out.memory.swap.max $(($(cat "$group/memory.memsw.limit_in_bytes") - $(cat "$group/memory.limit_in_bytes")))"
	say_file memory.low "$group/memory.soft_limit_in_bytes"
	say_file memory.swappiness "$group/memory.swappiness"
	group=$(group_of "$1" cpu)
	echo "@out.cpu.max $(cat "$group/cpu.cfs_quota_us") $(cat "$group/cpu.cfs_period_us")"
	echo "@out.cpu.weight $((1 + ($(cat "$group/cpu.shares") - 2) * 9999 / 262142))"
	say_file cpuset.cpus "$(group_of "$1" cpuset)/cpuset.cpus"
	for file in blkio.weight blkio.bfq.weight; do
		[ ! -e "$(group_of "$1" blkio)/$file" ] || echo "@out.io.weight default $(cat "$(group_of "$1" blkio)/$file")"
	done
	say_file pids.max "$(group_of "$1" pids)/pids.max"
}

look_version_2() {
	group=$(group_of "$1" none)
	for file in memory.max memory.swap.max memory.low cpu.max cpu.weight cpuset.cpus io.weight io.bfq.weight pids.max; do
		say_file "$file" "$group/$file"
	done | sed 's/io\.bfq\.weight/io.weight/'
}

# Which of this machine's addresses answer for the port that the row on publishing asks for.
published_on() {
	awk '$2 ~ /:46A0$/ && $4 == "0A" { print $2 }' /proc/net/tcp | sed 's/^0100007F:.*/127.0.0.1/' | sort -u | tr '\n' ' ' | sed 's/ $//'
}

look_status() {
	sed -n 's/^\(Cap[A-Z][a-z]*\|NoNewPrivs\|Seccomp\):[[:space:]]*/@out.\1 /p' "/proc/$1/status"
	awk '/^Max open files/ { print "@out.nofile " $4 " " $5 } /^Max core file size/ { print "@out.core " $5 " " $6 }' "/proc/$1/limits"
	for space in mnt pid ipc uts cgroup; do
		echo "@out.$space $(same "$1" $space)"
	done
}

# In a sandbox the process is its kernel's, and so are these spaces: they are what that says, where it is another than this one.
look_inside() {
	sed -n 's/^@self\./@out./p' "$work/out"
	! grep -q "^@in.kernel .*$(uname -r)" "$work/out" || { echo "# this machine's kernel"; return; }
	for space in mnt pid ipc uts cgroup; do
		echo "@out.$space own"
	done
}

# look BACKEND PROCESS: what can be read of it from outside.
look() {
	case $1 in runsc) look_inside ;; *) look_status "$2" ;; esac
	shift
	echo "@out.oom_score_adj $(cat "/proc/$1/oom_score_adj")"
	echo "@out.net $(same "$1" net)"
	echo "@out.label $(tr -d '\000' < "/proc/$1/attr/current" 2> /dev/null)"
	echo "@out.published $(published_on)"
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then look_version_2 "$1"; else look_version_1 "$1"; fi
}

gather() {
	# Or what the one before has said would be taken for its own.
	: > "$work/out"
	# shellcheck disable=SC2086
	run_on "$1" --name "table-$1" $taken > "$work/out" 2> "$work/err" < /dev/null &
	process=$!
	until_true 90 sh -c "grep -q @done '$work/out' || ! kill -0 $process" && grep -q @done "$work/out" &&
		until_true 60 find_process "$1" > /dev/null || { stop_process "$process"; return 1; }
	sleeper=$(find_process "$1")
	look "$1" "$sleeper" > "$work/look"
	kill -KILL "$sleeper"
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


# fill_table FILE: asks for, reads and judges every setting of it.
fill_table() {
	settings=$1
	for where in $backends; do
		touch "$work/cells/$where"
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
}
