#!/bin/sh
# make install puts everything where the system looks for it; make uninstall takes all of it away, and nothing else.
cd "$(dirname "$0")/../.." && . tests/tap.sh
: "${BUILD:=build}"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

run_make() {
	make --no-print-directory -j1 BUILD="$BUILD" CC="${CC:-gcc}" DESTDIR="$stage" "$@"
}
has_file() {
	[ -f "$stage/usr/local/$1" ]
}
has_mode() {
	[ "$(stat -c %a "$stage/usr/local/$1")" = "$2" ]
}
leftovers() {
	find "$stage" -type f
}
installs_for_a_package() {
	PACKAGE=$(make -n BUILD="$BUILD" DESTDIR=/stage PREFIX=/usr install 2>/dev/null)
	printf '%s\n' "$PACKAGE" | grep -q '/stage/usr/share/zsh/vendor-completions/_hardrun'
}

check 'make install' run_make install
for file in bin/hardrun share/man/man1/hardrun.1 share/man/man5/hardrun-policy.5 share/hardrun/built-in/default.yaml \
	share/hardrun/built-in/nginx.yaml share/hardrun/policy.schema.json share/bash-completion/completions/hardrun \
	share/zsh/site-functions/_hardrun share/fish/vendor_completions.d/hardrun.fish; do
	check "$file" has_file "$file"
done
loads_at_boot() {
	[ "$(find "$stage/etc" -type f | wc -l)" -gt 10 ] && [ -f "$stage/etc/apparmor.d/hardrun-nginx" ] &&
		! find "$stage/etc" -type f -path '*/apparmor.d/*/*' | grep .
}
check 'AppArmor profiles stand where they are loaded at boot, not below' loads_at_boot
check 'the program has mode 755' has_mode bin/hardrun 755
check 'policies have mode 644' has_mode share/hardrun/built-in/default.yaml 644
mkdir "$stage/usr/local/share/hardrun/policies"
touch "$stage/usr/local/share/hardrun/policies/site.yaml"
check 'make uninstall' run_make uninstall
check 'a file of the administrator stays' has_file share/hardrun/policies/site.yaml
rm -f "$stage/usr/local/share/hardrun/policies/site.yaml"
check_silent 'nothing else is left' leftovers
check 'below /usr, zsh reads vendor-completions' installs_for_a_package
tap_done
