#!/bin/sh
# docker's other verbs: lent under a ceiling to somebody who has no right to the daemon, and for whoever has it.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

start_dockerd
make_tree "$work/tree"
tar -C "$work/tree" -c . | engine import -c 'ENV PATH=/bin' - docker.io/library/tool:1 > "$work/make.log" 2>&1 ||
	give_up "the daemon takes an image" "$work/make.log"
tar -C "$work/tree" -c . | engine import -c 'ENV PATH=/bin' -c 'LABEL io.hardrun.caller=2001 io.hardrun.policy=default' - \
	docker.io/library/forged:1 > "$work/make.log" 2>&1 || give_up "the daemon takes an image" "$work/make.log"

# People and a ceiling of this place's own.
cp /etc/passwd "$work/passwd"
printf 'anna:x:2001:2001::%s/anna:/bin/sh\nbert:x:2002:2002::%s/bert:/bin/sh\n' "$work" "$work" >> "$work/passwd"
mkdir "$work/anna" "$work/bert" "$work/etc" "$work/etc/policies"
chown 2001:2001 "$work/anna"
chown 2002:2002 "$work/bert"
mkdir -p /etc/hardrun
mount --bind "$work/passwd" /etc/passwd
mount --bind "$work/etc" /etc/hardrun

# write_ceiling VERBS
write_ceiling() {
	cat > "$work/etc/ceiling.yaml" << CEILING
version: 1
engine: {backend: docker, host: "unix://$work/docker.sock"${CLIENT:+, client: $CLIENT}}
record: {to: file, path: "$work/record/verbs.jsonl"}
allow:
  user: [caller, "65534:65534", "3000:3000"]
  networks: [none]
  environment: [A, B, PASSED]
  command_line: {max_bytes: 400000}
  volumes: [{volume: "team-*", access: rw}, {source: "$work/anna/**", access: rw, owner: caller}]
  verbs: [$1]
CEILING
}
cat > "$work/etc/policies/default.yaml" << POLICY
version: 1
description: live tests of docker's verbs
images: ["*"]
engine: {backend: docker, host: "unix://$work/docker.sock"${CLIENT:+, client: $CLIENT}}
defaults: {user: caller, network_mode: none, mem_limit: 64m, cpus: 0.5, pids_limit: 32}
allow:
  user: [caller, "3000:3000"]
  networks: [none]
  environment: [A, B, PASSED]
  command_line: {max_bytes: 400000}
  env_file: ["$work/**"]
  volumes: [{volume: "team-*", access: rw}, {source: "$work/anna/**", access: rw, owner: caller}]
POLICY

# anna WORD...: hardrun as sudo would start it for her. bert likewise.
anna() {
	person 2001 "$@"
}

bert() {
	person 2002 "$@"
}

person() {
	uid=$1
	shift
	env SUDO_UID="$uid" SUDO_GID="$uid" SUDO_USER=x HOME="$work/anna" DOCKER_CONFIG="$work/anna/evil" DOCKER_HOST=unix:///nowhere \
		PASSED=on "$HARDRUN" "$@" > "$work/out" 2> "$work/err" < /dev/null
	status=$?
	return 0
}

# refused PATTERN WORD...: anna's words are refused, each reason in one sentence, one of which has the pattern.
refused() {
	pattern=$1
	shift
	anna "$@"
	status_is 125 && err_has "$pattern" && ! grep -qv '^hardrun: ' "$work/err" && [ "$(wc -l < "$work/err")" -le 2 ] && [ ! -s "$work/out" ]
}

# A configuration that would run a program as root, were it read.
mkdir -p "$work/anna/evil/cli-plugins" "$work/anna/.docker/cli-plugins"
for plugin in "$work/anna/evil/cli-plugins/docker-evil" "$work/anna/.docker/cli-plugins/docker-evil"; do
	printf '#!/bin/sh\ntouch %s/anna/pwned\n' "$work" > "$plugin"
	chmod 0755 "$plugin"
done

ALL='attach, diff, events, exec, images, info, inspect, kill, logs, pause, port, ps, pull, rename, restart, rm, start, stats, stop, top, unpause, version, volume create, wait'
write_ceiling "$ALL"

