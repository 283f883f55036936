#!/bin/sh
# A repository that is bound for writing: its hooks stay as they are, on every backend that runs here.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

start_dockerd
make_tree "$work/tree"
tar -C "$work/tree" -c . | engine import -c 'ENV PATH=/bin' - docker.io/library/tool:1 > "$work/make.log" 2>&1 ||
	give_up "the daemon takes an image" "$work/make.log"
mkdir -p "$work/repo/.git/hooks" "$work/repo/src"
echo '#!/bin/sh' > "$work/repo/.git/hooks/pre-commit"
: > "$work/repo/.git/config"
chown -R 65534:65534 "$work/repo"

write_policy() {
	cat > "$work/policy.yaml" << POLICY
version: 1
description: live tests of git hooks
images: ["*"]
engine: {backend: $1, host: "unix://$work/docker.sock"}
defaults: {user: "65534:65534", network_mode: none}
allow:
  rootfs: ["$work/**"]
  volumes:
    - {source: "$work/rep?", access: rw}
    $2
POLICY
}

# in_repository COMMAND: in a container with the repository at /repo.
in_repository() {
	case $backend in
	docker) set -- tool:1 sh -c "$1" ;;
	*) set -- --rootfs "$work/tree" sh -c "$1" ;;
	esac
	hardrun run --policy "$work/policy.yaml" --rm -v "$work/repo:/repo" "$@"
}

test_backend() {
	backend=$1
	write_policy "$backend" ""
	in_repository 'touch /repo/.git/hooks/post-checkout'
	check "$backend: no hook is planted" err_has 'Read-only'
	in_repository 'echo x >> /repo/.git/hooks/pre-commit'
	check "$backend: no hook is changed" err_has 'Read-only'
	in_repository 'rm -rf /repo/.git/hooks; mv /repo/.git/hooks /repo/h'
	check "$backend: and none is removed" test -s "$work/repo/.git/hooks/pre-commit"
	in_repository 'cat /repo/.git/hooks/pre-commit; echo a > /repo/src/a && echo b >> /repo/.git/config && echo done'
	check "$backend: they are read, and the rest is written" out_is '#!/bin/sh
done'
	write_policy "$backend" "- {source: \"$work/repo/.git/hooks\", access: rw}"
	in_repository 'touch /repo/.git/hooks/granted && echo granted'
	check "$backend: unless the policy names them" out_is granted
	rm -f "$work/repo/.git/hooks/granted"
}

test_backend docker
for runtime in crun runc; do
	if command -v "$runtime" > /dev/null; then
		test_backend "$runtime"
	else
		skip "$runtime" "not installed"
	fi
done
finish
