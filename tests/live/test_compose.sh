#!/bin/sh
# Compose files against a daemon: all services or none, each hardened, reaching each other where a policy says so, and gone afterwards.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

start_dockerd
make_tree "$work/tree"
tar -C "$work/tree" -c . | engine import -c 'ENV PATH=/bin' - docker.io/library/tool:1 > "$work/make.log" 2>&1 ||
	give_up "the daemon takes an image" "$work/make.log"
if ! engine network create probe > "$work/make.log" 2>&1; then
	skip "compose" "this machine makes no bridges: $(tail -n 1 "$work/make.log" | cut -c1-150)"
	finish
fi
engine network rm probe > /dev/null 2>&1
policy() {
	cat > "$work/$1.yaml" << POLICY
version: 1
description: live tests of Compose files
images: ["*"]
engine: {backend: docker, host: "unix://$work/docker.sock"}
defaults: {user: "65534:65534", network_mode: isolated}
allow:
  networks: [isolated, none, $2]
  network_aliases: ["*"]
  environment: ["**"]
  env_file: ["**"]
  labels: ["**"]
  mem_limit: 64m
  volumes: [{volume: "shop_*", access: rw}]
POLICY
}
policy open '"shop_*"'
policy closed none
mkdir "$work/shop"
chmod 0755 "$work/shop"
cd "$work/shop" || exit 1
compose() {
	hardrun --policy "$work/$policy.yaml" compose "$@"
}
policy=open

cat > compose.yaml << 'COMPOSE'
name: shop
x-base: &base
  image: tool:1
  mem_limit: 32m
services:
  web:
    <<: *base
    command: [sh, -c, 'while :; do wget -q -O - http://db:8000/ > /dev/null 2>&1; nc -w 1 db 8000 < /dev/null; sleep 0.2; done']
    depends_on: {db: {condition: service_healthy}}
    environment: {GREETING: "${GREETING:-hello} ${FROM_FILE}"}
    env_file: web.env
  db:
    <<: *base
    command: [sh, -c, 'while :; do echo answer | nc -l -p 8000; done']
    healthcheck: {test: [CMD, "true"], interval: 1s}
    volumes: ["data:/data"]
  job:
    <<: *base
    scale: 2
    command: echo done
volumes: {data: }
COMPOSE
echo 'FROM_FILE=world' > .env
printf 'QUOTED="a b" # no\nPLAIN=$FROM_FILE\n' > web.env
names() {
	engine ps -a --format '{{.Names}}' | sort | tr '\n' ' '
}

# ---- what is refused starts nothing ----
sed 's/    command: echo done/    privileged: ${P:-true}/' compose.yaml > bad.yaml
compose -f bad.yaml up -d
check "a refused service is refused" status_is 125
check "with its place in the file" err_has 'refused: bad.yaml:20:17 services.job.privileged: .*floor: privileged'
check "and nothing was started" test -z "$(names)"
check "nor made" test -z "$(engine network ls -q --filter name=shop)$(engine volume ls -q)"
sed 's/image: tool:1/image: missing:1\n  pull_policy: never/' compose.yaml > bad.yaml
compose -f bad.yaml up -d
check "an image that is not there is refused" status_is 125
check "and leaves nothing behind" test -z "$(names)$(engine network ls -q --filter name=shop)"

# ---- check and dry run ----
compose check
check "check says yes" status_is 0
compose --dry-run up
check "a dry run shows the lines" out_has 'network create .*shop_default'
check "and the containers'" out_has 'run .*--name shop-web-1'
check "and starts nothing" test -z "$(names)"

# ---- up, hardened, and reaching each other ----
compose up -d
check "up" status_is 0
check "starts all" test "$(names)" = "shop-db-1 shop-job-1 shop-job-2 shop-web-1 "
inspect() {
	engine inspect -f "$2" "$1" > "$work/out" 2>&1
}
for container in shop-db-1 shop-web-1 shop-job-1; do
	inspect $container '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.Config.User}} {{.HostConfig.Memory}} {{.HostConfig.Privileged}}'
	check "$container is hardened" out_is 'true [ALL] 65534:65534 33554432 false'
	inspect $container '{{.HostConfig.SecurityOpt}}'
	check "$container has a filter" out_has 'no-new-privileges.*seccomp='
