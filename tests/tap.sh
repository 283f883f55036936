# Sourced by shell tests: TAP, the form that tests/run adds up.
# shellcheck shell=sh
tap_count=0
tap_failed=0

# check NAME COMMAND... : one test; its output is shown when it fails.
check() {
	tap_name=$1
	shift
	tap_count=$((tap_count + 1))
	if tap_output=$("$@" 2>&1); then
		echo "ok $tap_count - $tap_name"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $tap_name"
		printf '%s\n' "$tap_output" | sed 's/^/# /'
	fi
}

# check_silent NAME COMMAND... : the same, and the command must print nothing: for searches whose every hit is a fault.
check_silent() {
	tap_silent_name=$1
	shift
	check "$tap_silent_name" tap_is_silent "$@"
}

tap_is_silent() {
	tap_hits=$("$@" 2>&1) || [ -n "$tap_hits" ] || return 0
	[ -z "$tap_hits" ] || { printf '%s\n' "$tap_hits"; return 1; }
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # skip $2"
}

# The plan comes last, so that nobody has to count.
tap_done() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}
