#!/bin/sh
# Manual pages: no warning from groff, no line too wide for a terminal, nothing left to fill in, and every verb and option in its place.
cd "$(dirname "$0")/../.." && . tests/tap.sh
: "${BUILD:=build}" "${HARDRUN:=build/hardrun}"

warnings() {
	LC_ALL=C.UTF-8 groff -man -Tutf8 -Kutf8 -ww -z "$1"
}
overfull() {
	LC_ALL=C.UTF-8 groff -man -Tutf8 -Kutf8 -rLL=78n -P-cbou "$1" | LC_ALL=C tr -d '\200-\277' | awk '{ if (length($0) > 80) print }'
}
placeholders() {
	grep -nE '^@[A-Z]+@$|@(VERSION|PREFIX)@' "$BUILD"/man/*
}
lists_in_full() {
	grep -qxF -f "$BUILD/gen/$1" "$BUILD/man/$2" && [ "$(grep -cxF -f "$BUILD/gen/$1" "$BUILD/man/$2")" -ge "$(wc -l < "$BUILD/gen/$1")" ]
}

for page in "$BUILD"/man/*; do
	if command -v groff >/dev/null 2>&1; then
		check_silent "groff reads ${page##*/}" warnings "$page"
		check_silent "and no line of it is wider than 80" overfull "$page"
	else
		skip "groff reads ${page##*/}" 'groff is not installed'
	fi
done
check_silent 'nothing left to fill in' placeholders
check 'hardrun(1) has the options of the flag table' lists_in_full man-options hardrun.1
check 'hardrun-policy(5) has the keys of the key table' lists_in_full man-keys hardrun-policy.5
check 'hardrun(1) has the rows of the table of docker'\''s verbs' lists_in_full man-verbs hardrun.1
for verb in run create check show doctor policy compose docker help; do
	check "hardrun(1) knows $verb" grep -qwF "$verb" "$BUILD/man/hardrun.1"
done
tap_done
