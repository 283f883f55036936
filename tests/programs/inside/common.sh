# Put before each program's script, in the container. Lines that begin with @ are for the test: @key value.
set -eu
export LC_ALL=C.UTF-8

say() {
	printf '@%s\n' "$*"
}

# What holds for a process, by its own word and the kernel's.
confined() {
	awk -v who="$1" '/^(Uid|CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):/ {
		print "@" who tolower(substr($1, 1, length($1) - 1)), $2
	}' "/proc/$2/status"
}

# Where something can be written, of the places that a program, or an intruder, would try.
writable() {
	for place in / /bin /etc /usr /usr/local /usr/lib /var /var/lib /var/log /root /home /opt /srv /proc/sys/kernel /sys; do
		if touch "$place/probe-$$" 2> /dev/null; then
			say "writable $place"
		fi
	done
	# Bounded, and nothing can be started from there.
	for place in $(awk '$3 == "tmpfs" && $4 ~ /^rw/ { print $2 }' /proc/mounts); do
		case $place in
		/dev | /dev/* | /proc/* | /sys/*) continue ;;
		esac
		say "place $place $(awk -v place="$place" '$2 == place { print $4 }' /proc/mounts)"
		cp /bin/true "$place/probe-$$" 2> /dev/null || continue
		if "$place/probe-$$" 2> /dev/null; then
			say "executable $place"
		fi
		rm -f "$place/probe-$$"
	done
}

# wait_for COMMAND...: until it succeeds; in vain when the server has ended.
wait_for() {
	for _ in $(seq 300); do
		if "$@" > /dev/null 2>&1; then
			return 0
		fi
		kill -0 "${server:-$$}" 2> /dev/null || break
		sleep 0.1
	done
	say "never $*"
	exit 1
}

# start COMMAND...: the server, in the background.
start() {
	"$@" &
	server=$!
}

# The most memory that this container has used.
peak() {
	say "peak $(cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes 2> /dev/null || cat /sys/fs/cgroup/memory.peak)"
}

# load COMMAND...: once; or, with MEASURED, each time that a line comes, and then nothing else.
load() {
	if [ -z "${MEASURED-}" ]; then
		"$@"
		return
	fi
	say "ready"
	while read -r _; do
		"$@" < /dev/null
		say "loaded"
	done
	peak
	exit 0
}

# The server is confined while it serves, and ends when it is asked to.
finish() {
	confined server_ "$server"
	peak
	kill "-${1:-TERM}" "$server"
	ended=0
	wait "$server" || ended=$?
	say "ended $ended"
	say "done"
}

# Nanoseconds of processor time that this container has used.
processor() {
	cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2> /dev/null ||
		awk '$1 == "usage_usec" { print $2 "000" }' /sys/fs/cgroup/cpu.stat 2> /dev/null || echo 0
}

# Around the load: begin, then did NUMBER, of requests, queries or what else the work consists of. How much is done in a second of
# processor time is what confinement costs, whatever else the machine does at that time.
begin() {
	before=$(processor)
}

did() {
	after=$(processor)
	say "work $1"
	say "processor $((after - before))"
}

# wrk_rate URL, ab_rate OPTION... URL: requests in a second, and that none failed.
wrk_rate() {
	begin
	wrk -t 1 -c 16 -d "${SECONDS_OF_LOAD:-1}" "$1" > /tmp/load 2>&1 || { cat /tmp/load; exit 1; }
	did "$(awk '$2 == "requests" && $3 == "in" { print $1 }' /tmp/load)"
	if grep -E 'Non-2xx|Socket errors' /tmp/load; then
		exit 1
	fi
	say "rate $(awk '$1 == "Requests/sec:" { print $2 }' /tmp/load)"
}

ab_rate() {
	begin
	ab -q -t "${SECONDS_OF_LOAD:-1}" -n 1000000 -c 8 "$@" > /tmp/load 2>&1 || { cat /tmp/load; exit 1; }
	did "$(awk '/^Complete requests:/ { print $3 }' /tmp/load)"
	if grep Non-2xx /tmp/load; then
		exit 1
	fi
	say "failed $(awk '/^Failed requests:/ { print $3 }' /tmp/load)"
	say "rate $(awk '/^Requests per second:/ { print $4 }' /tmp/load)"
}

confined '' self
writable