# ---- own and others' ----
anna run -d --name hers tool:1 sh -c 'echo started; exec sleep 1000'
check "anna starts a container" status_is 0
hers=$(cat "$work/out")
check "that says whose it is" test "$(engine inspect -f '{{index .Config.Labels "io.hardrun.caller"}}' hers)" = 2001
bert run -d --name his tool:1 sleep 1000
check "bert starts another" status_is 0
his=$(cat "$work/out")
engine run -d --name roots --network none tool:1 sleep 1000 > /dev/null 2>&1
engine run -d --name forged --network none docker.io/library/forged:1 sleep 1000 > /dev/null 2>&1
check "the forged one has the label of its image" test "$(engine inspect -f '{{index .Config.Labels "io.hardrun.caller"}}' forged)" = 2001

anna docker ps --no-trunc -q
check "ps shows hers" out_has "$hers"
anna docker ps
check "and which image that is, which was started by its id" out_has '^[0-9a-f]\{12\} *docker.io/library/tool:1 .* Up .* hers$'
check "under docker's own headings" out_has '^CONTAINER ID *IMAGE *COMMAND *CREATED *STATUS *PORTS *NAMES$'
anna docker ps --format '{{.Names}}'
check "or in the words that are asked for" out_is hers
check "and nobody else's" sh -c "! grep -q -e '$his' '$work/out'"
check "nor what an image says is hers" sh -c "! grep -q -e '$(engine inspect -f '{{.Id}}' forged)' '$work/out'"
bert docker ps -q --no-trunc --filter name=hers
check "filters of names narrow" test ! -s "$work/out"
person 65534 docker ps -aq
check "who has none sees none" sh -c "[ '$status' -eq 0 ] && [ ! -s '$work/out' ]"
anna docker container ls -a --filter label=io.hardrun.caller=2002 --filter label=x
check "a filter of hers does not widen it" sh -c "! grep -q his '$work/out'"
anna docker logs hers
check "logs" out_is started
anna docker inspect -f '{{.Id}} {{.Name}}' "${hers%????????????????????????????????????????????????????}"
check "inspect by the beginning of the id" out_is "$hers /hers"
anna docker top hers
check "top" out_has sleep
anna docker diff hers
check "diff" status_is 0
anna docker stats --no-stream --format '{{.Name}}' hers
check "stats" out_is hers
anna docker stats --no-stream --format '{{.Name}}'
check "stats without a name are those of hers" out_is hers
person 65534 docker stats --no-stream
check "and of nobody's where there is none" err_has 'no container of yours is running'
anna docker --version
check "docker --version" out_has '^Docker version [0-9]'
anna docker port hers
check "port" status_is 0
anna docker version -f '{{.Server.Version}}'
check "version" status_is 0
anna docker events --since 1m --until 0s --format '{{.ID}}'
check "events of hers" out_has "$hers"
check "and of nobody else" sh -c "! grep -q -e '$his' '$work/out'"

for other in his roots forged "$his" "$(engine inspect -f '{{.Id}}' roots)" nobodys ../hers / hers/x hers%2f "HERS" "" -- "he*"; do
	for verb in logs inspect top stop kill rm start restart pause wait diff stats port attach; do
		[ "$verb$other" != stats-- ] || continue # without a name it is about all of hers, and never ends
		check "$verb of '$other' is refused" refused 'of yours\|it wants\|no such option' docker "$verb" "$other"
	done
	check "exec into '$other' is refused" refused 'of yours\|it wants' docker exec "$other" id
	check "rename of '$other' is refused" refused 'of yours\|it wants' docker rename "$other" mine
done
check "stop of hers and his together is refused" refused 'no container his of yours' docker stop hers his
check "hers still runs" test "$(engine inspect -f '{{.State.Running}}' hers)" = true
check "so does his" test "$(engine inspect -f '{{.State.Running}}' his)" = true