done
inspect shop-web-1 '{{json .Config.Env}}'
check "variables of the file" out_has '"GREETING=hello world"'
check "of an env_file, as compose reads it" out_has '"QUOTED=a b"'
check "filled in" out_has '"PLAIN=world"'
inspect shop-job-2 '{{index .Config.Labels "io.hardrun.compose.project"}} {{index .Config.Labels "io.hardrun.compose.service"}}'
check "labels say what belongs together" out_is 'shop job'
if engine exec shop-web-1 nslookup db > /dev/null 2>&1 || engine exec shop-web-1 nc -w 2 db 8000 < /dev/null > "$work/out" 2>&1; then
	check "services find each other by name" true
else
	check "services find each other by name" engine exec shop-web-1 ping -c 1 -w 2 db
fi
compose ps
check "ps shows them" out_has '^shop-db-1 .*db .*tool:1 .*Up'
compose logs job
check "logs show what they print, by name" out_has '^job-2 *| done$'
id=$(engine inspect -f '{{.Id}}' shop-db-1)
compose up -d
check "up again" status_is 0
check "leaves what is the same" test "$(engine inspect -f '{{.Id}}' shop-db-1)" = "$id"

# ---- a network that is somebody else's ----
engine run -d --name stranger --label io.hardrun.compose.project=shop docker.io/library/tool:1 sleep 1000 > /dev/null 2>&1
compose down
check "down" status_is 0
check "removes what up made, and nothing else" test "$(names)" = "stranger "
check "the network too" test -z "$(engine network ls -q --filter name=shop)"
check "volumes stay" test "$(engine volume ls -q)" = shop_data
engine rm -f stranger > /dev/null 2>&1
engine network create shop_default > /dev/null
compose up -d
check "a network of that name that is another's is not used" status_is 125
check "and that is said" err_has 'the network shop_default is there, and was not made for this project'
check "and nothing runs" test -z "$(names)"
engine network rm shop_default > /dev/null

# ---- no rule for the network ----
policy=closed
sed '/depends_on/d' compose.yaml > alone.yaml
sed -i '/healthcheck/d' alone.yaml
compose -f alone.yaml up -d
check "without a rule for it there is no common network" status_is 0
check "which is said, with the line that would allow it" err_has 'note: .*services.web: it gets no network.*"- shop_default" to allow.networks'
inspect shop-web-1 '{{range $name, $n := .NetworkSettings.Networks}}{{$name}}{{end}}'
check "and they stand alone" out_is hardrun-isolated
compose -f alone.yaml down -v
check "down -v" status_is 0
check "removes volumes" test -z "$(engine volume ls -q)$(names)"

# ---- a service that fails takes the others back ----
policy=open
cat > failing.yaml << 'COMPOSE'
name: shop
services:
  one: {image: "tool:1", command: sleep 1000}
  two: {image: "tool:1", command: /bin/false, depends_on: [one]}
  three: {image: "tool:1", command: sleep 1000, depends_on: {two: {condition: service_completed_successfully}}}
COMPOSE
compose -f failing.yaml up -d
check "a condition that cannot hold" status_is 125
check "is said" err_has 'shop-two-1 ended with status 1'
check "and all is taken back" test -z "$(names)$(engine network ls -q --filter name=shop)"

sed -i 's/one: {/one: {container_name: "$NOBODY", /' failing.yaml
compose -f failing.yaml up -d
check "an empty container_name is as none, and taken back too" test "$status" -eq 125 -a -z "$(engine ps -aq)"

