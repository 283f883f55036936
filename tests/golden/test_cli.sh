#!/bin/sh
# What the command line does at its edges: descriptors, colour, names it is called by, size of the help. TAP.
set -u
golden=$(cd "$(dirname "$0")" && pwd) || exit 1
: "${HARDRUN:=$golden/../../build/hardrun}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cp "$golden/web.yaml" "$work" && chmod go-w "$work/web.yaml" && cd "$work" || exit 1
unset NO_COLOR SUDO_UID SUDO_GID DOAS_USER PKEXEC_UID
escape=$(printf '\033')
count=0
failed=0

# check NAME WANTED GOT
check() {
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $1"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1"
		printf 'wanted %s\ngot    %s\n' "$2" "$3" | sed 's/^/# /'
	fi
}

# has NAME PATTERN: the file out matches.
has() {
	if grep -q -e "$2" out; then check "$1" yes yes; else check "$1" "$2" "$(head -c 300 out)"; fi
}

"$HARDRUN" --help > out
check "the overview fits a screen" yes "$([ "$(wc -l < out)" -le 24 ] && echo yes)"
check "and its width" yes "$(awk 'length > 80 { wide = 1 } END { print wide ? "no" : "yes" }' out)"
for verb in run create check show compose apparmor doctor policy help; do
	"$HARDRUN" "$verb" --help > out
	check "$verb --help: no line is wider than 80" 0 "$(awk 'length > 80' out | wc -l)"
	check "$verb --help says something" yes "$([ -s out ] && echo yes)"
done
"$HARDRUN" --version > out
check "the version is the first line" yes "$(head -n 1 out | grep -Eq '^hardrun [0-9]+\.[0-9]+' && echo yes)"
has "the version names the libraries" libseccomp

"$HARDRUN" check --policy web.yaml alpine >&- 2> out
check "closed stdout: check" 2 $?
has "closed stdout is said" "it is closed"
"$HARDRUN" run --dry-run --backend docker --policy web.yaml alpine >&- 2> out
check "closed stdout: run --dry-run" 125 $?
if [ -w /dev/full ]; then
	"$HARDRUN" check --policy web.yaml alpine > /dev/full 2> out
	check "full stdout: check" 2 $?
	has "full stdout is said" "No space left"
	"$HARDRUN" --help > /dev/full 2> out
	check "full stdout: help" 125 $?
fi
(ulimit -f 0 && exec "$HARDRUN" run --policy web.yaml -m 1g alpine > out 2>&1)
check "ulimit -f 0: a refusal that cannot be written is one nevertheless" 125 $?
(ulimit -f 0 && exec "$HARDRUN" run --dry-run --backend docker --policy web.yaml alpine > out 2> /dev/null)
check "ulimit -f 0: nor does a dry run end by a signal" 125 $?
"$HARDRUN" check --policy web.yaml alpine <&- > out 2>&-
check "closed stdin and stderr" 0 $?
"$HARDRUN" check --policy web.yaml -m 1g alpine > out 2>&1
check "a refusal is 1 for check" 1 $?
"$HARDRUN" run --policy web.yaml -m 1g alpine > out 2>&1
check "a refusal is 125 for run" 125 $?
check "one line for one finding" 1 "$(wc -l < out)"

"$HARDRUN" check --policy web.yaml -m 1g alpine > out
check "no colour in a file" 0 "$(grep -c "$escape" out)"
"$HARDRUN" check --color always --policy web.yaml -m 1g alpine > out
check "colour when asked for" 2 "$(grep -c "$escape" out)"
NO_COLOR=1 "$HARDRUN" --color=always check --policy web.yaml -m 1g alpine > out
check "--color is stronger than NO_COLOR" 2 "$(grep -c "$escape" out)"
if command -v script > /dev/null; then
	on_terminal() { env TERM=xterm "$@" script -qec "'$HARDRUN' check --policy web.yaml -m 1g alpine" /dev/null < /dev/null > out; }
	on_terminal
	check "colour on a terminal" yes "$(grep -q "$escape" out && echo yes)"
	on_terminal NO_COLOR=1
	check "NO_COLOR" 0 "$(grep -c "$escape" out)"
	on_terminal TERM=dumb
	check "TERM=dumb" 0 "$(grep -c "$escape" out)"