# ---- exec ----
anna docker exec hers id -u
check "exec as whom the container runs as" out_is 2001
anna docker exec -u 3000 hers id -u
check "exec as a user that is granted" out_is 3000
anna docker exec -e A=1 --env 'B=two words' -e PASSED hers sh -c 'echo "$A $B $PASSED"'
check "exec with variables" out_is "1 two words on"
anna docker exec -w /tmp hers pwd
check "exec in a directory" out_is /tmp
anna docker exec hers sh -c 'exit 7'
check "the status of what was executed" status_is 7
anna docker exec -- hers cat /proc/self/status
check "exec has no capability" out_has '^CapEff:[[:space:]]*0000000000000000$'
check "and no new privileges" out_has '^NoNewPrivs:[[:space:]]*1$'
check "and a filter" out_has '^Seccomp:[[:space:]]*2$'
for words in '-u 0' '-u root' '-uroot' '-u=0' '--user +0' '--user=00' '-itu0' '-u 2001:0' '-u :0' '-u 4000' '--privileged' '--privileged=t' '--privileged=1' \
	'-e LD_PRELOAD=/x' '-eLD_PRELOAD=/x' '-ieLD_PRELOAD=/x' '-e C=1' '-e HOME' '-e *' '--env-file /etc/shadow' '-w /proc/self/fd/7' '-w ../..' \
	'--detach-keys ../x' '--priv' '--use root' '-H unix:///x' '--config x' '--policy x' '-v /:/h' '--user' '-i=true' '-test.v' '--interactive=maybe'; do
	# shellcheck disable=SC2086
	check "exec $words is refused" refused . docker exec $words hers id
done
check "a second word for the container is a command" refused 'it wants' docker exec hers

# ---- what touches root's files, or what is everyone's ----
for words in 'cp hers:/etc/passwd -' 'cp - hers:/tmp' 'cp /etc/shadow hers:/tmp' 'export hers' 'save tool:1' 'login' 'push tool:1' 'logout' 'load' 'import -' \
	'commit hers x' 'tag tool:1 x' 'build .' 'update hers' 'rmi tool:1' 'image rm tool:1' 'volume ls' 'volume rm x' 'network ls' 'network create x' \
	'system prune' 'system df' 'container prune' 'context ls' 'plugin ls' 'plugin install x' 'compose up' 'buildx ls' 'swarm init' 'service ls' \
	'completion bash' '__complete ps' 'evil' 'search x' 'history tool:1' 'system dial-stdio' 'container export hers'; do
	# shellcheck disable=SC2086
	check "$words is refused" refused . docker $words
done
# What is done in its place: one sentence for each.
while IFS='|' read -r words way; do
	# shellcheck disable=SC2086
	check "$words: what is done in its place" refused "$way" docker $words
done << WAYS
build .|ask root to build the image
load|ask root to load or name the image
login|ask root to log in
push tool:1|ask root for it
volume ls|hardrun docker inspect CONTAINER
volume rm x|hardrun compose down -v
network ls|hardrun docker inspect CONTAINER
network create x|hardrun compose up
commit hers x|ask root to build the image
cp hers:/etc/passwd -|hardrun docker exec CONTAINER cat FILE > FILE
system prune|hardrun docker rm CONTAINER
rnu tool:1|did you mean run?
container lss|did you mean container ls?
evil|hardrun does not know this verb
WAYS
anna docker exec hers cat /etc/passwd
check "and that works" out_has root

# ---- a name that is taken: whose it is, and which id it has, is not told ----
anna run -d --name his tool:1 true
check "somebody else's name" err_has 'the name his is taken by a container that is not yours; choose another name'
check "without his id" sh -c "! grep -q -e '$his' -e 'Conflict' '$work/err'"
anna run -d --name hers tool:1 true
check "her own" err_has 'the name hers is taken by a container of yours; remove that one (hardrun docker rm -f hers)'
anna run --rm --name fresh tool:1 true
check "and another one" status_is 0

# ---- a container of which docker tells more than a MiB ----
quotes=$(printf '%120000s' '' | tr ' ' '"')
anna run -d --name long tool:1 sh -c 'exec sleep 1000' x "$quotes" "$quotes" "$quotes"
check "a container of many quotes" status_is 0
check "docker tells much of it" test "$(engine inspect long | wc -c)" -gt 1048576
anna docker ps --format '{{.Names}}'
check "ps shows it" out_has '^long$'
check "and says nothing else" test ! -s "$work/err"
anna docker rm -f long
check "and it can be removed" status_is 0