# ---- fewer of them, and recreating one ----
cat > scaled.yaml << 'COMPOSE'
name: shop
services:
  web: {image: "tool:1", command: sleep 1000, scale: 3, depends_on: [db]}
  db: {image: "tool:1", command: sleep 1000}
COMPOSE
compose -f scaled.yaml up -d
check "three of them" test "$(names)" = "shop-db-1 shop-web-1 shop-web-2 shop-web-3 "
id=$(engine inspect -f '{{.Id}}' shop-db-1)
sed -i 's/scale: 3/scale: 1/' scaled.yaml
compose -f scaled.yaml up -d -t 0
check "the surplus goes" test "$(names)" = "shop-db-1 shop-web-1 "
web=$(engine inspect -f '{{.Id}}' shop-web-1)
compose -f scaled.yaml up -d -t 0 --force-recreate web
check "a service that is named is recreated" test "$(engine inspect -f '{{.Id}}' shop-web-1)" != "$web"
check "and what it depends on is left alone" test "$(engine inspect -f '{{.Id}}' shop-db-1)" = "$id"
compose -f scaled.yaml down -t 0

# ---- in the foreground ----
"$HARDRUN" --policy "$work/open.yaml" compose up > "$work/out" 2> "$work/err" < /dev/null &
foreground=$!
shows_output() {
	grep -q 'job-1 .*| done' "$work/out" && test "$(engine ps -q | wc -l)" -eq 2
}
check "the foreground shows what they print" until_true 30 shows_output
kill -INT "$foreground"
wait "$foreground"
status=$?
check "Ctrl-C ends it" status_is 130
check "and stops all" test -z "$(engine ps -q)"
compose down -v
check "down leaves nothing" test -z "$(names)$(engine network ls -q --filter name=shop)$(engine volume ls -q)"

# ---- nobody makes hardrun's own network ----
cat > planted.yaml << 'COMPOSE'
name: shop
services:
  one: {image: "tool:1", network_mode: none, command: sleep 1000}
  two: {image: "tool:1", command: sleep 1000}
networks: {default: {name: hardrun-isolated}}
COMPOSE
until_true 10 engine network rm hardrun-isolated > /dev/null 2>&1
compose -f planted.yaml up -d
check "a network called as hardrun's own is not made" status_is 125
check "and it is said where it is written" err_has 'planted.yaml:5:.* networks.default: a project makes no network called hardrun-isolated'
check "there is none" test -z "$(engine network ls -q --filter name=hardrun-isolated)"
sed -i 's/hardrun-isolated}/hardrun-isolated, external: true}/' planted.yaml
compose -f planted.yaml up -d
check "the remedy works" status_is 0
engine network inspect hardrun-isolated > "$work/out" 2>&1
check "and it is the one that hardrun makes" out_has '"com.docker.network.bridge.enable_icc": "false"'
compose -f planted.yaml down -t 0

# ---- interrupted while one service waits for another ----
cat > waiting.yaml << 'COMPOSE'
name: shop
services:
  slow: {image: "tool:1", command: sleep 1000, healthcheck: {test: [CMD, "false"], interval: 300s, start_period: 300s}}
  next: {image: "tool:1", command: sleep 1000, depends_on: {slow: {condition: service_healthy}}}
COMPOSE
"$HARDRUN" --policy "$work/open.yaml" compose -f waiting.yaml up -d -t 1 > "$work/out" 2> "$work/err" < /dev/null &
waiting=$!
check "a service waits" until_true 30 err_has 'shop-slow-1 is started'
kill -TERM "$waiting"
wait "$waiting"
status=$?
check "a signal ends the waiting" status_is 143
check "what was started is taken back" test -z "$(names)$(engine network ls -q --filter name=shop)"
check "docker is not said to have said nothing" sh -c "! grep -q 'docker said' '$work/err'"

