# Sourced by tests of an ordinary user without a daemon: who that is, with which ids and cgroups, and a tree to run.
# The user is made up: passwd, subuid and subgid are bound over in the test's own mount namespace.
# shellcheck shell=sh
. "$live/lib.sh"
enter_private_place "$@"

person=12345
subordinate=300000
tree=$work/rootfs
make_tree "$tree"
echo closed > "$tree/data/closed"
chmod 0600 "$tree/data/closed"
mkdir "$work/home" "$work/run" "$work/own" "$work/etc"
echo own > "$work/own/f"
chown -R $person:$person "$work/home" "$work/run" "$work/own"
chmod 0700 "$work/home" "$work/run"
# bind_file NAME TEXT: the file /etc/NAME has TEXT for this test.
bind_file() {
	printf '%s\n' "$2" > "$work/etc/$1"
	[ -e "/etc/$1" ] || { give_up "there is no /etc/$1 to bind over"; }
	grep -q " /etc/$1 " /proc/self/mounts || mount --bind "$work/etc/$1" "/etc/$1"
}

bind_file passwd "$(cat /etc/passwd; echo "hrtest:x:$person:$person::$work/home:/bin/sh")"
bind_file group "$(cat /etc/group; echo "hrtest:x:$person:")"
with_ranges() {
	bind_file subuid "somebody:100000:65536
hrtest:$subordinate:65536"
	bind_file subgid "hrtest:$subordinate:65536"
}
without_ranges() {
	bind_file subuid "somebody:100000:65536"
	bind_file subgid "somebody:100000:65536"
}

# ---- a cgroup that is the person's ----
delegated=hr-test-$$
remove_cgroups() {
	for place in /sys/fs/cgroup/$delegated /sys/fs/cgroup/*/$delegated; do
		[ -d "$place" ] || continue
		find "$place" -depth -type d -exec rmdir {} + 2> /dev/null
	done
}
trap 'remove_cgroups; clean_up' EXIT
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
	places=/sys/fs/cgroup/$delegated
	echo '+memory +cpu +pids' > /sys/fs/cgroup/cgroup.subtree_control
else
	places="/sys/fs/cgroup/memory/$delegated /sys/fs/cgroup/cpu/$delegated /sys/fs/cgroup/pids/$delegated"
fi
for place in $places; do
	mkdir "$place" && chown -R $person:$person "$place" || give_up "a cgroup for the person"
done

# Where processes may be: on version 2 hardrun makes a place aside, and then nobody else can be in the cgroup itself.
seats() {
	for place in $places; do
		[ -d "$place/hardrun-callers" ] && place=$place/hardrun-callers
		echo "$place"
	done
}

# as_person WORD...: runs it as the ordinary user, in the delegated cgroups unless ${outside} is set; replaces this shell.
as_person() {
	if [ -z "${outside-}" ]; then
		for place in $(seats); do
			sh -c 'echo $PPID' > "$place/cgroup.procs" || exit 99
		done
	fi
	export HOME="$work/home" XDG_RUNTIME_DIR="${runtime_dir-$work/run}"
	exec setpriv --reuid $person --regid $person ${groups---clear-groups} "$@"
}

# hardrun WORD...: as in lib.sh, and as the person.
hardrun() {
	(as_person "$HARDRUN" "$@") > "$work/out" 2> "$work/err" < /dev/null
	status=$?
	return 0
}

run_tree() {
	number=$((${number-0} + 1))
	hardrun run --policy "${policy-$work/policy.yaml}" --backend "$runtime" --rootfs "$tree" --name "$$-$number" "$@"
}

nothing_is_left() {
	until_true 10 nothing_is_there_now || { nothing_is_there_now; return 1; }
}

# But for what crun keeps of its own: 1.21 the filters that it has compiled, 1.28 an empty directory.
nothing_is_there_now() {
	! find "$work/run/hardrun/containers" "$work/run/hardrun/crun" "$work/run/hardrun/runc" -mindepth 1 ! -path '*/crun/.cache*' ! -name .empty-directory \
		2> /dev/null | grep . &&
		! find $places -mindepth 1 -type d -name 'hardrun-*' ! -name hardrun-callers | grep .
}