fi

ln -s "$HARDRUN" docker
./docker run --policy web.yaml --privileged alpine > out 2>&1
check "called docker, it judges" 125 $?
has "called docker, it refuses" "refused: --privileged"
./docker exec x sh > out 2>&1
check "called docker, exec" 125 $?
./docker -H unix:///x run alpine > out 2>&1
check "called docker, -H before run" 125 $?
has "called docker, -H is named" "refused: -H"
./docker --frob ps > out 2>&1
check "called docker, unknown option" 125 $?
./docker -Hx > out 2>&1 < /dev/null || :
./docker -H > out 2>&1
has "called docker, a value is missing" "a value is missing"
printf 'version: 1\nimages: ["*"]\nextends: ./web.yaml\nengine: {host: "unix://%s/none.sock"}\n' "$work" > nobody.yaml
# Found by an attacker: both clients run the verb whatever stands before it, so help and version must not let it through.
for options in -v --version --version=false --version=true -vD -Dv "-D -v" "--version --version" --help=false --help=0 \
	"--help --help=false" "-Dh --help=F" "-l debug" -ldebug "-Dl debug" "--log-level debug" "--log-level --help" "-vl -h"; do
	for verb in run create "container run" "container create"; do
		# shellcheck disable=SC2086 # words apart
		./docker $options $verb --policy web.yaml --privileged alpine > out 2>&1
		check "verb behind options: docker $options $verb is judged" "125 1" "$? $(grep -c '^hardrun: refused: --privileged' out)"
	done
	for verb in build "image build" commit buildx plugin "system dial-stdio" update frob "container frob"; do
		# shellcheck disable=SC2086 # words apart
		./docker $options $verb x > out 2>&1
		check "verb behind options: docker $options $verb is refused" "125 1" "$? $(grep -c "^hardrun: refused: docker $verb" out)"
	done
	for verb in exec start "container exec" cp "volume create"; do
		# shellcheck disable=SC2086 # words apart
		./docker --policy ./nobody.yaml $options $verb x > out 2>&1
		check "verb behind options: docker $options $verb is judged" "125 1" "$? $(grep -c "^hardrun: docker does not answer" out)"
	done
done
for options in --help -h -Dh "-D -h" -hv "--help=true" "--help=false --help"; do
	# shellcheck disable=SC2086 # words apart
	./docker $options run --policy web.yaml --dry-run --backend docker alpine > out 2>&1
	check "verb behind options: docker $options run is our help" "0 1" "$? $(grep -c '^Usage: hardrun run' out)"
	# shellcheck disable=SC2086 # words apart
	./docker $options exec x > out 2>&1
	check "verb behind options: docker $options exec is our help" "0 1" "$? $(grep -c '^Usage: hardrun docker exec' out)"
done
for options in "-H x" -Hx -H=x --host=x "--host x" "-DH x" "-c x" --context=x "--config d" --tls --tls=false --tlsverify "--tlskey k" \
	"-v -Hx" "--help --host=x"; do
	# shellcheck disable=SC2086 # words apart
	./docker $options run --policy web.yaml --dry-run --backend docker alpine > out 2>&1
	check "verb behind options: docker $options run names another daemon" "125 1" "$? $(grep -c '^hardrun: refused: -' out)"
done
for options in -- - "-D --" "--help --" -D=true -h=false -v= --debug=maybe --help=no --hel "--hos x" --frob -test.v --test.v -vx -d; do
	for verb in run exec ps; do
		# shellcheck disable=SC2086 # words apart
		./docker $options $verb x > out 2>&1
		check "verb behind options: docker $options $verb is not read" "125 1" \
			"$? $(grep -c -e 'no such option before the verb' -e 'the verb must stand here' out)"
	done
done
for words in "container --help run --privileged alpine" "container --help=false exec x" "container -h run alpine" \
	"container -- run alpine" "image --help build ." "system --help dial-stdio" "container --help x"; do
	# shellcheck disable=SC2086 # words apart
	./docker $words > out 2>&1
	check "help within a verb: docker $words" "125 1" "$? $(grep -c '^hardrun: refused: docker .*nothing may stand between' out)"
