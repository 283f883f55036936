#!/bin/sh
# hardrun why run, why and the hint: which layer stopped a container, by which rule, and a remedy that works; hostile programs,
# a listener that dies, and records that are none.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/live/lib.sh
. "$live/lib.sh"
enter_private_place "$@"

tree=$work/rootfs
make_tree "$tree"
"${CC:-gcc}" -static -O1 -pthread -o "$tree/bin/needing" "$live/needing.c" > "$work/cc.log" 2>&1 || give_up "the program is built" "$work/cc.log"
"${CC:-gcc}" -O1 -x c -o "$tree/bin/dynamic" - > "$work/cc.log" 2>&1 <<- 'C' || give_up "another is built" "$work/cc.log"
	int main(void) { return 0; }
C
printf 'int main(void){return 0;}' | "${CC:-gcc}" -static -O1 -s -x c -o "$tree/bin/small" - > "$work/cc.log" 2>&1 || give_up "a small one is built" "$work/cc.log"
cp "$tree/bin/needing" "$tree/bin/setuid"
chmod 4755 "$tree/bin/setuid"
printf '#!/opt/nosuch -x\n' > "$tree/bin/script"
chmod 0755 "$tree/bin/script"
mkdir -p "$tree/mnt" "$tree/opt" "$tree/var/spool"
ln -s data "$tree/link"
echo here > "$tree/data/here"
echo secret > "$tree/etc/secret"
chmod 0600 "$tree/etc/secret"
echo of > "$tree/data/of1000"
chown 1000:1000 "$tree/data/of1000"
chmod 0600 "$tree/data/of1000"
mkdir -p "$work/binds/nobody" "$work/binds/of1000" "$work/binds/root" "$work/binds/keys" "$work/binds/closed/in"
chown 65534:65534 "$work/binds/nobody"
chown 1000:1000 "$work/binds/of1000"
echo key > "$work/binds/keys/key"
chmod 0600 "$work/binds/keys/key"
echo f > "$work/binds/closed/in/f"
chown 1000:1000 "$work/binds/closed/in"
chmod 0700 "$work/binds/closed/in"

# ---- the scenarios ----
python3 "$live/why.py" "$HARDRUN" "$work" crun runc || give_up "the scenarios run"
read -r count failures < "$work/count"

# ---- the rest: what is said after an ordinary run, what is kept, and who is hostile ----
last=/run/hardrun/last/0.json

# write_policy NAME EXTRA: on ${runtime}.
write_policy() {
	cat > "$work/$1.yaml" << POLICY
version: 1
images: ["*"]
engine: {backend: $runtime}
defaults: {user: "65534:65534", mem_limit: 64m, cpus: 2, pids_limit: 32, network_mode: none, tmpfs: ["/tmp:size=1m"]}
allow: {rootfs: ["$work/**"], environment: ["*"]}
$2
POLICY
}

plainly() {
	hardrun run --policy "$work/plain.yaml" --rootfs "$tree" "$@"
}

watched() {
	number=$((${number-0} + 1))
	hardrun why run --name "$$-$number" --policy "$work/plain.yaml" --rootfs "$tree" "$@"
}

nothing_is_said() {
	[ ! -s "$work/err" ]
}

nothing_is_left() {
	! find /run/hardrun/containers -mindepth 1 2> /dev/null | grep . && ! find /sys/fs/cgroup -maxdepth 2 -name "hardrun-$$-*" | grep . &&
		! ps -eo comm,ppid,args | grep -E "^hardrun-explain +1 "
}

# told_of PATTERN: why says why not, in one sentence, and changes nothing.
told_of() {
	cp "$last" "$work/before"
	hardrun why
	status_is 2 && err_is_one_sentence && err_has "$1" && cmp "$last" "$work/before"
}

in_background() {
	number=$((${number-0} + 1))
	"$HARDRUN" why run --name "$$-$number" --policy "$work/plain.yaml" --rootfs "$tree" "$@" > "$work/out" 2> "$work/err" < /dev/null &
	front=$!
	remember "$front"
	until_true 20 grep -q ready "$work/out"
}

listener_of() {
	ps -o pid=,comm= --ppid "$1" | awk '$2 == "hardrun-explain" { print $1 }'
}