# ---- with root's rights lent, under a ceiling ----
cp /etc/passwd "$work/passwd"
printf 'anna:x:2001:2001::%s/anna:/bin/sh\nbert:x:2002:2002::%s/bert:/bin/sh\n' "$work" "$work" >> "$work/passwd"
mkdir -p "$work/anna/shop" "$work/bert" "$work/etc/policies" "$work/record" /etc/hardrun
chown -R 2001:2001 "$work/anna"
mount --bind "$work/passwd" /etc/passwd
mount --bind "$work/etc" /etc/hardrun
write_ceiling() {
	cat > "$work/etc/ceiling.yaml" << CEILING
version: 1
engine: {backend: docker, host: "unix://$work/docker.sock"}
record: {to: file, path: "$work/record/compose.jsonl"}
allow:
  user: [caller]
  networks: [isolated, none, "shop_*"]
  network_aliases: ["*"]
  environment: [A, B, LISTED, FROM_ENV, FROM_FILE]
  env_file: ["$work/anna/**"]
  volumes: [{source: "$work/anna/**", access: ro, owner: caller}]
  verbs: [$1]
CEILING
}
sed -e 's/^description.*/description: what the ceiling has/' -e '/^defaults/,$d' "$work/open.yaml" > "$work/etc/policies/default.yaml"
cat >> "$work/etc/policies/default.yaml" << POLICY
defaults: {user: caller, network_mode: none}
allow:
  networks: [isolated, none, "shop_*"]
  network_aliases: ["*"]
  environment: ["**", A, B, LISTED]
  env_file: ["$work/anna/**"]
  volumes: [{source: "$work/anna/**", access: ro, owner: caller}]
POLICY
write_ceiling 'ps'
cd "$work/anna/shop" || exit 1
cat > compose.yaml << 'COMPOSE'
name: shop
services:
  web:
    image: tool:1
    command: [sh, -c, 'cat /conf/file; exec sleep 1000']
    environment: {A: "${SECRET}", B: "${LISTED}", FROM_ENV: "$DOT"}
    env_file: web.env
    volumes: [./conf:/conf:ro]