done

# Our options say nothing to docker: a dry run must not become a real one.
for options in --dry-run "--policy web.yaml" --backend=docker "--rootfs ." "--format json"; do
	for words in "docker $options rm x" "$options docker rm x" "docker $options -v" "docker $options"; do
		# shellcheck disable=SC2086 # words apart
		"$HARDRUN" $words > out 2>&1
		check "lost option: hardrun $words" "125 1" "$? $(grep -c "refused: ${options%%[ =]*}: this is handed to docker" out)"
	done
done
for words in "--dry-run run --dry-run=false" "run --dry-run --dry-run=false" "run --dry-run=false --dry-run" \
	"docker --dry-run -v run --dry-run=false"; do
	# shellcheck disable=SC2086 # words apart
	"$HARDRUN" $words --policy web.yaml --backend docker alpine > out 2>&1
	check "dry run taken back: hardrun $words" "125 1" "$? $(grep -c 'given before with another value' out)"
done
"$HARDRUN" --help docker run alpine > out 2>&1
check "help before the verb docker runs nothing" "0 1" "$? $(grep -c '^Usage: hardrun docker' out)"

if [ "$(id -u)" -eq 0 ]; then
	mkdir home && chown 1000 home
	for variable in DOCKER_HOST=unix:///x DOCKER_CONFIG=/x DOCKER_CONTEXT=x DOCKER_CERT_PATH=/x "HOME=$work/home"; do
		for words in ps version "container ls -a" "history x"; do
			# shellcheck disable=SC2086 # words apart
			env SUDO_UID=65534 SUDO_GID=65534 "$variable" ./docker $words > out 2>&1
			check "through sudo: ${variable%%=*} docker $words" "125 1" "$? $(grep -c "^hardrun: refused: docker " out)"
		done
		for words in --help "help buildx" container "--version --help"; do
			# shellcheck disable=SC2086 # words apart
			env SUDO_UID=65534 SUDO_GID=65534 "$variable" ./docker $words > out 2>&1
			check "through sudo: ${variable%%=*} docker $words" "0 1" "$? $(grep -c "^Usage: hardrun docker" out)"
		done
		env SUDO_UID=65534 SUDO_GID=65534 "$variable" ./docker --version > out 2>&1
		check "through sudo: ${variable%%=*} docker --version" "0 1" "$? $(grep -c '^Docker version [0-9]' out)"
	done
	for words in "save -o $work/image x" "--config $work ps" "-c x ps" "login" "-v login" "--help login" "--version=false save x" "-Hx" "--config=x -v" "export x"; do
		# shellcheck disable=SC2086 # words apart
		SUDO_UID=65534 SUDO_GID=65534 ./docker $words > out 2>&1
		check "through sudo: docker $words" "125 1" "$? $(grep -c '^hardrun: .*refused' out)"
	done
fi

# Variables that are set to nothing are not set; a word that is refused is not also commented upon.
for variable in DOCKER_HOST DOCKER_CONTEXT; do
	env "$variable=" "$HARDRUN" run --policy web.yaml --dry-run --backend docker alpine > out 2>&1
	check "empty $variable: no note" "0 0" "$? $(grep -c "note: $variable" out)"
	env "$variable=x" "$HARDRUN" run --policy web.yaml --dry-run --backend docker alpine > out 2>&1
	if [ "$(id -u)" -eq 0 ]; then
		check "$variable: a note" "0 1" "$? $(grep -c "note: $variable" out)"
	else
		check "$variable is obeyed, or said to be none" "125 1" "$? $(grep -c "$variable" out)"
	fi
done

# What no image could mend is said before one is fetched: this one is nowhere.
if [ "$(id -u)" -eq 0 ] && command -v crun > /dev/null; then
	for words in "create --backend crun" "why run --backend crun -d"; do
		# shellcheck disable=SC2086 # words apart
		"$HARDRUN" $words --policy web.yaml registry.invalid/none:1 > out 2>&1
		check "refused before a fetch: $words" "1 0" "$(grep -c '^hardrun: not supported: ' out) $(grep -c 'no such image' out)"
	done
	"$HARDRUN" run --policy web.yaml --backend crun --pull never registry.invalid/none:1 > out 2>&1
	check "and not what an image may have" "125 1" "$? $(grep -c 'no such image: registry.invalid/none:1 (it is not here' out)"
