#!/bin/sh
# SELinux labels on every backend, on a machine that has SELinux and a policy of the tests' own (../make-policy): refused where they
# would mean nothing, applied, read back, and everything that is not as it was asked for.
. ./lib.sh
begin
tree=$work/tree
make_tree "$tree"
mkdir "$work/shared" "$work/far"
echo near > "$work/shared/f"
echo far > "$work/far/f"
cat > "$work/p.yaml" << POLICY
version: 1
description: the tests of SELinux
images: ["*"]
defaults: {user: "65534:65534", mem_limit: 64m, pids_limit: 32, network_mode: none, tmpfs: ["/tmp:size=4m"]}
allow:
  rootfs: ["$work/**"]
  volumes: [{source: "$work/**", access: rw}]
  user: ["1000:1000"]
  security_labels: ["user:*", "role:system_r", "type:container_t", "type:soft_t", "type:none_t", "level:s0:c1", "level:s0:c1,c2", "level:s0:c2,c1"]
POLICY

user="--security-opt label=user:system_u"
role="--security-opt label=role:system_r"
type="--security-opt label=type:container_t"
level="--security-opt label=level:s0:c1,c2"
wanted=system_u:system_r:container_t:s0:c1,c2
say="tr -d '\\000' < /proc/self/attr/current; echo"

# run_on BACKEND WORD... -- COMMAND: with the policy. What a container writes to is a pipe: a file of the system's is not its own.
run_on() {
	backend=$1
	shift
	case $backend in docker|podman) root=docker.io/library/busybox:1 ;; *) root="--rootfs $tree" ;; esac
	words=
	while [ "$1" != -- ]; do
		words="$words $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	{ "$HARDRUN" run --policy "$work/p.yaml" --backend "${backend#rootless-}" --name labelled $words $root "$@" 2> "$work/err" < /dev/null; echo $? > "$work/status"; } | cat > "$work/out"
	status=$(cat "$work/status")
}
# nothing_left WORD...: no process of that command line.
nothing_left() {
	! pgrep -f -x "$*"
}

# ---- no policy, or one that forbids nothing ----
mountpoint -q /sys/fs/selinux || mount -t selinuxfs selinuxfs /sys/fs/selinux
check "SELinux is this kernel's" test -e /sys/fs/selinux/enforce
run_on crun $user $role $type $level -- true
check "no policy: refused" status_is 125
check "with a sentence" err_has 'SELinux has no policy on this machine, and the label would mean nothing'
cat ../policy > /sys/fs/selinux/load || give_up "the policy is loaded"
run_on crun $user $role $type $level -- true
check "permissive: refused" status_is 125
check "with the remedy" err_has 'SELinux is permissive on this machine .*; sudo setenforce 1'
check "one sentence" err_is_one_sentence
hardrun doctor
check "doctor says so" out_has 'SELinux.*permissive'
mkdir -p /etc/selinux/tests/contexts/files
printf 'SELINUX=enforcing\nSELINUXTYPE=tests\n' > /etc/selinux/config
printf 'process = "system_u:system_r:container_t:s0"\nfile = "system_u:object_r:container_file_t:s0"\nro_file = "system_u:object_r:container_file_t:s0"\n' > /etc/selinux/tests/contexts/lxc_contexts
: > /etc/selinux/tests/contexts/files/file_contexts
chcon -R system_u:object_r:container_file_t:s0 "$tree" || give_up "files are labelled"
chcon -R system_u:object_r:container_file_t:s0:c1 "$work/shared"
chcon -R system_u:object_r:container_file_t:s0:c7 "$work/far"
echo 1 > /sys/fs/selinux/enforce
check "SELinux enforces" test "$(cat /sys/fs/selinux/enforce)" = 1
hardrun doctor
check "doctor sees it" out_has 'SELinux.*on, enforcing'

# ---- the label, and what it does ----
for backend in crun runc; do
	run_on $backend -- sh -c "$say"
	check "$backend: a label that nobody asked for is not made" out_is system_u:system_r:sys_t:s0
	run_on $backend $user $role $type $level -- sh -c "$say; echo x > /tmp/x && cat /tmp/x; exit 7"
	check "$backend: runs" status_is 7
	check "$backend: under the whole label, and writes what is mounted for it" out_is "$wanted
x"
	run_on $backend $user $role $type $level -v "$work/shared:/data/a" -v "$work/far:/data/b" -- sh -c 'cat /data/a/f; cat /data/b/f 2> /dev/null || echo not'
	check "$backend: files of its level, and not of another's" out_is "near
not"
	run_on $backend -v "$work/far:/data/b" -- cat /data/b/f
	check "$backend: which it reads without a label" out_is far
	run_on $backend $user $role $type $level -- sh -c 'cat /proc/1/attr/current > /dev/null && sleep 0.1'
	check "$backend: ends as ever" status_is 0
	run_on $backend $user $role $type $level -- /bin/none
	check "$backend: what is not there is said as ever" status_is 127
done
chmod 0755 "$work"
for backend in crun runc; do
	# shellcheck disable=SC2086
	as_ann "$HARDRUN" run --policy "$work/p.yaml" --backend $backend --user 1000:1000 $user $role $type $level --rootfs "$tree" sh -c "$say; echo x > /tmp/x && cat /tmp/x" 2> "$work/err" | cat > "$work/out"
	check "$backend, rootless: under the label" out_is "$wanted