# ---- a network that is not there any more ----
engine network create pruned > /dev/null
sed -i 's/networks: \[none\]/networks: [none, pruned]/' "$work/etc/ceiling.yaml" "$work/etc/policies/default.yaml"
anna create --name stale --network pruned tool:1 true
check "a container on a network" status_is 0
engine network rm pruned > /dev/null
check "which is removed" refused 'the network that stale was made for is not there any more; remove it and start it anew' docker start stale
anna docker rm stale
engine network create pruned > /dev/null
anna run --name stale --network pruned tool:1 true
check "anew it starts" status_is 0
anna docker start stale
check "and again" status_is 0
anna docker rm stale

# ---- a new volume is root's ----
anna run --rm -v team-new:/data tool:1 sh -c 'echo x > /data/x'
check "a new volume is noted" err_has 'note: volume team-new: it is new, and root.s unless .* user 2001 .* -v ./DIRECTORY:/data'
check "and cannot be written to" test "$status" -ne 0
anna run --rm -v team-new:/data tool:1 true
check "an old one is not" sh -c "! grep -q 'it is new' '$work/err'"
mkdir "$work/anna/DIRECTORY"
chown 2001:2001 "$work/anna/DIRECTORY"
(cd "$work/anna" && person 2001 run --rm -v ./DIRECTORY:/data tool:1 sh -c 'echo x > /data/x')
check "a directory of hers can" test -s "$work/anna/DIRECTORY/x"

for words in '--context x ps' '--config x ps' '-H tcp://x ps' '--host=unix:///x ps' '--tls ps' 'ps --size' 'ps -f since=his' 'ps -f before=his' \
	'ps --format {{range.}}' 'logs --tail -1 hers' 'stop -t -1 hers' 'inspect --type image hers' 'inspect -s hers' 'rm -l hers' \
	'start --checkpoint x hers' 'stats -a' 'kill -s ../x hers' 'rename hers deadbeef' 'rename hers -x' 'top hers -o pid,args' \
	'pull -a tool' 'pull --platform x tool' 'volume create -o device=/ team-x' 'volume create --driver x team-x' 'volume create other' 'volume create'; do
	# shellcheck disable=SC2086
	check "$words is refused" refused . docker $words
done
anna docker volume create team-x
check "a plain volume that is granted" out_is team-x
anna docker ps --format '{{pad .Names 9 9999999999}}'
check "a function of the template language is refused" status_is 125
anna docker
check "no verb at all" status_is 0
check "is our own help" out_has 'hardrun docker'
check "nothing of hers was run as root" test ! -e "$work/anna/pwned"

# ---- life ----
anna docker stop -t 1 hers
check "stop" out_is "$hers"
anna docker start hers
check "start" out_is "$hers"
anna docker restart --timeout=1 hers
check "restart" out_is "$hers"
anna docker rename hers ours
check "rename" test "$(engine inspect -f '{{.Name}}' "$hers")" = /ours
anna docker rm -fv ours
check "rm" out_is "$hers"
check "it is gone" sh -c "! docker -H unix://$work/docker.sock inspect $hers"

# ---- a policy of hers ----
sed -e '/^engine/d' -e 's/\[A, B, PASSED\]/[A]/' "$work/etc/policies/default.yaml" > "$work/anna/own.yaml"
chown 2001:2001 "$work/anna/own.yaml"
anna run -d --name own --policy "$work/anna/own.yaml" tool:1 sleep 1000
check "under a policy of her own" status_is 0
anna docker exec -e A=1 own sh -c 'echo $A'
check "it speaks for exec" out_is 1
check "and refuses" refused 'the variable B is not listed' docker exec -e B=1 own id
anna docker --policy "$work/etc/policies/default.yaml" exec -e B=1 own sh -c 'echo $B'
check "unless another is named" out_is 1
anna docker --policy "$work/anna/own.yaml" rm -f own
check "and her policy does not choose the daemon" status_is 0
printf 'engine: {host: "unix:///nowhere"}\n' >> "$work/anna/own.yaml"
anna docker --policy "$work/anna/own.yaml" ps
check "nor where it says so" status_is 0