fi

# What an ordinary user's docker would ask is asked, or nobody is; root's contexts are only spoken of.
if [ "$(id -u)" -eq 0 ]; then
	chmod 0755 . && mkdir -m 0700 person && chown 12345:12345 person && cp "$HARDRUN" ./own-copy
	# as_person WORD...
	as_person() {
		setpriv --reuid=12345 --regid=12345 --clear-groups env -i "HOME=$work/person" PATH=/usr/bin:/bin "$@" > out 2>&1
	}
	# use_context NAME HOST: as `docker context create` and `docker context use` write it.
	use_context() {
		id=$(printf %s "$1" | sha256sum | cut -d' ' -f1)
		as_person mkdir -p "person/.docker/contexts/meta/$id"
		echo "{\"Name\":\"$1\",\"Endpoints\":{\"docker\":{\"Host\":\"$2\",\"SkipTLSVerify\":false}}}" |
			as_person tee "person/.docker/contexts/meta/$id/meta.json"
		echo "{\"currentContext\":\"$1\"}" | as_person tee person/.docker/config.json
	}
	# asked NAME HOST WORD...: the daemon that a dry run would ask.
	asked() {
		name=$1 host=$2
		shift 2
		as_person XDG_RUNTIME_DIR="$work/person" "$@" --dry-run --backend docker alpine
		check "$name" "0 $host" "$? $(grep -o ' --host [^ ]*' out | cut -d' ' -f3)"
	}
	asked "an ordinary user without a context" unix:///var/run/docker.sock ./own-copy run
	use_context far ssh://me@far
	as_person ./own-copy run --backend docker alpine
	check "a context of another machine" "125 1" "$? $(grep -c '^hardrun: the docker context far (.*config.json) names ssh://me@far, and' out)"
	as_person ./own-copy docker exec box true
	check "of which no container is asked either" "125 1" "$? $(grep -c '^hardrun: the docker context far ' out)"
	as_person ./own-copy docker context ls
	check "where docker itself is called it is said that it goes elsewhere" 1 "$(grep -c "note: docker's configuration: docker obeys this here, and" out)"
	as_person ./own-copy doctor
	check "doctor tells which" "1 2" "$? $(grep -c 'the docker context far .* names ssh://me@far' out)"
	asked "a host of the line is stronger" "unix://$work/person/x" ./own-copy docker -H "unix://$work/person/x" run
	asked "and so is a variable" "unix://$work/person/y" "DOCKER_HOST=unix://$work/person/y" ./own-copy run
	use_context rootless "unix://$work/person/docker.sock"
	asked "the current context" "unix://$work/person/docker.sock" ./own-copy run
	asked "of which another is not" unix:///var/run/docker.sock DOCKER_CONTEXT=default ./own-copy run
	as_person ./own-copy docker --context far run alpine
	check "nor one of the line that cannot be" "125 1" "$? $(grep -c '(--context) names ssh://me@far, .*; leave it out$' out)"
	as_person ./own-copy docker -c rootless --config /x run alpine
	check "other options stay the policy's" "125 1" "$? $(grep -c 'refused: -c: which daemon and configuration' out)"
	for words in "-c rootless run" "-H unix://$work/person/docker.sock run"; do
		# shellcheck disable=SC2086 # words apart
		"$HARDRUN" docker $words alpine > out 2>&1
		check "with root's rights none: docker $words" "125 1" "$? $(grep -c 'refused: -.*: which daemon and configuration' out)"
	done
	chmod g+w person/.docker
	as_person ./own-copy run --backend docker alpine
	check "a context that others may change" "125 1" "$? $(grep -c 'person/.docker is writable by its group' out)"
	unshare --mount sh -c 'mount -t tmpfs -o mode=0700 none /root && mkdir /root/.docker &&
		echo "{\"currentContext\":\"mine\"}" > /root/.docker/config.json && ./own-copy run --policy web.yaml --dry-run --backend docker alpine
		./own-copy doctor' > out 2>&1
	check "root's own is told not to be obeyed" "1 1 1" "$(grep -c 'note: currentContext: the docker context that is current for root is not' out) $(
		grep -c ' --host unix:///var/run/docker.sock ' out) $(grep -c 'docker context *mine is current for docker, and not obeyed' out)"
