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

carriers() {
	pgrep -x slirp4netns
}

no_carrier() {
	until_true 10 sh -c '! pgrep -x slirp4netns'
}
