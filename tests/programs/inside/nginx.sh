mkdir /tmp/site
echo "a page" > /tmp/site/index.html
head -c 3000000 /dev/zero > /tmp/site/large
cat > /tmp/nginx.conf << 'CONF'
daemon off; worker_processes 2; pid /run/nginx.pid; error_log stderr warn;
events { worker_connections 512; }
http {
	access_log off; sendfile on; client_body_buffer_size 8k; client_max_body_size 8m; proxy_buffers 8 4k;
	client_body_temp_path /var/cache/nginx/body; proxy_temp_path /var/cache/nginx/proxy; fastcgi_temp_path /var/cache/nginx/fastcgi;
	uwsgi_temp_path /var/cache/nginx/uwsgi; scgi_temp_path /var/cache/nginx/scgi;
	server { listen 8080; root /tmp/site; error_page 405 =200 $uri; }
	server { listen 8081; location / { proxy_pass http://127.0.0.1:8080; } }
}
CONF
start nginx -c /tmp/nginx.conf
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
# Through the proxy, with bodies and answers that go to its temporary files.
say "proxied $(curl -fs --limit-rate 20M http://127.0.0.1:8081/large | wc -c)"
say "posted $(curl -fs --data-binary @/tmp/site/large http://127.0.0.1:8081/large | wc -c)"
load wrk_rate http://127.0.0.1:8080/
kill -HUP "$server"
sleep 0.3
say "reloaded $(curl -fs http://127.0.0.1:8080/)"
finish QUIT
