#!/bin/sh
# Completions: each shell reads its file, and bash and fish are asked for real.
cd "$(dirname "$0")/../.." && . tests/tap.sh
gen=${BUILD:=build}/gen

for pair in bash:hardrun.bash zsh:_hardrun fish:hardrun.fish; do
	shell=${pair%%:*}
	if command -v "$shell" >/dev/null 2>&1; then
		check "$shell reads ${pair#*:}" "$shell" -n "$gen/${pair#*:}"
	else
		skip "$shell reads ${pair#*:}" "$shell is not installed"
	fi
done

# bash_offers WANTED WORD... : completes the last word; WANTED must be among the answers ("-" before it: must not be).
bash_offers() {
	# shellcheck disable=SC2016 # expanded by that bash
	bash -c '
		set -u
		source "$1"; wanted=$2; shift 2
		COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
		compopt() { :; }
		_hardrun
		for reply in "${COMPREPLY[@]}"; do
			[ "$reply" != "${wanted#!}" ] || found=yes
		done
		printf "offered: %s\n" "${COMPREPLY[*]}"
		case $wanted in
		!*) [ -z "${found-}" ] ;;
		*) [ -n "${found-}" ] ;;
		esac' bash "$gen/hardrun.bash" "$@"
}

fish_offers() {
	wanted=$1
	# shellcheck disable=SC2016
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$gen/hardrun.fish" "$2" | cut -f 1 | grep -qxF -e "$wanted"
}

if command -v bash >/dev/null 2>&1; then
	check 'bash: verbs' bash_offers check hardrun ''
	check 'bash: an own option before the verb' bash_offers --backend hardrun --ba
	check 'bash: its value after a blank' bash_offers docker hardrun --backend d
	check 'bash: its value after =' bash_offers docker hardrun --backend = d
	check 'bash: its value right after =' bash_offers crun hardrun --backend =
	check 'bash: the verb after an own option' bash_offers run hardrun --backend = docker r
	check 'bash: a flag of run' bash_offers --memory hardrun run --mem
	check 'bash: a flag after a value' bash_offers --rm hardrun run -m 64m --r
	check 'bash: a flag after a group of letters' bash_offers --name hardrun run -it --na
	check 'bash: a value after a group of letters' bash_offers ALL hardrun run --rm -it --cap-drop A
	check 'bash: values of --pull' bash_offers never hardrun run --pull n
	check 'bash: nothing behind the image' bash_offers '!--memory' hardrun run alpine --mem
	check 'bash: a refused flag is not offered' bash_offers '!--use-api-socket' hardrun run --use
	check 'bash: words of policy' bash_offers schema hardrun policy s
else
	skip 'bash completes' 'bash is not installed'
fi
if command -v fish >/dev/null 2>&1; then
	check 'fish: verbs' fish_offers check 'hardrun '
	check 'fish: a flag of run' fish_offers --memory 'hardrun run --mem'
	check 'fish: a value' fish_offers podman 'hardrun run --backend p'
	check 'fish: an own option before the verb' fish_offers --backend 'hardrun --ba'
else
	skip 'fish completes' 'fish is not installed'
fi
tap_done
