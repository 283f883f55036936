export XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data HOME=/data
mkdir /tmp/site
echo "a page" > /tmp/site/index.html
head -c 3000000 /dev/zero > /tmp/site/large
cat > /tmp/Caddyfile << 'CONF'
{
	admin 127.0.0.1:2019
	skip_install_trust
	log {
		level WARN
	}
}
http://127.0.0.1:8080 {
	root * /tmp/site
	encode gzip
	file_server browse
}
http://127.0.0.1:8081 {
	reverse_proxy 127.0.0.1:8080
}
https://localhost:8443 {
	tls internal
	respond "a secret"
}
CONF
caddy validate --adapter caddyfile --config /tmp/Caddyfile > /tmp/log 2>&1 || { cat /tmp/log; exit 1; }
start caddy run --adapter caddyfile --config /tmp/Caddyfile
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
# Compressed, and through the proxy; with a certificate of its own making.
say "proxied $(curl -fs --compressed http://127.0.0.1:8081/large | wc -c)"
wait_for test -s /data/caddy/pki/authorities/local/root.crt
say "secret $(curl -fs --cacert /data/caddy/pki/authorities/local/root.crt https://localhost:8443/)"
load wrk_rate http://127.0.0.1:8080/
ab_rate_of_proxy=$(ab -q -n 500 -c 8 http://127.0.0.1:8081/ 2>&1 | awk '/^Complete requests:/ { print $3 }')
say "through $ab_rate_of_proxy"
sed 's/a secret/a change/' /tmp/Caddyfile > /tmp/Caddyfile.2
caddy reload --adapter caddyfile --config /tmp/Caddyfile.2 > /tmp/log 2>&1 || { cat /tmp/log; exit 1; }
say "reloaded $(curl -fs --cacert /data/caddy/pki/authorities/local/root.crt https://localhost:8443/)"
finish TERM
