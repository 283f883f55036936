#!/bin/sh
# The one-way street: a room includes only base and rooms that stand before it.
cd "$(dirname "$0")/../.." && . tests/tap.sh

order='base yaml flag request compose policy host verdict plan profile apparmor watch learn backend record launch cli'

includes_go_one_way() {
	grep -n '#include' src/*/*.[ch] include/hardrun/*.h | awk -v order="$order" '
		BEGIN { n = split(order, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i; rank["finding"] = 1 }
		{
			split($0, part, ":")
			file = part[1]
			room = file
			if (file ~ /^src\//) { sub(/^src\//, "", room); sub(/\/.*/, "", room) }
			else { sub(/.*\//, "", room); sub(/\.h$/, "", room) }
			if (!(room in rank)) { print file ": no such room: " room; next }
			if (match($0, /<hardrun\/[a-z]+\.h>/)) {
				door = substr($0, RSTART + 9, RLENGTH - 12)
				if (!(door in rank)) print file ":" part[2] ": no such door: " door
				else if (rank[door] > rank[room]) print file ":" part[2] ": " room " may not know " door
			} else if ($0 ~ /"\.\.\//) {
				print file ":" part[2] ": reaches into another directory; a room is entered by its door"
			}
		}'
}

doors_are_all_there() {
	for door in $order; do
		[ "$door" = cli ] || [ -e "include/hardrun/$door.h" ] || echo "include/hardrun/$door.h is missing"
	done
	for room in src/*/; do
		room=${room#src/}
		case " $order " in
		*" ${room%/} "*) ;;
		*) echo "src/$room is no room" ;;
		esac
	done
}

# Only the policy room reads the embedded files.
embedded_policies_stay_home() {
	grep -l 'embedded.h' src/*/*.[ch] | grep -v '^src/policy/'
}

check_silent 'a room includes only base and rooms before it' includes_go_one_way
check_silent 'every room has a door and every directory is a room' doors_are_all_there
check_silent 'only the policy room knows the embedded policies' embedded_policies_stay_home
tap_done
