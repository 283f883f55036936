cat > /tmp/haproxy.cfg << 'CONF'
global
	stats socket /run/haproxy.sock mode 600
	maxconn 512
defaults
	mode http
	timeout connect 2s
	timeout client 5s
	timeout server 5s
frontend public
	bind 127.0.0.1:8080
	default_backend inner
backend inner
	server one 127.0.0.1:8081 check inter 500ms
frontend answers
	bind 127.0.0.1:8081
	http-request return status 200 content-type text/plain string "a page"
CONF
haproxy -c -f /tmp/haproxy.cfg > /dev/null
start haproxy -W -db -f /tmp/haproxy.cfg
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
load wrk_rate http://127.0.0.1:8080/
say "admin $(python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("/run/haproxy.sock"); s.sendall(b"show stat\n")
print(s.makefile().read())' | grep -c '^inner,one,')"
kill -USR2 "$server"
sleep 0.5
say "reloaded $(curl -fs http://127.0.0.1:8080/)"
finish TERM