fi
sed 's/^  network_mode: none/&\n  host_ip: 127.0.0.1/' web.yaml > address.yaml
"$HARDRUN" check --policy ./address.yaml -p 80:80 alpine > out 2>&1
check "a refused port has no note on its address" "1 1 0" "$? $(grep -c 'refused: -p 80:80' out) $(grep -c 'note: -p' out)"
"$HARDRUN" check --policy ./address.yaml -p 8080:80 alpine > out 2>&1
check "a granted port has one" 1 "$(grep -c 'note: -p 8080:80: it is bound to 127.0.0.1' out)"

"$HARDRUN" run --policy ./nobody.yaml --backend docker alpine > out 2>&1
check "docker does not answer: there is a remedy" "125 1" \
	"$? $(grep -c 'docker does not answer: .*the socket is not there; start it .*--backend [a-z]*$' out)"

# A dry run is looked at on a terminal, and pasted.
hostile=$(printf "a\033]0;x\007\033[2J it's \\\\ \r\302\2332J\n\tb")
"$HARDRUN" run --policy web.yaml --dry-run --backend docker -e "APP_A=$hostile" alpine > out 2>&1
check "escape sequences in a dry run" "0 0" "$? $(grep -c "$escape" out)"
check "nor other control characters" "" "$(tr -d '\n\t -~' < out)"
if command -v bash > /dev/null; then
	# shellcheck disable=SC2016 # the inner shell expands
	{
		echo 'echo() { for word; do case $word in APP_A=*) printf %s "$word" ;; esac; done; }'
		grep APP_A out | sed 's/^[^ ]*/echo/; s/<<.*//; s/ [0-9]*$//'
	} > pasted
	check "pasted, they are what was given" "APP_A=$hostile" "$(bash pasted)"
fi

printf 'version: 1\nimages: ["*"]\n' > open.yaml
chmod 666 open.yaml
"$HARDRUN" check --policy ./open.yaml alpine > out 2>&1
check "a policy that anyone may write" 2 $?
mkfifo pipe.yaml
timeout 10 "$HARDRUN" check --policy ./pipe.yaml alpine > out 2>&1
check "a policy that is a FIFO" 2 $?
"$HARDRUN" check --policy web.yaml "$(printf 'a\033[2Jb')" > out 2>&1
check "an escape sequence in the image" 2 $?
check "is not printed" 0 "$(grep -c "$escape" out)"
"$HARDRUN" "$(printf '\033]0;x')" > out 2>&1
check "an escape sequence as verb" 0 "$(grep -c "$escape" out)"
for what in man-options man-keys man-verbs verbs bash zsh fish schema seccomp; do
	"$HARDRUN" --print "$what" > out
	check "--print $what" "0 yes" "$? $([ -s out ] && echo yes)"
done
"$HARDRUN" --print frob > out 2>&1
check "--print nonsense" 2 $?
"$HARDRUN" doctor --format json > out
check "doctor prints JSON" yes "$(grep -q '"schema": "hardrun/doctor/1"' out && echo yes)"
"$HARDRUN" doctor frob > out 2>&1
check "doctor takes no words" 2 $?

