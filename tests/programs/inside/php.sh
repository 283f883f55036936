mkdir /tmp/site
cat > /tmp/site/index.php << 'PHP'
<?php
session_save_path('/tmp'); session_start(); $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
$file = tempnam('/tmp', 'x'); file_put_contents($file, random_bytes(1000)); $size = filesize($file); unlink($file);
exec('echo started', $lines);
echo 'a page ', $size, ' ', $lines[0], ' ', strlen(password_hash('x', PASSWORD_BCRYPT, ['cost' => 4])), "\n";
PHP
echo '<?php echo "small";' > /tmp/site/small.php
cat > /tmp/fpm.conf << 'CONF'
[global]
pid = /run/fpm.pid
error_log = /proc/self/fd/2
daemonize = no
[www]
listen = 127.0.0.1:9000
pm = dynamic
pm.max_children = 4
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 2
catch_workers_output = yes
CONF
cat > /tmp/nginx.conf << 'CONF'
daemon on; worker_processes 1; pid /run/nginx.pid; error_log stderr crit;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path /tmp/n1; proxy_temp_path /tmp/n2; fastcgi_temp_path /tmp/n3; uwsgi_temp_path /tmp/n4; scgi_temp_path /tmp/n5;
	server { listen 8080; location / { include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME /tmp/site$fastcgi_script_name;
		fastcgi_pass 127.0.0.1:9000; } }
}
CONF
start php-fpm8.2 -F -O -y /tmp/fpm.conf
nginx -c /tmp/nginx.conf
wait_for curl -fs http://127.0.0.1:8080/small.php
say "answer $(curl -fs http://127.0.0.1:8080/index.php)"
load ab_rate http://127.0.0.1:8080/small.php
nginx -c /tmp/nginx.conf -s quit
kill -USR2 "$server"
sleep 0.5
finish QUIT
