export HOME=/tmp GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
cd /tmp
git init -q --bare -b main store.git
git daemon --base-path=/tmp --export-all --enable=receive-pack --listen=127.0.0.1 --port=9418 &
server=$!
wait_for git ls-remote git://127.0.0.1/store.git
git clone -q git://127.0.0.1/store.git work 2> /dev/null
cd work
n=0
commits() {
	begin
	begun=$(date +%s.%N)
	for _ in $(seq 40); do
		n=$((n + 1))
		echo "$n" > "file$n"
		git add .
		git commit -q -m "commit $n"
	done
	did 40
	say "rate $(echo "$begun $(date +%s.%N)" | awk '{ printf "%.1f", 40 / ($2 - $1) }')"
}
load commits
git push -q origin HEAD:main
git gc -q
git fsck --no-progress
say "answer $(git clone -q git://127.0.0.1/store.git /tmp/again && git -C /tmp/again log --oneline | wc -l)"
mkdir /tmp/site
head -c 2000000 /dev/zero > /tmp/site/file
busybox httpd -f -p 127.0.0.1:8080 -h /tmp/site &
web=$!
wait_for curl -fs -o /dev/null http://127.0.0.1:8080/file
# Two at once draw a progress meter even when asked to be silent: whoever reads our lines must not find half of it among them.
curl -fsS -Z -o one http://127.0.0.1:8080/file -o two http://127.0.0.1:8080/file 2> /tmp/meter || tr '\r' '\n' < /tmp/meter >&2
say "fetched $(cat one two | wc -c)"
kill "$web"
finish TERM
