#!/bin/sh
# The AppArmor profiles of the shipped policies: apparmor_parser reads every one, each bears the hash of its rules, and a name that
# changes is seen in a diff (apparmor.names; BLESS=1 rewrites it). So do paths of nothing but signs. TAP.
set -u
golden=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$golden/../tap.sh"
: "${HARDRUN:=$golden/../../build/hardrun}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
parser=/usr/sbin/apparmor_parser
unset SUDO_UID SUDO_GID DOAS_USER PKEXEC_UID

reads() {
	"$parser" --skip-kernel-load --skip-cache --quiet "$1"
}
names() {
	sed -n 's/^profile \([^ ]*\) .*/\1/p' "$1"
}
# The rules are what stands between the first brace after the name and the last one of the profile.
bears_its_hash() {
	for name in $(names "$1"); do
		hash=$(awk -v name="$name" '$1 == "profile" { is_it = $2 == name; next } is_it && /^}$/ { is_it = 0 } is_it' "$1" |
			{ echo; cat; } | sha256sum | cut -c 1-32)
		echo "$name has $hash"
		[ "${name##*-}" = "$hash" ] || return 1
	done
}

for policy in "$golden"/../../policies/*.yaml; do
	policy=${policy##*/}
	policy=${policy%.yaml}
	"$HARDRUN" --print "apparmor:$policy" > "$work/$policy" || echo "# $policy makes none"
	names "$work/$policy" >> "$work/names"
	check "$policy: its profiles bear the hash of their rules" bears_its_hash "$work/$policy"
	if [ -x "$parser" ]; then
		check "$policy: apparmor_parser reads them" reads "$work/$policy"
	else
		skip "$policy: apparmor_parser reads them" "the package apparmor is not installed"
	fi
done
[ -z "${BLESS-}" ] || cp "$work/names" "$golden/apparmor.names"
check "no shipped profile has changed unseen" diff -u "$golden/apparmor.names" "$work/names"

mkdir -p "$work/tree/bin" "$work/tree/a b" "$work/p"
printf '%s\n' 'version: 1' 'description: x' 'images: ["*"]' 'defaults: {user: "5:5", network_mode: none}' "allow: {rootfs: ['$work/*']," \
	"  volumes: [{source: '$work/**', access: rw}], cap_add: [NET_BIND_SERVICE], tmpfs: {max_size: 1m, exec: true}}" > "$work/p.yaml"
chmod go-w "$work/p.yaml"
# prints WORD...: the profile of a line.
prints() {
	"$HARDRUN" apparmor load --print run --policy "$work/p.yaml" "$@" --rootfs "$work/tree" true > "$work/text" || return 1
	bears_its_hash "$work/text" && { [ ! -x "$parser" ] || reads "$work/text"; }
}
for target in '/data/a b' '/data/*' '/data/[a-z]?' '/data/{x,y}' '/data/@{HOME}' '/data/a"b' '/data/a\b' '/data/^' '/data/#x,' '/data/é'; do
	check "a bind at $target" prints -v "$work/p:$target"
done
check "capabilities and an exec tmpfs" prints --cap-add NET_BIND_SERVICE --tmpfs /x:size=1m,exec
check "are in it" grep -q 'capability net_bind_service' "$work/text"
tap_done