# ---- whatever is named is read by a half that has her rights ----
mkdir "$work/closed"
sed '/^engine/d' "$work/etc/policies/default.yaml" > "$work/closed/roots.yaml"
cp "$work/closed/roots.yaml" "$work/closed/more.yaml"
anna docker --policy "$work/closed/roots.yaml" ps
check "a policy of root's, where she may look" status_is 0
chmod 0700 "$work/closed"
check "and where she may not" refused 'ermission denied' docker --policy "$work/closed/roots.yaml" ps
check "and in words that do not tell whether it is there" refused 'ermission denied' docker --policy "$work/closed/none.yaml" ps
check "a missing one" refused 'no such\|not there\|No such' docker --policy "$work/anna/none.yaml" ps
anna doctor
found=$(sed -n 's/.* \([0-9][0-9]*\) found; .*/\1/p' "$work/out")
mkdir -p "$work/anna/.config/hardrun"
mv "$work/closed" "$work/anna/.config/hardrun/policies"
anna doctor
check "doctor reads policies without root's rights" out_has " $((found + 1)) found"
chmod -R a+rX "$work/anna/.config"
anna doctor
check "and all that she may" out_has " $((found + 2)) found"
rm -r "$work/anna/.config"

# ---- a directory of hers, which is handed to docker under another name ----
mkdir "$work/anna/data"
echo hers > "$work/anna/data/f"
chown -R 2001:2001 "$work/anna/data"
anna run -d --name bound -v "$work/anna/data:/data" tool:1 sleep 1000
anna docker exec bound cat /data/f
check "a bind" out_is hers
anna docker stop -t 1 bound
mv "$work/anna/data" "$work/anna/gone"
ln -s "$work/etc" "$work/anna/data"
anna docker start bound
check "stopped and started" status_is 0
anna docker exec bound ls /data
check "it has what was judged, whatever is in its place by now" out_is f
anna docker rm -f bound
check "and is removed" status_is 0

# ---- the record ----
recorded() {
	grep '"kind":"decision"' "$work/record/verbs.jsonl" | tail -n 1 > "$work/out"
	for pattern in "$@"; do
		grep -q -e "$pattern" "$work/out" || return 1
	done
}
anna docker logs his
check "a refusal is on record" recorded '"verdict": *"denied"' 'docker logs' 'no container his of yours'
bert docker exec -e A=hush his true
check "so is what is let through" recorded '"verdict": *"allowed"' 'docker exec' "$his"
check "without the values of variables" sh -c "! grep -q hush '$work/record/verbs.jsonl'"
mv "$work/record" "$work/record-gone"
ln -s /nonexistent "$work/record"
bert docker exec his touch /tmp/unrecorded
check "what cannot be recorded is not done" status_is 125
rm "$work/record"
mv "$work/record-gone" "$work/record"
check "and was not" sh -c "! docker -H unix://$work/docker.sock exec his ls /tmp/unrecorded"

# ---- the list ----
write_ceiling 'ps, logs'
check "what is not listed is refused, with the line that would allow it" refused 'add "- stop" to allow.verbs' docker stop his
bert docker logs his
check "what is listed works" status_is 0
write_ceiling ''
check "an empty list lends nothing" refused 'the ceiling does not list it' docker ps
rm "$work/etc/ceiling.yaml"
check "without a ceiling nothing is lent either" refused "no policy of root's lists it" docker ps
sed -i 's/^allow:/allow:\n  verbs: [ps]/' "$work/etc/policies/default.yaml"
bert docker ps --format '{{.Names}}'
check "but what root's policy lists" out_is his

# ---- whoever has the socket himself: an alias ----
mkdir "$work/own"
hardrun run -d --name mine --policy default tool:1 sleep 1000
check "root starts a container" status_is 0
hardrun docker exec mine id -u
check "exec into it" out_is 65534
hardrun docker exec -u 0 mine id
check "not as root" status_is 125
hardrun docker exec --privileged mine id
check "not privileged" status_is 125
printf 'A=file\nB=file\n' > "$work/own/variables"
hardrun docker exec --env-file "$work/own/variables" -e B=line mine sh -c 'echo "$A $B"'
check "variables of a file" out_is "file line"
hardrun docker exec roots id
check "not into a container that nobody judged" err_has 'was not made by hardrun'
hardrun docker exec forged id
check "nor into one whose image says otherwise" err_has 'was not made by hardrun'
hardrun docker start roots
check "nor is it started" status_is 125
hardrun docker cp mine:/etc/passwd "$work/own/"
check "a file copied out" grep -q root "$work/own/passwd"
hardrun docker cp roots:/etc/passwd "$work/own/named"
check "from any container, under a name of its own" grep -q root "$work/own/named"
hardrun docker cp mine:/etc/passwd -
check "or to standard output" status_is 0
for target in /etc/cron.d/x /root/.ssh/authorized_keys "$work/anna/x" /proc/self/fd/1 /dev/null "$work/own/no/where"; do
	hardrun docker cp mine:/etc/passwd "$target"
	check "not to $target" status_is 125
