#!/bin/sh
# Sizes: functions, files, nesting, parameters, lines.
cd "$(dirname "$0")/../.." && . tests/tap.sh

# A function begins with '{' in the first column and ends with '}' there. A test program's main is a list of its tests.
functions_are_short() {
	awk 'FNR == 1 { start = 0 }
		/^{/ { start = FILENAME ~ /^tests/ && before ~ /^int main/ ? 0 : FNR }
		{ before = $0 }
		/^}/ && start { if (FNR - start - 1 > 60) print FILENAME ":" start ": " FNR - start - 1 " lines, at most 60"; start = 0 }
		' src/*/*.[ch] tests/*/*.c
}

files_are_short() {
	for file in src/*/*.[ch] include/hardrun/*.h; do
		case ${file##*/} in
		*table*|*specs*) continue ;;
		esac
		lines=$(wc -l < "$file")
		[ "$lines" -le 500 ] || echo "$file: $lines lines, at most 500"
	done
}

# A statement that opens a block four tabs deep stands within three others.
nesting_is_shallow() {
	grep -nE '^				+(if|for|while|do|switch)\b' src/*/*.[ch]
}

lines_are_narrow() {
	awk 'length > 130 { print FILENAME ":" FNR ": " length " characters, at most 130" }' src/*/*.[ch] include/hardrun/*.h tests/*/*.c
}

# What a function is given; the arena, outputs, the error and a format with its arguments are not counted.
parameters_are_few() {
	awk 'FNR == 1 { held = "" }
		/^[a-z].*[a-z_0-9]\(/ && !/;$/ { held = $0; line = FNR; next }
		held != "" && !/^{/ { held = held $0; if (/;$/ || FNR - line > 6) held = "" }
		/^{/ && held != "" {
			list = held; sub(/^[^(]*\(/, "", list); sub(/\)[^)]*$/, "", list)
			while (gsub(/\([^()]*\)/, "", list)) ;
			count = 0; n = split(list, parameter, ",")
			for (i = 1; i <= n; i++)
				if (parameter[i] !~ /struct arena \*|\*ret_|\*err$|\.\.\.|format$|va_list|struct findings \*/) count++
			if (count > 5) print FILENAME ":" line ": " count " parameters, at most 5"
			held = ""
		}' src/*/*.c
}

nothing_recurses() {
	awk 'FNR == 1 { name = "" }
		/^[a-z].*[a-z_0-9]\(/ && !/;$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
		/^}/ { name = "" }
		/^\t/ && name != "" && $0 ~ "(^|[^a-z_0-9.>])" name "\\(" { print FILENAME ":" FNR ": " name " calls itself" }
		' src/*/*.c
}

# Constants, functions and what a signal handler must reach are all that may stand outside of functions.
nothing_mutable_outside_functions() {
	grep -nE '^(static )?[a-z][a-z_0-9 ]*[ *]+[a-z_0-9]+(\[[^]]*\])*( =.*|;)$' src/*/*.c |
		grep -vE ':(static )?const |\*const |:(typedef|extern|struct [a-z_]+;|enum [a-z_]+;)|sig_atomic_t'
}

check_silent 'functions have at most 60 lines' functions_are_short
check_silent 'files have at most 500 lines' files_are_short
check_silent 'blocks are nested at most three deep' nesting_is_shallow
check_silent 'lines have at most 130 characters' lines_are_narrow
check_silent 'functions take at most five inputs' parameters_are_few
check_silent 'no function calls itself' nothing_recurses
check_silent 'no mutable state outside of functions' nothing_mutable_outside_functions
tap_done
