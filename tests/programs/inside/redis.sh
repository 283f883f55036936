start redis-server --port 6379 --bind 127.0.0.1 --dir /data --appendonly yes --save 3600 1
wait_for redis-cli ping
redis-cli set key value > /dev/null
say "answer $(redis-cli get key)"
say "script $(redis-cli eval 'return redis.call("incrby", KEYS[1], 41) + 1' 1 counter)"
benchmark() {
	begin
	redis-benchmark -q -n "${REQUESTS:-50000}" -c 16 -t set,get -d 64 > /tmp/load
	did 100000
	say "rate $(tr '\r' '\n' < /tmp/load | awk '/^GET: .*requests per second/ { print $2 }')"
}
load benchmark
# Both ways of saving fork.
redis-cli bgrewriteaof > /dev/null
wait_for sh -c 'redis-cli info persistence | grep -q "aof_rewrite_in_progress:0"'
redis-cli bgsave > /dev/null
wait_for sh -c 'redis-cli info persistence | grep -q "rdb_bgsave_in_progress:0"'
say "saved $(redis-cli info persistence | tr -d '\r' | awk -F : '/^(rdb_last_bgsave|aof_last_bgrewrite)_status/ { printf "%s", $2 }')"
kill -TERM "$server"
wait "$server" || true
# What was stored is there after a restart.
start redis-server --port 6379 --bind 127.0.0.1 --dir /data --appendonly yes --save ''
wait_for redis-cli ping
wait_for redis-cli get key
say "kept $(redis-cli get key)"
finish TERM