# The ceiling, in a mount namespace with an /etc and a /root of its own.
# shellcheck disable=SC2016 # the inner shell expands
under() {
	unshare -m sh -c '
		set -e
		work=$1 hardrun=$2; shift 2
		mount -t tmpfs -o mode=755 tmpfs /root
		mount -t tmpfs -o mode=755 tmpfs /var/log
		cp /etc/passwd "$work/passwd"
		mount -t tmpfs -o mode=755 tmpfs /etc
		cp "$work/passwd" /etc/passwd
		mkdir -p /etc/hardrun /root/.config/hardrun/policies
		cp "$work/ceiling.yaml" /etc/hardrun/ceiling.yaml
		cp "$work/web.yaml" /root/.config/hardrun/policies/own.yaml
		[ ! -e "$work/prepare" ] || . "$work/prepare"
		exec "$hardrun" "$@"' sh "$work" "$work/program/hardrun" "$@" > out 2>&1
}
printf 'version: 1\nallow: {mem_limit: 80m, cpus: 1, pids_limit: 64, user: ["1000:1000"], tmpfs: {max_size: 1m}, networks: [none]}\n' > ceiling.yaml
# The project itself may lie below /root.
mkdir program && cp "$HARDRUN" program/hardrun || exit 1
if [ "$(id -u)" -eq 0 ] && unshare -m mount -t tmpfs tmpfs /etc 2> /dev/null; then
	under check --policy own -m 100m alpine
	check "the ceiling denies what the policy allows" 1 $?
	has "the ceiling is named" "/etc/hardrun/ceiling.yaml:2:"
	under check --policy own -m 80m alpine
	check "the ceiling allows the rest" 0 $?
	under docker save -o "$work/x" x
	check "a ceiling: docker save as root" 125 $?
	has "a ceiling: docker save is refused" "refused: docker save"
	echo 'user_policies: false' >> ceiling.yaml
	under check --policy own alpine
	check "user_policies: false: a user's policy is not found" 2 $?
	has "and why is said" "own.yaml is passed over: the ceiling says user_policies: false"
	under check registry.example.com/app
	has "a user's policy that would have answered is named" \
		"own.yaml: this policy would have answered, and is passed over: the ceiling says user_policies: false"
	echo 'printf "version: 1\nimages: [registry.example.com/app]\n" > /root/.config/hardrun/policies/own.yaml' > prepare
	under check alpine
	rm prepare
	check "and only such a one" 0 "$(grep -c "passed over" out)"
	under doctor
	has "doctor: where the record goes" "^fine     record  .*every decision goes to /var/log/hardrun/record.jsonl"
	check "doctor: no record is begun" 0 "$(grep -c "record cannot" out)"
	echo 'mkdir -p /var/log/hardrun && chmod 777 /var/log/hardrun' > prepare
	under doctor
	check "doctor: a record that cannot be written" 1 $?
	has "and why not" "^missing  record  .*the record cannot be written: its directory /var/log/hardrun is writable by others"
	rm prepare
	cp ceiling.yaml full.yaml
	echo 'record: {to: none}' >> ceiling.yaml
	under doctor
	has "doctor: none is kept" "^note     record  .*none is kept"
	cp full.yaml ceiling.yaml
	# Lent root, without a ceiling.
	chmod 0755 "$work"
	mkdir -p person/.config/hardrun/policies && cp web.yaml person/.config/hardrun/policies/own.yaml && chown -R 54321:54321 person
	echo 'rm /etc/hardrun/ceiling.yaml; echo "hrperson:x:54321:54321::$work/person:/bin/sh" >> /etc/passwd
		echo "hrperson:x:54321:" > /etc/group; export SUDO_UID=54321 SUDO_GID=54321' > prepare
	under check registry.example.com/app
	has "lent root without a ceiling: a person's policy that would have answered is named" \
		"person/.config/hardrun/policies/own.yaml: this policy would have answered, and is passed over: without /etc/hardrun/ceil"
	under run --dry-run --backend docker registry.example.com/app
	has "by run as well" "this policy would have answered, and is passed over"
	under run --dry-run --backend docker --policy own registry.example.com/app
	check "lent root without a ceiling: by name it is refused" 125 $?
	has "which is said, too" "own.yaml is passed over: without /etc/hardrun/ceiling.yaml, whoever is lent root"
	rm prepare
	under policy list
	check "user_policies: false: nor listed" 0 "$(grep -c '^own' out)"
	echo 'nonsense: 1' >> ceiling.yaml
	under check --policy "$work/web.yaml" alpine
	check "a wrong ceiling refuses everything: check" 2 $?
	under run --policy "$work/web.yaml" --dry-run alpine
	check "a wrong ceiling refuses everything: run" 125 $?
	under doctor
	check "a wrong ceiling: doctor says so" 1 $?
else
	count=$((count + 1))
	echo "ok $count - the ceiling # SKIP needs root and mount namespaces"
fi

echo "1..$count"
[ "$failed" -eq 0 ]