COMPOSE
echo DOT=dot > .env
echo FROM_FILE=file > web.env
mkdir conf
echo anna > conf/file
chown -R 2001:2001 "$work/anna"
chmod -R go-rwx "$work/anna/shop"
person() {
	uid=$1
	shift
	env SUDO_UID="$uid" SUDO_GID="$uid" SUDO_USER=x SECRET=hidden LISTED=listed "$HARDRUN" "$@" > "$work/out" 2> "$work/err" < /dev/null
	status=$?
	return 0
}
person 2001 compose up -d
check "anna is lent compose" status_is 0
check "what the ceiling does not list is not taken from the environment" err_has 'the variable SECRET of the environment is not listed'
inspect shop-web-1 '{{json .Config.Env}} {{index .Config.Labels "io.hardrun.caller"}} {{.Config.User}}'
check "what it lists is; files are read as hers" out_has '"B=listed".* 2001 2001:2001'
check "and the other is empty" out_has '"A="'
check ".env too" out_has '"FROM_ENV=dot"'
check "env_file too" out_has '"FROM_FILE=file"'
reads_its_file() {
	engine logs shop-web-1 2>&1 | grep -qx anna
}
check "her file is there" until_true 10 reads_its_file
check "it is on record" grep -q '"compose up"' "$work/record/compose.jsonl"
person 2002 compose -p shop ps
check "bert sees none of it" test "$(wc -l < "$work/out")" -eq 1
id=$(engine inspect -f '{{.Id}}' shop-web-1)
person 2001 compose up -d --force-recreate
check "up is refused to put another in its place, which is docker's stop and rm" status_is 125
check "and says so" err_has 'compose up: to put another container in the place of one it needs docker.s verb stop, .*allow.verbs'
check "it stays" test "$(engine inspect -f '{{.Id}}' shop-web-1)" = "$id"
person 2001 compose up
check "nor is up without -d lent, which is docker's logs and stop" err_has 'compose up: without -d it needs docker.s verb logs'
person 2001 compose up -d
check "up of what runs already needs neither" status_is 0
person 2001 compose -p shop down
check "down is docker's stop and rm, which are not lent" status_is 125
check "and says so" err_has 'compose down: .*stop.*allow.verbs'
write_ceiling 'ps, logs, stop, rm'
person 2002 compose -p shop down
check "bert's down" status_is 0
check "takes nothing of anna's" test "$(names)" = "shop-web-1 "
person 2001 compose -p shop logs
check "anna's logs" out_has '^web-1 *| anna$'
person 2001 compose down
check "anna's down" status_is 0
check "leaves nothing" test -z "$(names)$(engine network ls -q --filter name=shop)"
# ---- two people, one name of a project ----
cat > "$work/data.yaml" << 'COMPOSE'
name: shop
services: {db: {image: "tool:1", command: sleep 1000, network_mode: none, volumes: ["db:/data"]}}
volumes: {db: }
COMPOSE
sed -i 's/access: ro, owner: caller}/&, {volume: "**", access: rw}/' "$work/etc/ceiling.yaml" "$work/etc/policies/default.yaml"
lines() {
	wc -l < "$work/record/compose.jsonl"
}
last_line_has() {
	tail -n 1 "$work/record/compose.jsonl" | grep -q "$1"
}
person 2001 compose -f "$work/data.yaml" up -d
check "anna has a volume" test "$status" -eq 0 -a "$(engine volume ls -q)" = shop_db
before=$(lines)
person 2002 compose -f "$work/data.yaml" up -d
check "bert's project of that name is refused" status_is 125
check "as it is hers" err_has "volume shop_db: it was made for somebody else's Compose project.*another project name with -p"
check "which is on record: the refusal, and that the whole failed" test "$(($(lines) - before))" -eq 2
person 2002 compose -f "$work/data.yaml" -p berts up -d
check "another name works, as was said" status_is 0
person 2002 compose -p berts down -v -t 0
person 2002 run --rm -v shop_db:/d tool:1 true
check "nor does run take her volume" err_has "volume shop_db: it was made for somebody else's Compose project"
person 2001 run --rm -v shop_db:/d tool:1 true
check "she does" status_is 0
person 2001 compose -f "$work/data.yaml" down -v -t 0
engine network create --label io.hardrun.caller=2001 shop_hers > /dev/null
person 2002 run --rm --network shop_hers tool:1 true
check "nor a network" err_has "network shop_hers: it was made for somebody else's Compose project"
person 2001 run --rm --network shop_hers tool:1 true
check "she does that too" status_is 0
engine network rm shop_hers > /dev/null
person 2001 compose down web -x
check "a line that cannot be read is on record as such" last_line_has '"verb":"compose".*"verdict":"malformed"'
person 2001 compose -f nope.yaml down
check "a file that is not there, by its verb" last_line_has '"verb":"compose down".*"verdict":"failed"'

echo 'secret: of root' > "$work/root.yaml"
chmod 0600 "$work/root.yaml"
person 2001 compose -f "$work/root.yaml" check
check "a file of root's is not read" err_has 'Permission denied'
ln -s "$work/root.yaml" link.yaml
person 2001 compose -f link.yaml up
check "nor through a link" err_has 'Permission denied'
check "and nothing of it is shown" sh -c "! grep -q secret '$work/out' '$work/err'"
sed 's/env_file: web.env/env_file: \/etc\/shadow/' compose.yaml > other.yaml
chown 2001:2001 other.yaml
person 2001 compose -f other.yaml up -d
check "nor as an env_file" status_is 125
check "whose path is refused" err_has 'services.web.env_file: '
sed 's/image: tool:1/image: tool:1\n    privileged: true/' compose.yaml > other.yaml
person 2001 compose -f other.yaml up -d
check "what the ceiling does not allow" status_is 125
check "starts nothing" test -z "$(names)"
check "and is on record" sh -c "tail -n 1 '$work/record/compose.jsonl' | grep -q '\"verdict\":\"denied\".*services.web.privileged'"
finish
