#!/bin/sh
# What holds for every file of the repository.
cd "$(dirname "$0")/../.." && . tests/tap.sh

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
	files=$(git ls-files --cached --others --exclude-standard | grep -v ' ' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
else
	files=$(find . -type f -not -path './build*' -not -name '* *')
fi
# Data may hold any byte: corpora and golden files are shown as they are.
texts=$(printf '%s\n' "$files" | grep -vE '^tests/(fuzz/corpus|golden)/|^LICENSE$|\.(tsv|gz|png)$')
scripts=$(for file in $texts; do head -n 1 "$file" | grep -qE '^#!/bin/(ba)?sh|^#!/usr/bin/env (ba)?sh' && echo "$file"; done)

trailing_blanks() {
	# shellcheck disable=SC2086 # names without blanks
	grep -nE '[ 	]+$' $texts
}
carriage_returns() {
	# shellcheck disable=SC2086
	grep -lI "$(printf '\r')" $texts
}
missing_newlines() {
	for file in $texts; do
		[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo "$file: the last line has no newline"
	done
}
# Paths of the machine that something was written on.
machine_paths() {
	# shellcheck disable=SC2086
	grep -nE '/wor[k]/(main|shared|\.library|\.mirror)|/tmp/h[r]/|/tmp/b[-]' $files
}
scripts_run() {
	for file in $scripts; do
		[ "$file" = tests/tap.sh ] || [ -x "$file" ] || echo "$file: has a #! line and is not executable"
	done
}
setuid_files() {
	for file in $files; do
		[ ! -u "$file" ] && [ ! -g "$file" ] || echo "$file: setuid or setgid"
	done
}
top_level_is_tidy() {
	printf '%s\n' "$files" | sed 's|^\./||; s|/.*||' | sort -u | grep -vxE \
		'src|include|policies|tests|man|Makefile|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|\.[a-z]+'
}

check_silent 'no blanks at the end of a line' trailing_blanks
check_silent 'no carriage returns' carriage_returns
check_silent 'every file ends with a newline' missing_newlines
check_silent 'no path of one machine' machine_paths
check_silent 'scripts are executable' scripts_run
check_silent 'no setuid file' setuid_files
check_silent 'the top level is what the house says' top_level_is_tidy
if command -v shellcheck >/dev/null 2>&1; then
	for script in $scripts; do
		check "shellcheck $script" shellcheck -S warning -x -P SCRIPTDIR -e SC1091 "$script"
	done
else
	skip 'shellcheck' 'shellcheck is not installed'
fi
tap_done
