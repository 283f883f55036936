#!/bin/sh
# The network hardrun-isolated: made once, by whoever is first, and without traffic between containers.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$live/lib.sh"
enter_private_place "$@"

start_dockerd
make_tree "$work/tree"
tar -C "$work/tree" -c . | engine import -c 'ENV PATH=/bin' - docker.io/library/tool:1 > "$work/make.log" 2>&1 ||
	give_up "the daemon takes an image" "$work/make.log"
if ! engine network create probe > "$work/make.log" 2>&1; then
	skip "the isolated network" "this machine makes no bridges: $(tail -n 1 "$work/make.log" | cut -c1-150)"
	finish
fi
engine network rm probe > /dev/null 2>&1
cat > "$work/policy.yaml" << POLICY
version: 1
description: live tests of the isolated network
images: ["*"]
engine: {backend: docker, host: "unix://$work/docker.sock"}
defaults: {user: "65534:65534", network_mode: isolated}
allow: {networks: [isolated, none]}
POLICY

# ---- sixteen at once, and the network is not there yet ----
starts=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	"$HARDRUN" run --policy "$work/policy.yaml" --rm tool:1 true > /dev/null 2>> "$work/err" &
	starts="$starts $!"
done
wrong=0
for process in $starts; do
	wait "$process" || wrong=$((wrong + 1))
done
check "sixteen at once" test "$wrong" -eq 0
check "make one network" test "$(engine network ls -q --filter name=hardrun-isolated | wc -l)" -eq 1
engine network inspect hardrun-isolated > "$work/out" 2>&1
check "a bridge without traffic between containers" out_has '"com.docker.network.bridge.enable_icc": "false"'
check "which bears our label" out_has '"io.hardrun.network": "isolated"'

# ---- two containers on it ----
hardrun run --policy "$work/policy.yaml" -d --name server tool:1 sh -c 'while :; do echo hello | nc -l -p 8000; done'
check "a server on it" status_is 0
address=$(engine inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' server)
check "has an address" test -n "$address"
hardrun run --policy "$work/policy.yaml" --rm tool:1 sh -c "nc -w 2 $address 8000 < /dev/null"
if [ "$(engine info -f '{{json .SecurityOptions}}' | wc -c)" -gt 0 ] && iptables -S FORWARD 2> /dev/null | grep -q DOCKER; then
	check "a neighbour does not reach it" sh -c "! grep -q hello '$work/out'"
else
	skip "a neighbour does not reach it" "no iptables on this machine: the engine cannot filter"
fi
engine rm -f server > /dev/null 2>&1

# ---- a network of that name that is something else ----
# A container that removes itself leaves the network a moment after its client has gone.
until_true 10 engine network rm hardrun-isolated > /dev/null 2>&1
check "the network is gone, and another takes its name" engine network create hardrun-isolated
hardrun run --policy "$work/policy.yaml" --rm tool:1 true
check "another network of that name is not used" status_is 125
check "in one sentence" err_is_one_sentence
hardrun run --policy "$work/policy.yaml" --rm --network none tool:1 sh -c 'ls /sys/class/net'
check "no network" out_is lo
engine run -d --name squatter --network hardrun-isolated docker.io/library/tool:1 sleep 1000 > /dev/null 2>&1
hardrun run --policy "$work/policy.yaml" --rm tool:1 true
check "with containers on it the remedy stops them first" err_has 'docker stop .*--filter network=hardrun-isolated.* && docker network rm'
remedy=$(sed 's/.*then remove it: //; s/docker /engine /g' "$work/err")
eval "$remedy" > /dev/null 2>&1
hardrun run --policy "$work/policy.yaml" --rm tool:1 true
check "and it works" status_is 0
finish
