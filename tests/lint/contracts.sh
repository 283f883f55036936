#!/bin/sh
# Every prototype in a door has a contract: a comment in the same paragraph, or on its own line.
cd "$(dirname "$0")/../.." && . tests/tap.sh

prototypes_have_contracts() {
	awk 'FNR == 1 { has_comment = 0; held = "" }
		/^$/ { has_comment = 0 }
		/^\/\*/ && /\*\/$/ || /^ \*\// { has_comment = 1 }
		/^[a-z].*\(/ && !/^(typedef|struct|enum|static)/ { held = $0; line = FNR }
		/^(const )?struct [a-z_]+ \*?[a-z_]+\(/ { held = $0; line = FNR }
		held != "" && /;/ {
			if (!has_comment && $0 !~ /\/\*/ && held !~ /\/\*/) print FILENAME ":" line ": " held
			held = ""
		}' include/hardrun/*.h
}
doors_say_what_they_are() {
	for door in include/hardrun/*.h; do
		name=${door##*/}
		head -n 2 "$door" | grep -q "^ \* ${name%.h}: " || echo "$door: begin with a comment ' * ${name%.h}: ...'"
		grep -q '^#ifndef HARDRUN_' "$door" || echo "$door: no include guard"
	done
}

check_silent 'prototypes of doors have a contract' prototypes_have_contracts
check_silent 'doors say in their first line what they are' doors_say_what_they_are
tap_done