is_gone() {
	! kill -0 "$1" 2> /dev/null
}

rm -rf /run/hardrun/last
hardrun why
check "nothing has ended badly: a sentence" err_has 'no container of yours has ended badly'
check "and status 1" status_is 1

for runtime in crun runc; do
	write_policy plain ''
	rm -rf /run/hardrun/last

	# ---- the hint ----
	plainly true
	check "$runtime: a good end says nothing" nothing_is_said
	check "$runtime: and keeps nothing" test ! -e "$last"
	plainly sh -c 'touch /data/x 2> /tmp/e; exit 7'
	check "$runtime: a bad one without evidence says nothing where nobody reads" nothing_is_said
	check "$runtime: and is kept" test -f "$last"
	check "$runtime: for its owner alone" test "$(stat -c '%a %u %F' "$last") $(stat -c %a "${last%/*}")" = "600 0 regular file 700"
	hardrun why
	check "$runtime: why tells of it" out_has "^status 7 on .* under the policy $work/plain.yaml with $runtime\$"
	check "$runtime: and how to have it watched" out_has "^to have it watched: hardrun why run --policy $work/plain.yaml "
	plainly needing memory 100
	check "$runtime: memory: one line" err_is_one_sentence
	check "$runtime: with limit, rule and remedy" \
		err_has "^hardrun: memory limit: .* at the limit of 64m (defaults.mem_limit, $work/plain.yaml:4:[0-9]*); remedy: add defaults: {mem_limit: 128m}\$"
	plainly needing forks 40
	check "$runtime: processes: the rule and the remedy" \
		err_has "^hardrun: process limit: .* 32 processes and threads (defaults.pids_limit, $work/plain.yaml:4:[0-9]*); remedy: add defaults: {pids_limit: 64}\$"
	plainly nosuch
	check "$runtime: a command that is not there: one sentence" err_is_one_sentence
	hardrun why
	check "$runtime: which why repeats" out_has '^1. image: it wanted to execute nosuch'
	script -q -e -c "'$HARDRUN' run --policy $work/plain.yaml --rootfs $tree sh -c 'exit 5'" /dev/null > "$work/err" 2>&1 < /dev/null
	check "$runtime: on a terminal: how to find out" err_has 'status 5; hint: `hardrun why run'
	script -q -e -c "'$HARDRUN' run --policy $work/plain.yaml --rootfs $tree -it sh -c 'exit 5'" /dev/null > "$work/err" 2>&1 < /dev/null
	check "$runtime: not in a shell that somebody types into" sh -c '! grep -q hint: "$0"' "$work/err"

	# ---- why run ----
	watched sh -c 'echo out; echo err >&2; exit 9'
	check "$runtime: why run ends as run does" status_is 9
	check "$runtime: its output is the program's" out_is out
	check "$runtime: with nothing refused it says so" err_has 'why: status 9, and nothing that was refused explains it'
	watched true
	check "$runtime: and of a good end" err_has 'why: status 0, and nothing was refused'
	watched sh -c 'needing mount; needing connect 192.0.2.1 80; touch /data/x; exit 3'
	check "$runtime: several things: the last before the end first" err_has 'why: 1. read-only root: '
	check "$runtime: then the one before" err_has 'why: 2. network: '
	check "$runtime: then the first" err_has 'why: 3. seccomp: '
	check "$runtime: a program by name, with the call" err_has 'touch (pid [0-9]*) wanted to write /data/x with openat: '
	watched -e DB_PASSWORD=s3cret-word -e API_TOKEN=s3cret-word curl -u root:s3cret-word x
	check "$runtime: no secret is kept" sh -c '! grep -q s3cret "$0"' "$last"
	hardrun why
	check "$runtime: nor shown" sh -c '! grep -q s3cret "$0"' "$work/out"
	check "$runtime: it was watched" out_has '^it was watched; again: hardrun why run --name'
	watched -d true
	check "$runtime: not in the background" status_is 125
	check "$runtime: in one sentence with its remedy" err_has '^hardrun: .*watched to its end.*--detach'
	hardrun why run --policy "$work/plain.yaml" --rootfs "$work/missing" true
	check "$runtime: what does not start is refused as ever" status_is 125
	check "$runtime: in one sentence" err_is_one_sentence
	watched --explain needing mount
	check "$runtime: with --explain too, as it happens" err_has '^hardrun: refused: mount('
	check "$runtime: and in the end" err_has '^hardrun: why: 1. seccomp: '

	# ---- hostile programs ----
	watched needing look-for 5000
	check "$runtime: thousands of things: an end" status_is 9
	check "$runtime: that says it is not all" err_has 'as far as it was watched'
	watched sh -c 'refused() { needing mount; }; i=0; while [ $i -lt 100 ]; do refused; i=$((i + 1)); done; exit 2' 2> /dev/null
	check "$runtime: the same again and again is said once" test "$(grep -c 'why: [0-9]*\. seccomp' "$work/err")" -eq 1
	watched sh -c 'touch "$(printf "/data/\033[31m\nhardrun: why: nothing")" 2> /tmp/e; exit 4'
	check "$runtime: control characters stay out of the terminal" test "$(grep '^hardrun' "$work/err" | tr -d '\n[:print:]' | wc -c)" -eq 0
	check "$runtime: and make no line of their own" sh -c '! grep -q "^hardrun: why: nothing" "$0"' "$work/err"
	watched sh -c 'ln -s loop /tmp/loop; cat /tmp/loop; cat /proc/self/root/proc/self/cwd/etc/hosts; cat ../../../../etc/shadow; exit 6'
	check "$runtime: links in circles, and out of the tree" status_is 6
	check "$runtime: nothing of the host's is named" sh -c '! grep -q "/etc/shadow.*belongs" "$0"' "$work/err"
	watched sh -c 'i=0; while [ $i -lt 20 ]; do (needing look-for 3000 & sleep 0.01; kill -9 $!) > /dev/null 2>&1; i=$((i + 1)); done'
	check "$runtime: programs that are killed while they wait" status_is 0
	check "$runtime: nothing is left" until_true 5 nothing_is_left

	# ---- the listener dies ----
	in_background sh -c 'echo ready; read -r line < /dev/zero & i=0; while [ $i -lt 100000 ] && : < /bin/small; do i=$((i + 1)); done; exit 8'
	kill -9 "$(listener_of "$front")"
	check "$runtime: without it the container does not hang" until_true 15 is_gone "$front"
	wait "$front"
	check "$runtime: and it is said" err_has 'as far as it was watched\|there may be other reasons'
	check "$runtime: nothing is left of that" until_true 5 nothing_is_left
	in_background sh -c 'echo ready; exec sleep 30'
	listener=$(listener_of "$front")
	init=$(cat "/run/hardrun/containers/$$-$number/pid")
	kill -9 "$front"
	wait "$front" 2> /dev/null
	check "$runtime: with hardrun its listener goes" until_true 5 is_gone "$listener"
	check "$runtime: and the container" until_true 10 is_gone "$init"
	check "$runtime: nothing is left of it all" until_true 10 nothing_is_left
done

# ---- an engine hands calls to nobody ----
sed -i '/^engine/d' "$work/plain.yaml"
hardrun why run --backend podman --policy "$work/plain.yaml" docker.io/library/alpine true
check "an engine's container cannot be watched" status_is 125
check "which is said in one sentence" err_has '^hardrun: .*cannot be watched.*crun'

# ---- in the background ----
for runtime in crun runc; do
	write_policy plain ''
	rm -rf /run/hardrun/last
	plainly -d sh -c 'exit 7'
	check "$runtime: in the background: it is started" status_is 0
	check "$runtime: its bad end is kept by whoever sees it" until_true 10 test -f "$last"
	hardrun why
	check "$runtime: and told" out_has "^status 7 on .* with $runtime\$"
	check "$runtime: with its line" out_has "^to have it watched: hardrun why run --policy $work/plain.yaml .* sh -c"
	check "$runtime: which works" sh -c "$(sed -n 's/^to have it watched: hardrun/$0/p' "$work/out") 2>&1 | grep '^hardrun: why: status 7'" "$HARDRUN"
	rm "$last"
	plainly -d needing memory 100
	until_true 20 test -f "$last"
	hardrun why
	check "$runtime: in the background: the limit that was met" out_has '^1. memory limit: .* at the limit of 64m (defaults.mem_limit'
	rm "$last"
	plainly -d true
	check "$runtime: a good end is none to keep" sh -c 'sleep 1; [ ! -e "$0" ]' "$last"
done

# ---- containers that docker ran: what is known when they have ended ----
start_dockerd
tar -C "$tree" -c . | engine import -c 'ENV PATH=/bin' - docker.io/library/tool:1 > "$work/make.log" 2>&1 || give_up "the daemon takes an image" "$work/make.log"
rm -rf /run/hardrun/last
runtime=docker
write_policy ended ''
sed -i "s|^engine.*|engine: {backend: docker, host: \"unix://$work/docker.sock\"}|; s|^allow: {|allow: {mem_limit: 256m, |" "$work/ended.yaml"

# by_docker NAME WORD...: in the background, to its end.
by_docker() {
	name=$1
	shift
	hardrun run -d --name "$name" --policy "$work/ended.yaml" ${flags-} docker.io/library/tool:1 "$@"
	engine wait "$name" > /dev/null 2>&1
}

hardrun why --policy "$work/ended.yaml"
check "docker: nothing has ended yet" status_is 1
by_docker fine true
hardrun why --policy "$work/ended.yaml"
check "docker: a good end is none" status_is 1
by_docker refused sh -c 'touch /x 2> /tmp/e; exit 5'
hardrun why --policy "$work/ended.yaml"
check "docker: a bad one is told" out_has "^status 5 on .* under the policy $work/ended.yaml with docker, container refused\$"
check "docker: with what it ran with" out_has '^it ran as 65534:65534, with a read-only root but for .*/tmp.*, network none, at most 64m of memory and 32 processes'
check "docker: and what nobody can know" out_has '^which call, file or address it was refused cannot be seen afterwards'
check "docker: but from a run that is watched" out_has '^to have it watched: hardrun why run --backend crun '
hardrun why --policy "$work/ended.yaml" --format json
check "docker: as JSON" jq -es '.[0].schema == "hardrun/last/1" and .[0].status == 5 and .[0].container == "refused" and .[0].watched == false' "$work/out"
by_docker hungry needing memory 100
hardrun why --policy "$work/ended.yaml"
check "docker: the memory limit" out_has '^1. memory limit: .* at the limit of 64m (mem_limit of its policy, or --memory); remedy: .* --memory 128m'
flags='--memory 128m' by_docker fed needing memory 100
check "docker: the remedy works" test "$(engine inspect -f '{{.State.ExitCode}}' fed)" -eq 0
by_docker absent nosuch
hardrun why --policy "$work/ended.yaml"
check "docker: a command that is not there" out_has '^1. image: it wanted to execute nosuch: exec: .*not found'
by_docker shot sh -c 'sh -c "kill -SEGV \$\$"; exit 139'
hardrun why --policy "$work/ended.yaml"
check "docker: a signal" out_has '^signal SEGV ended it$'
engine run --name other --label io.hardrun.caller=7 docker.io/library/tool:1 sh -c 'exit 9' > /dev/null 2>&1
tar -C "$tree" -c . | engine import -c 'ENV PATH=/bin' -c 'LABEL io.hardrun.caller=0' - docker.io/library/claim:1 > /dev/null 2>&1
engine run --name claim docker.io/library/claim:1 sh -c 'exit 9' > /dev/null 2>&1
hardrun why --policy "$work/ended.yaml"
check "docker: neither another's, nor what its image claims" out_has 'container shot'
flags=--rm by_docker gone sh -c 'exit 4'
hardrun why --policy "$work/ended.yaml"
check "docker: of what is gone nothing is known" out_has 'container shot'

# on_terminal WORD...: removed at its end, with somebody who looks on.
on_terminal() {
	script -q -e -c "'$HARDRUN' run --rm --policy $work/ended.yaml docker.io/library/tool:1 $*" /dev/null > "$work/err" 2>&1 < /dev/null
	status=$?
}
sleep 1
on_terminal "sh -c 'exit 5'"
check "docker: on a terminal the status is the container's" status_is 5
check "docker: and somebody says how to find out" err_has 'status 5; hint: `hardrun why run --backend crun'
hardrun why --policy "$work/ended.yaml"
check "docker: it is kept, though docker has removed it" out_has '^status 5 on .* with docker$'
check "docker: with the line that watches it" out_has "^to have it watched: hardrun why run --backend crun --rm --policy $work/ended.yaml docker.io/library/tool:1 sh -c 'exit 5'"
on_terminal needing memory 100
check "docker: on a terminal: the limit, its rule and the remedy" \
	err_has "memory limit: .* at the limit of 64m (defaults.mem_limit, $work/ended.yaml:4:[0-9]*); remedy: add defaults: {mem_limit: 128m}"
on_terminal true
check "docker: a good end says nothing" nothing_is_said

# unseen WORD...: removed at its end as well, and nobody looks on, as from cron.
unseen() {
	hardrun run --rm --policy "$work/ended.yaml" docker.io/library/tool:1 "$@"
}
sleep 1
unseen sh -c 'exit 3'
check "docker: without a terminal the status is the container's" status_is 3
check "docker: where nobody looks on nothing is hinted at" nothing_is_said
hardrun why --policy "$work/ended.yaml"
check "docker: but it is kept, though docker has removed it" out_has '^status 3 on .* with docker$'
unseen needing memory 100
check "docker: without a terminal: the limit is said" err_has 'memory limit: .* at the limit of 64m'
hardrun why --policy "$work/ended.yaml"
check "docker: and kept" out_has '^1. memory limit: .* at the limit of 64m .*remedy: '
unseen nosuch
check "docker: what was never executed" status_is 127
check "docker: is said to be missing" err_has 'image: it wanted to execute nosuch: the runtime could not execute it (the image); remedy: put it into the image'
unseen sh -c 'exit 127'
check "docker: a program's own 127" status_is 127
check "docker: is nothing of the image's" nothing_is_said

sleep 1
write_policy plain ''
sed -i 's/^engine.*/engine: {backend: crun}/' "$work/plain.yaml"
plainly sh -c 'exit 6'
hardrun why --policy "$work/ended.yaml"
check "docker: what ended later is told, whoever ran it" out_has '^status 6 on .* with crun'
engine rm -f fine refused hungry fed absent shot other claim > /dev/null 2>&1
stop_process "$daemon"

# ---- records that are none ----
runtime=crun
write_policy plain ''
plainly sh -c 'exit 5'
hardrun why --format json
check "a whole record, as JSON" jq -e '.schema == "hardrun/last/1" and .status == 5 and (.causes | length) == 0' "$work/out"
cp "$last" "$work/whole"
head -c 200 "$work/whole" > "$last"
check "a record that is cut short" told_of 'cut short'
: > "$last"
check "an empty one" told_of 'cut short'
jq '.machine = "riscv64"' "$work/whole" > "$last"
check "one of another architecture" told_of 'another architecture (riscv64'
jq '.schema = "hardrun/last/9"' "$work/whole" > "$last"
check "one of another version" told_of 'another version'
jq '.causes = [{"kind": "nonsense"}]' "$work/whole" > "$last"
check "one with a cause that is none" told_of 'cause that cannot be read'
jq 'del(.words)' "$work/whole" > "$last"
check "one that lacks a part" told_of 'lacks a part'
head -c 400000 /dev/zero | tr '\0' '[' > "$last"
check "one that is too long" told_of 'too long'
head -c 200000 /dev/zero | tr '\0' '[' > "$last"
check "brackets without end" told_of 'cut short'
cp "$work/whole" "$last"
chmod 0666 "$last"
check "one that others may write" told_of 'not a plain file of hardrun'
rm "$last"
ln -s "$work/whole" "$last"
check "a link" told_of 'not a plain file of hardrun'
plainly sh -c 'exit 6'
check "which the next end replaces" test ! -L "$last"
check "and does not follow" grep -q '"status": 5' "$work/whole"
rm "$last"
mkfifo "$last"
hardrun why
check "a pipe keeps nobody waiting" status_is 2
rm "$last"
mkdir "$last"
plainly sh -c 'exit 5'
check "what cannot be kept keeps no status away" status_is 5
check "and drafts are not left" test "$(find /run/hardrun/last -name '.*' -type f | wc -l)" -eq 0

finish
