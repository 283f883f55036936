#!/bin/sh
# Compose files as people have them, each with the verdict that it gets and sentences that must be in the answer. TAP.
cd "$(dirname "$0")/../.." && . tests/tap.sh
: "${HARDRUN:=$PWD/build/hardrun}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
# A copy of one's own: who has checked out the sources, and who runs this, may be two.
cp -R tests/compose/files tests/compose/site.yaml "$work" && chmod -R go-w "$work" && chmod 0755 "$work"
unset SUDO_UID SUDO_GID DOAS_USER PKEXEC_UID
cd "$work" || exit 1
# Debian 13 has none.
[ -e /etc/timezone ] || sed -i 's| "/etc/timezone:/etc/timezone:ro",||' files/gitea.yaml

says() {
	grep -q -e "$1" out || { echo "wanted: $1"; cat out; return 1; }
}

verdict_is() {
	case $1 in
	allowed) wanted=0 ;;
	denied) wanted=1 ;;
	malformed) wanted=2 ;;
	*) echo "no such verdict: $1"; return 1 ;;
	esac
	[ "$status" -eq "$wanted" ] || { echo "status $status, wanted $wanted"; cat out; return 1; }
}

for file in files/*.yaml; do
	name=${file#files/}
	"$HARDRUN" --policy site.yaml compose -f "$file" -p site check > out 2>&1
	status=$?
	check "$name" verdict_is "$(sed -n 's/^# verdict: //p' "$file")"
	sed -n 's/^# finding: //p' "$file" > findings
	while read -r finding; do
		check "$name says $finding" says "$finding"
	done < findings
	# What is not allowed starts nothing, and says so with the status of run. Nothing listens there.
	if [ "$status" -ne 0 ]; then
		"$HARDRUN" --policy site.yaml compose -f "$file" -p site up -d > out 2>&1
		status=$?
		check "$name: up is refused" test "$status" -eq 125
		check "$name: nothing was started" says 'nothing was started'
	fi
done

# ---- small projects, one per case: what compose would have read otherwise is said, or refused ----
policy=$work/site.yaml
hardrun() {
	"$HARDRUN" --policy "$policy" "$@" > "$work/out" 2>&1
	status=$?
}
says_it() {
	( cd "$work" && says "$1" )
}
mkdir "$work/small" && cd "$work/small" || exit 1
printf 'name: small\nservices: {web: {image: alpine}}\n' > compose.yaml
for name in compose.override.yaml compose.override.yml docker-compose.override.yml docker-compose.override.yaml; do
	printf 'services: {web: {privileged: true}}\n' > "$name"
	hardrun compose check
	check "$name is not passed over" test "$status" -eq 2
	check "$name is named" says_it "$name is here too.*not joined"
	hardrun compose -f compose.yaml check
	check "$name and a file named with -f" test "$status" -eq 0
	rm "$name"
done
printf 'name: small\nservices: {web: {image: alpine, container_name: 0123456789ab}}\n' > compose.yaml
hardrun compose check
check "a container_name that is an id" says_it 'compose.yaml:2:.*container_name.*mean the id of a container'

cat > env.yaml << 'POLICY'
version: 1
description: env files
extends: default
images: ["*"]
allow: {env_file: ["**"], environment: ["**"]}
POLICY
env_file() {
	cat > a.env
	printf 'name: small\nservices: {web: {image: alpine, env_file: [a.env, b.env]}}\n' > compose.yaml
	policy=env.yaml
	hardrun compose "$1"
}
has() {
	grep -q -F -e "$1" "$work/out" || { cat "$work/out"; return 1; }
}
printf 'LAST=${DIR}/x\n' > b.env
env_file config << 'END'
BASE=/srv
DIR=${BASE}/data
END
check "an env_file sees its earlier lines" has '--env=DIR=/srv/data'
check "and the files before" has '--env=LAST=/srv/data/x'
env_file check << 'END'
DIR=a$NOT_THERE
END
check "a variable of an env_file without a value is noted" has 'DIR wants the variable NOT_THERE, which has no value'
env_file config << 'END'
export X=1
KEY="first
second"
END
check "export is left out" has '--env=X=1'
check "a quoted value goes over lines" has 'second'
env_file check << 'END'
nonsense
END
check "what is wrong in an env_file has the right rule" has 'env_file[0]: line 1 is not NAME=VALUE'
check "and not that of a path" test -z "$(sed -n /host-path/p "$work/out")"
printf 'name: small\nservices: {web: {image: alpine}}\n' > compose.yaml
echo COMPOSE_PROJECT_NAME=other > .env
hardrun compose check
check "COMPOSE_PROJECT_NAME is not passed over silently" has 'COMPOSE_PROJECT_NAME is not looked at; -p NAME says it here'
hardrun compose -p other check
check "and no word of it where -p is given" test -z "$(sed -n /COMPOSE_/p "$work/out")"
rm .env
COMPOSE_FILE=x.yaml hardrun compose check
check "COMPOSE_FILE of the environment neither" has 'COMPOSE_FILE is not looked at; -f FILE'
for verb in attach build cp create exec images kill ls port pull push restart rm run scale start stop top wait watch; do
	hardrun compose "$verb" web
	check "compose $verb names the way out" has "compose $verb: not here; in its place: "
	check "compose $verb is refused" test "$status" -eq 125
done
for words in 'ps -q' 'ps --services' 'logs -t' 'logs --since 1m' 'up --no-deps' 'up --wait' 'up --pull=always' 'down --rmi all'; do
	hardrun compose $words
	check "compose $words is refused" test "$status" -eq 125
done
check "and an option too" has 'compose --rmi: not here; in its place: hardrun docker rmi IMAGE'
hardrun compose config -q
check "for config it is another than for ps" has 'in its place: check: its status says it'
hardrun compose version
check "compose version" test "$(sed -n '1s/^hardrun [0-9.]*$/yes/p' "$work/out")" = yes
cat > compose.yaml << 'END'
services:
  web:
    image: alpine
    ports: ["80:80", "0.0.0.0:8080:80"]
    environment: [PATH]
END
hardrun compose check
check "a remedy is said in the file's words" has 'publish another port of the host: "8080:80"'
check "a variable's too" has 'write its value, or have it in .env: PATH=VALUE'
check "and no option is named" test -z "$(sed -n '/ -[pe] /p' "$work/out")"
sed -i 's/"80:80", "0.0.0.0:8080:80"/"8080:80"/; /PATH/d' compose.yaml
hardrun compose check
check "done as said, it is allowed" test "$status" -eq 0
if [ "$(id -u)" -eq 0 ]; then
	# Whom root is lent to is sent to nothing that is not lent.
	for words in 'cp web:/x .|exec CONTAINER cat FILE' 'build web|ask root to build' 'down --rmi all|ask root for it' 'push|ask root for it' 'exec web sh|docker exec -it PROJECT'; do
		env SUDO_UID=65534 SUDO_GID=65534 "$HARDRUN" compose ${words%%|*} > "$work/out" 2>&1
		check "through sudo: compose ${words%%|*}" has "${words#*|}"
	done
fi
tap_done
