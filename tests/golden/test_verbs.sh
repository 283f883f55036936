#!/bin/sh
# The table of docker's verbs beside what the installed clients say of themselves: no verb and no second word may be missing.
cd "$(dirname "$0")/../.." && . tests/tap.sh
: "${HARDRUN:=build/hardrun}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
"$HARDRUN" --print verbs > "$work/table"

# commands_of CLIENT [MANAGEMENT]: the words that its help names. No daemon and no plugin of anybody's is asked.
commands_of() {
	client=$1
	shift
	env -i HOME="$work" DOCKER_CONFIG="$work" DOCKER_HOST="unix://$work/none" "$client" "$@" --help 2> /dev/null |
		sed -n '/ommands:$/,/^Run /p' | sed -n 's/^  \([a-z][a-z-]*\)\*\{0,1\} .*/\1/p'
}

# A word that has words of its own in the client's help needs a row for each of them.
missing() {
	client=$1
	for verb in $(commands_of "$client"); do
		cut -f 1 "$work/table" | grep -qxE "$verb( .*)?" || echo "$verb"
		for word in $(commands_of "$client" "$verb"); do
			cut -f 1 "$work/table" | grep -qxF "$verb $word" || echo "$verb $word"
		done
	done
}

tried=0
for client in /usr/local/bin/docker /usr/bin/docker; do
	[ -x "$client" ] && [ "$(readlink -f "$client")" != "$(readlink -f "$HARDRUN")" ] || continue
	tried=$((tried + 1))
	check "$client names its verbs" test "$(commands_of "$client" | wc -l)" -ge 40
	check "and the words of container" test "$(commands_of "$client" container | wc -l)" -ge 20
	check_silent "each has a row" missing "$client"
done
[ "$tried" -gt 0 ] || skip 'every verb has a row' 'no docker client is installed'
check 'every row has four fields' sh -c "! awk -F '\t' 'NF != 4' '$work/table' | grep -q ."
check 'a verb of one word is known alone' grep -q '^exec	vet	exec	-$' "$work/table"
tap_done
