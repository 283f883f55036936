cd /tmp
mariadb-install-db --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db > /tmp/install 2>&1 ||
	{ cat /tmp/install; exit 1; }
start mariadbd --no-defaults --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/mysqld.pid \
	--bind-address=127.0.0.1 --innodb-buffer-pool-size=64M --innodb-log-file-size=16M --log-warnings=1
client="--no-defaults --socket=/run/mysqld/mysqld.sock --user=root"
# shellcheck disable=SC2086
{
wait_for mariadb-admin $client ping
say "answer $(mariadb $client -Ne 'select 6 * 7')"
mariadb $client -e 'create database d; use d; create table t (n int primary key, text varchar(40)) engine=InnoDB;
	insert into t select seq, md5(seq) from seq_1_to_50000; alter table t add index (text)'
say "query $(mariadb $client -Ne 'select count(distinct text) from d.t')"
slap() {
	begin
	mariadb-slap $client --concurrency=4 --iterations=1 --number-of-queries=3000 --auto-generate-sql \
		--auto-generate-sql-load-type=mixed > /tmp/load
	did 3000
	say "rate $(awk '/Average number of seconds/ { printf "%.0f", 3000 / $9 }' /tmp/load)"
}
load slap
mariadb-dump $client d > /tmp/dump
say "dumped $(grep -c '^CREATE TABLE' /tmp/dump)"
}
finish TERM
