#!/bin/sh
# Golden tests, as TAP: each directory here is a case. `command` holds hardrun's words, one a line; `wanted` what it prints and its
# status. Cases run in a copy, so that policies are owned by whoever runs this. BLESS=1 (make bless) rewrites `wanted`.
set -u
golden=$(cd "$(dirname "$0")" && pwd) || exit 1
: "${HARDRUN:=$golden/../../build/hardrun}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cp -R "$golden/." "$work" && chmod -R go-w "$work" && cd "$work" || exit 1
mkdir rootfs

# What differs between machines and versions, and is not what a case is about.
normalise() {
	sed -e "s|$work|@WORK@|g" \
		-e 's|io\.hardrun\.caller=[0-9]*|io.hardrun.caller=@UID@|' \
		-e 's|io\.hardrun\.version=[^ "]*|io.hardrun.version=@VERSION@|' \
		-e 's|/usr/local/bin/docker |/usr/bin/docker |' \
		-e 's|[^ =]*/docker-config|@CONFIG@|g' \
		-e 's|--runtime /[^ ]* ||' \
		-e 's|"[^"]*/containers/|"@RUNTIME@/containers/|' \
		-e 's|^{"defaultAction":.*|@SECCOMP@|' \
		-e 's|"seccomp": {"defaultAction":.*|"seccomp": @SECCOMP@|' \
		-e '/"swap": /d' -e 's|\("limit": [0-9]*\),$|\1|'
}

count=0
failed=0
for directory in */; do
	[ -f "$directory/command" ] || continue
	name=${directory%/}
	count=$((count + 1))
	if [ -f "$name/needs-root" ] && [ "$(id -u)" -ne 0 ]; then
		echo "ok $count - $name # SKIP needs root"
		continue
	fi
	set --
	while IFS= read -r word || [ -n "$word" ]; do
		set -- "$@" "$word"
	done < "$name/command"
	env -i PATH="$PATH" ${XDG_RUNTIME_DIR:+XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR"} "$HARDRUN" "$@" > out 2> err < /dev/null
	status=$?
	{
		normalise < out
		echo "--- stderr"
		normalise < err
		echo "--- status $status"
	} > got
	if [ -n "${BLESS-}" ]; then
		cp got "$golden/$name/wanted" && cp got "$name/wanted"
	fi
	if cmp -s got "$name/wanted"; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		diff -u "$name/wanted" got 2>&1 | sed 's/^/# /'
	fi
done
echo "1..$count"
[ "$failed" -eq 0 ]