x"
done

# ---- what is no label here ----
run_on crun $type -- true
check "a part is no label for crun" err_has 'crun and runc take a whole label.*label=user:system_u.*label=level:'
run_on crun $user $role $type -- true
check "without a level the policy has none" err_has "policy knows no label system_u:system_r:container_t"
run_on runc $user $role --security-opt label=type:none_t $level -- true
check "a type that is not in the policy: refused" status_is 125
check "with the label" err_has "this machine's SELinux policy knows no label system_u:system_r:none_t:s0:c1,c2"
check "one sentence" err_is_one_sentence
run_on crun $user $role $type --security-opt label=level:s0:c2,c1 -- true
check "another way to write a level: refused" err_has 'SELinux writes the label .*:s0:c2,c1 as system_u:system_r:container_t:s0:c1,c2; say the level so'
run_on crun --security-opt label=user:guest_u $role $type $level -- true
check "a user who may not have the role: refused" err_has 'policy knows no label guest_u:system_r:container_t'
run_on crun $user $role --security-opt label=type:spc_t $level -- true
check "a type that no policy of hardrun's lists: refused" err_has 'allow.security_labels'
run_on crun --security-opt label=disable -- true
check "disable: refused" err_has 'takes confinement away'
run_on crun -v "$work/shared:/data/a:z" -- true
check "files of the machine are not relabelled" err_has 'relabels the files on the host for good'
run_on crun $user $role --security-opt label=type:soft_t $level -- sleep 300
check "a permissive type: ended" status_is 125
check "with a sentence" err_has 'the container was ended: its process has the label .*:soft_t:.*, whose type is permissive and forbids nothing'
check "and nothing is left of it" nothing_left sleep 300

# ---- a runtime that leaves the label out, or takes another ----
for change in 'del(.process.selinuxLabel)' '.process.selinuxLabel = "system_u:system_r:container_t:s0:c1"'; do
	printf '#!/bin/sh\nfor word; do case $last in --bundle) bundle=$word ;; esac; last=$word; done\n[ -z "$bundle" ] || { jq '"'%s'"' "$bundle/config.json" > /tmp/c && cp /tmp/c "$bundle/config.json"; }\nexec /usr/bin/crun "$@"\n' "$change" > /usr/local/sbin/crun
	chmod 0755 /usr/local/sbin/crun
	run_on crun $user $role $type $level -- sleep 301
	check "$change: refused" status_is 125
	check "with what it did" err_has "the container was ended: its process has the label system_u:system_r:.*, and not "
	run_on crun -d $user $role $type $level -- sleep 302
	check "detached likewise" status_is 125
	check "and nothing is left of either" nothing_left 'sleep 30[12]'
done
rm /usr/local/sbin/crun

# ---- engines: podman takes no comma in such an option ----
level="--security-opt label=level:s0:c1"
wanted=system_u:system_r:container_t:s0:c1
# Layers of images are labelled by whoever labels the machine's files.
label_layers() {
	chcon -R system_u:object_r:container_file_t:s0 "$1" || give_up "$1 is labelled"
}
tar -C "$tree" -c . | podman import -q - docker.io/library/busybox:1 > "$work/import" 2>&1 || give_up "an image for podman" "$work/import"
label_layers /var/lib/containers
run_on podman --rm $type $level -- sh -c "$say; echo x > /tmp/x && cat /tmp/x; exit 7"
check "podman: runs" status_is 7
check "podman: the parts that were asked for, and its own for the others" out_is "$wanted
x"
start_docker
label_layers /var/lib/docker/overlay2
run_on docker --rm $type $level -- true
check "docker without --selinux-enabled: refused" status_is 125
check "with the remedy" err_has "docker's daemon was started without --selinux-enabled and leaves labels out; write .*selinux-enabled.*daemon.json"
hardrun doctor
check "doctor says so" out_has 'started without --selinux-enabled'
echo '{"storage-driver": "overlay2", "selinux-enabled": true}' > /etc/docker/daemon.json
systemctl restart docker.service && until_true 90 docker version || give_up "docker starts with SELinux"
run_on docker --rm $type $level -- sh -c "$say; echo x > /tmp/x && cat /tmp/x; exit 7"
check "docker: runs" status_is 7
check "docker: under the label" out_is "$wanted
x"
for engine in docker podman; do
	printf '#!/bin/sh\nfor word; do shift; case $word in label=level:*) word=label=level:s0 ;; esac; set -- "$@" "$word"; done\nexec /usr/bin/%s "$@"\n' $engine > /usr/local/bin/$engine
	chmod 0755 /usr/local/bin/$engine
	run_on $engine --rm $type $level -- sleep 303
	check "$engine: a client that asks for another label: refused" status_is 125
	check "$engine: with what was seen" err_has "the container was ended: its process has the label .*:s0, and not level:s0:c1"
	check "$engine: and nothing is left of it" nothing_left sleep 303
	rm /usr/local/bin/$engine
done
# shellcheck disable=SC2154 # the library's
[ "$failures" -eq 0 ] || dmesg | grep -i 'avc: \|selinux' | tail -n 40 | sed 's/^/# /'
finish
