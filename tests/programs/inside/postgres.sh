PATH=$PATH:/usr/lib/postgresql/15/bin
export PGDATA=/var/lib/postgresql/data/db PGHOST=/run/postgresql PGUSER=postgres
initdb -U postgres --auth=trust > /tmp/initdb
start postgres -c listen_addresses=127.0.0.1 -c unix_socket_directories=/run/postgresql -c shared_buffers=64MB -c max_wal_size=64MB \
	-c log_min_messages=warning
wait_for pg_isready -q
say "answer $(psql -qAtc 'select 6 * 7')"
# Several processes on one query share memory in /dev/shm.
psql -qAt > /tmp/query << 'SQL'
create table numbers as select n, md5(n::text) as text from generate_series(1, 100000) n;
analyze numbers;
set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; set force_parallel_mode = on;
select count(distinct text) from numbers;
create index on numbers (text);
\copy numbers to '/tmp/numbers'
SQL
say "query $(tail -n 1 /tmp/query)"
say "copied $(wc -l < /tmp/numbers)"
rm /tmp/numbers
pgbench -q -i -s 1 > /dev/null 2>&1
bench() {
	begin
	pgbench -c 4 -j 1 -T "${SECONDS_OF_LOAD:-1}" > /tmp/load 2> /tmp/errors || { cat /tmp/errors; exit 1; }
	did "$(awk '/^number of transactions actually processed:/ { print $6 }' /tmp/load)"
	say "failed $(awk '/^number of failed transactions:/ { print $5 }' /tmp/load)"
	say "rate $(awk '$1 == "tps" { print $3 }' /tmp/load)"
}
load bench
psql -qAtc 'vacuum full' > /dev/null
pg_dump > /tmp/dump
say "dumped $(grep -c '^COPY ' /tmp/dump)"
finish INT
