start memcached -l 127.0.0.1 -p 11211 -m 48 -t 2
wait_for memcping --servers=127.0.0.1
printf 'set key 0 0 5\r\nvalue\r\nget key\r\nquit\r\n' | busybox nc 127.0.0.1 11211 > /tmp/answer
say "answer $(tr -d '\r' < /tmp/answer | sed -n 3p)"
slap() {
	begin
	memcaslap --servers=127.0.0.1:11211 --threads=1 --concurrency=16 --time="${SECONDS_OF_LOAD:-1}s" > /tmp/load 2>&1
	did "$(sed -n 's/.*Ops: \([0-9]*\).*/\1/p' /tmp/load | tail -n 1)"
	say "rate $(sed -n 's/.*TPS: \([0-9]*\).*/\1/p' /tmp/load | tail -n 1)"
}
load slap
# More than fits: the cache forgets, and goes on.
python3 -c 'import socket
s = socket.create_connection(("127.0.0.1", 11211))
for n in range(70000):
    s.sendall(b"set key%d 0 0 1000 noreply\r\n%s\r\n" % (n, b"x" * 1000))
s.sendall(b"stats\r\nquit\r\n")
print(s.makefile().read())' | tr -d '\r' > /tmp/stats
say "forgot $(awk '$2 == "evictions" { print ($3 > 1000 ? "many" : "few") }' /tmp/stats)"
finish TERM
