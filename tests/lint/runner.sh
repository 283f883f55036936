#!/bin/sh
# tests/run adds up what it is given, and lets nothing that went wrong pass for right.
cd "$(dirname "$0")/../.." && . tests/tap.sh
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# sample NAME SCRIPT: a test program that does this.
sample() {
	printf '#!/bin/sh\n%s\n' "$2" > "$directory/$1"
	chmod +x "$directory/$1"
}
# sums WANTED NAME...: the last line of a run of these programs, and a status that agrees with it.
sums() {
	wanted=$1
	shift
	for name in "$@"; do
		set -- "$@" "$directory/$name"
		shift
	done
	output=$(TEST_TIMEOUT=2 tests/run "$@")
	status=$?
	printf '%s\n' "$output"
	[ "$(printf '%s\n' "$output" | tail -n 1)" = "$wanted" ] || return 1
	case $wanted in
	*' 0 failed') [ "$status" -eq 0 ] ;;
	*) [ "$status" -ne 0 ] ;;
	esac
}

sample good 'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2'
sample bad 'echo 1..2; echo "ok 1 - a"; echo "not ok 2 - b"; exit 1'
sample quiet_bad 'echo "not ok 1 - b"'
sample short 'echo 1..3; echo "ok 1 - a"'
sample status 'echo 1..1; echo "ok 1 - a"; exit 3'
sample crash 'echo 1..2; echo "ok 1 - a"; kill -SEGV $$'
sample silent ':'
sample slow 'echo "ok 1 - a"; sleep 20'
sample skips 'echo 1..3; echo "ok 1 - a"; echo "ok 2 - b # skip no engine"; echo "not ok 3 # SKIP c"'
sample skips_all 'echo "1..0 # SKIP needs root"'
sample two_plans 'echo 1..1; echo "ok 1 - a"; echo 1..1; echo "ok 1 - b"'

check 'passes are added up' sums '4 passed, 0 failed' good good
check 'a failure is a failure' sums '3 passed, 1 failed' good bad
check 'a failure with status 0 is one too' sums '0 passed, 1 failed' quiet_bad
check 'fewer tests than planned' sums '1 passed, 1 failed' short
check 'a status without a failed test' sums '1 passed, 1 failed' status
check 'a crash' sums '1 passed, 1 failed' crash
check 'a program without a test' sums '0 passed, 1 failed' silent
check 'a program that hangs' sums '1 passed, 1 failed' slow
check 'a program that is not there' sums '2 passed, 1 failed' good missing
check 'skipped is neither' sums '1 passed, 0 failed' skips
check 'a program that skips all' sums '2 passed, 0 failed' good skips_all
check 'several plans in one output' sums '2 passed, 0 failed' two_plans
tap_done
