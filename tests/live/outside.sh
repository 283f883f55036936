# Sourced by tests of containers with a network of their own, after the private place is entered: a device for packets, and in the
# test's own network namespace 192.0.2.1, which stands for the world outside. ${tree} is there.
# shellcheck shell=sh

# As udev has it: open to everybody.
open_device() {
	umount /dev/net 2> /dev/null
	mount -t tmpfs tmpfs /dev/net && mknod -m "$1" /dev/net/tun c 10 200
}
open_device 0666 || give_up "a device for packets"
ip link add outside type veth peer name other && ip link set other up && ip address add 192.0.2.1/24 dev outside &&
	ip link set outside up || give_up "a network outside"
mkdir "$work/www" && echo beyond > "$work/www/f"
echo inside > "$tree/data/f"
for address in 192.0.2.1:8000 127.0.0.1:8001; do
	busybox httpd -f -p "$address" -h "$work/www" &
	remember $!
done
# The host's resolver is on its loopback, where systemd-resolved has it: what is not for names must not be reached by way of it.
echo 'nameserver 127.0.0.1' > "$work/resolv.conf"
mount --bind "$work/resolv.conf" /etc/resolv.conf || give_up "a resolver"
fetch() {
	timeout 5 busybox wget -q -O - "http://$1"
}
until_true 10 fetch 127.0.0.1:8001/f || give_up "a server on the loopback"
"${CC:-gcc}" -static -O1 -o "$tree/bin/loopback" "$live/loopback.c" > "$work/cc.log" 2>&1 || give_up "the caller of loopbacks is built" "$work/cc.log"
"$tree/bin/loopback" serve 8002 >> "$work/called" &
remember $!
until_true 10 sh -c "'$tree/bin/loopback' call lo 8002 127.0.0.1 | grep -q TCP" || give_up "a server on every address"

# A socket that is bound to the device sends there what is for 127.0.0.1 too, and slirp4netns would connect to it. No answer need
# come back, as the kernel drops what a device brings from 127.0.0.1: so it is looked at who was called. 0.0.0.0, broadcasts and
# 10.0.2.2 are its own names for the host's loopback, and 10.0.2.3 is the host's resolver, for names alone.
loopback_by_device() {
	: > "$work/called"
	run_tree --network isolated loopback call tap0 8002 192.0.2.1 127.0.0.1 127.0.0.53 127.255.255.254 0.0.0.0 0.0.0.1 10.0.2.2 10.0.2.3 \
		10.0.2.255 255.255.255.255 240.0.0.1
	check "$runtime: bound to the device, all is tried" status_is 0
	check "$runtime: bound to the device, the outside is reached" test "$(grep -cE '^192.0.2.1 answers: (TCP|UDP), (SO_BINDTODEVICE|IP_UNICAST_IF)$' "$work/out")" -eq 4
	sort -u "$work/called" > "$work/out"
	check "$runtime: bound to the device, the host's loopback is not" out_is "TCP 192.0.2.1
UDP 192.0.2.1"
	run_tree --network isolated --cap-add NET_RAW true
	check "$runtime: who could write packets gets no such network" err_has 'CAP_NET_RAW: with it the container would reach the host.s loopback through the network isolated of'
	check "$runtime: which is one sentence" err_is_one_sentence
	run_tree --network none --cap-add NET_RAW true
	check "$runtime: with a remedy that helps" status_is 0
}

carriers() {
	pgrep -x slirp4netns
}

no_carrier() {
	until_true 10 sh -c '! pgrep -x slirp4netns'
}
