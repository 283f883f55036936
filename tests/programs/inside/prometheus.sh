cat > /tmp/prometheus.yml << 'CONF'
global: {scrape_interval: 200ms, evaluation_interval: 200ms}
rule_files: [/tmp/rules.yml]
scrape_configs:
  - {job_name: itself, static_configs: [{targets: ["127.0.0.1:9090"]}]}
CONF
cat > /tmp/rules.yml << 'CONF'
groups:
  - name: rules
    rules:
      - {record: "job:up:sum", expr: "sum by (job) (up)"}
      - {alert: Down, expr: "up == 0", for: 1m}
CONF
promtool check config /tmp/prometheus.yml > /tmp/log || { cat /tmp/log; exit 1; }
# Blocks of the past, mapped into memory.
awk 'BEGIN { print "# TYPE past gauge"; for (n = 0; n < 20000; n++) printf "past{n=\"%d\"} %d %d\n", n % 100, n, 1700000000 + n
	print "# EOF" }' > /tmp/past
promtool tsdb create-blocks-from openmetrics /tmp/past /prometheus > /tmp/log 2>&1 || { cat /tmp/log; exit 1; }
start prometheus --config.file=/tmp/prometheus.yml --storage.tsdb.path=/prometheus --storage.tsdb.retention.time=100y \
	--web.listen-address=127.0.0.1:9090 --web.enable-lifecycle --web.enable-admin-api --log.level=warn
url=http://127.0.0.1:9090
wait_for curl -fs $url/-/ready
wait_for sh -c "promtool query instant $url 'job:up:sum' | grep -q '=> 1 '"
say "answer $(promtool query instant $url 'sum(up)' | sed 's/.*=> \([0-9]*\) .*/\1/')"
say "past $(promtool query instant --time 1700010000 $url 'count(past)' | sed 's/.*=> \([0-9]*\) .*/\1/')"
load wrk_rate "$url/api/v1/query?query=sum(rate(prometheus_http_requests_total%5B1m%5D))"
say "snapshot $(curl -fs -X POST $url/api/v1/admin/tsdb/snapshot | grep -c '"status":"success"')"
kill -HUP "$server"
sleep 0.3
say "reloaded $(promtool query instant $url 'prometheus_config_last_reload_successful' | sed 's/.*=> \([0-9]*\) .*/\1/')"
finish TERM
