cd /tmp
for applet in awk sort sed gzip tar sha256sum find xargs; do
	busybox --list | grep -qx "$applet"
done
busybox seq 1 100000 > numbers
pipes() {
	begin
	begun=$(date +%s.%N)
	for _ in 1 2 3 4 5; do
		busybox tar -c numbers | busybox gzip | busybox gzip -d | busybox tar -x -O | busybox sort -n |
			busybox awk '{ sum += $1 } END { printf "%.0f\n", sum }' > sum
	done
	did 5
	say "rate $(echo "$begun $(date +%s.%N)" | awk '{ printf "%.2f", 5 / ($2 - $1) }')"
}
load pipes
say "answer $(cat sum)"
mkdir site
cp numbers site
start busybox httpd -f -p 127.0.0.1:8080 -h /tmp/site
wait_for busybox wget -q -O /dev/null http://127.0.0.1:8080/numbers
say "fetched $(busybox seq 4 | busybox xargs -P 2 -I N busybox wget -q -O - http://127.0.0.1:8080/numbers | wc -c)"
finish TERM