done
ln -s /etc "$work/own/link"
hardrun docker cp mine:/etc/passwd "$work/own/link/hardrun-was-here"
check "nor through a link" status_is 125
check "and nothing is there" test ! -e /etc/hardrun-was-here
hardrun docker cp /etc/shadow mine:/tmp/
check "nor what the floor keeps into a container" status_is 125
hardrun docker cp "$work/own/named" roots:/tmp/
check "nor into one of somebody else's making" status_is 125
mkdir -p "$work/person/.ssh"
(cd "$work/person" && HOME="$work/person" hardrun docker cp mine:/etc/passwd .)
check "into the home directory, where it is" grep -q root "$work/person/passwd"
hardrun docker cp -q mine:/etc/passwd "$work/own/quiet"
check "quietly, where docker can" sh -c "[ -s '$work/own/quiet' ] || grep -q 'unknown flag: --quiet' '$work/err'"
mkdir -m 1777 "$work/everyones"
chown 2002 "$work/everyones"
hardrun docker cp mine:/etc/passwd "$work/everyones/x"
check "into a directory that is everyone's" grep -q root "$work/everyones/x"
hardrun docker cp mine:/etc/passwd "$work/everyones"
check "or right there" grep -q root "$work/everyones/passwd"
hardrun docker cp mine:/etc "$work/anna"
check "not into a directory of somebody else" err_has 'its directory belongs to somebody else'
hardrun docker volume create team-y
check "a volume that is granted" status_is 0
hardrun docker volume create --opt type=none team-z
check "none with options" status_is 125
hardrun docker --dry-run exec -it -e A=1 mine sh
check "what would be executed" out_has '^env -i .* exec --interactive --tty --env-file /proc/self/fd/4 [0-9a-f]\{64\} sh'
for words in 'build .' 'commit mine x' 'load' 'update -m 1g mine' 'network create x' 'compose up' 'service create x' 'plugin install x'; do
	# shellcheck disable=SC2086
	hardrun docker $words
	check "$words is refused" status_is 125
done
hardrun docker --backend podman exec mine id
check "podman is not asked whose a container is" err_has 'served with docker only'
mkdir -p /usr/local/sbin
mount -t tmpfs tmpfs /usr/local/sbin
ln -s "$HARDRUN" /usr/local/sbin/docker
DOCKER_HOST="unix://$work/docker.sock" /usr/local/sbin/docker ps --format '{{.Names}}' > "$work/out" 2> "$work/err"
check "in docker's place by a link, it finds docker" out_has '^his$'
/usr/local/sbin/docker exec mine id -u > "$work/out" 2> "$work/err"
check "and does not call itself" out_is 65534
umount /usr/local/sbin
hardrun docker ps --format '{{.Names}}'
check "other verbs are docker's, and go where run goes" out_has '^his$'
check "without a note" test ! -s "$work/err"
DOCKER_HOST=unix:///nowhere hardrun docker ps
check "unless the environment says otherwise" err_has '/nowhere'
for words in 'build --help' 'tag --help' 'update --help' 'image build --help'; do
	# shellcheck disable=SC2086
	hardrun docker $words
	check "$words" out_has '^Usage:'
done
hardrun docker buildx inspect --bootstrap
check "a builder is not started" err_has 'starts a builder that no policy has judged'
hardrun docker rnu tool:1
check "a verb that is nearly one" err_has 'did you mean run?'
DOCKER_HOST="unix://$work/docker.sock" hardrun docker ps --format '{{.Names}}'
check "other verbs are docker's" out_has '^his$'
check "with a note on the daemon" err_has 'DOCKER_HOST: docker obeys this here, and hardrun run does not'
finish
