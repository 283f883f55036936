#!/bin/sh
# Compose files as people have them, each with the verdict that it gets and sentences that must be in the answer. TAP.
cd "$(dirname "$0")/../.." && . tests/tap.sh
: "${HARDRUN:=$PWD/build/hardrun}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
# A copy of one's own: who has checked out the sources, and who runs this, may be two.
cp -R tests/compose/files tests/compose/site.yaml "$work" && chmod -R go-w "$work" && chmod 0755 "$work"
unset SUDO_UID SUDO_GID DOAS_USER PKEXEC_UID
cd "$work" || exit 1

says() {
	grep -q -e "$1" out || { echo "wanted: $1"; cat out; return 1; }
}

verdict_is() {
	case $1 in
	allowed) wanted=0 ;;
	denied) wanted=1 ;;
	malformed) wanted=2 ;;
	*) echo "no such verdict: $1"; return 1 ;;
	esac
	[ "$status" -eq "$wanted" ] || { echo "status $status, wanted $wanted"; cat out; return 1; }
}

for file in files/*.yaml; do
	name=${file#files/}
	"$HARDRUN" --policy site.yaml compose -f "$file" -p site check > out 2>&1
	status=$?
	check "$name" verdict_is "$(sed -n 's/^# verdict: //p' "$file")"
	sed -n 's/^# finding: //p' "$file" > findings
	while read -r finding; do
		check "$name says $finding" says "$finding"
	done < findings
	# What is not allowed starts nothing, and says so with the status of run. Nothing listens there.
	if [ "$status" -ne 0 ]; then
		"$HARDRUN" --policy site.yaml compose -f "$file" -p site up -d > out 2>&1
		status=$?
		check "$name: up is refused" test "$status" -eq 125
		check "$name: nothing was started" says 'nothing was started'
	fi
done
tap_done
