mkdir /tmp/site
echo "a page" > /tmp/site/index.html
cat > /tmp/httpd.conf << 'CONF'
ServerRoot /usr/lib/apache2
ServerName localhost
Listen 8080
PidFile /run/httpd.pid
DefaultRuntimeDir /run
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule dir_module modules/mod_dir.so
LoadModule cgid_module modules/mod_cgid.so
LoadModule alias_module modules/mod_alias.so
ScriptSock /run/cgid.sock
ErrorLog "|/bin/cat"
LogLevel warn
DocumentRoot /tmp/site
DirectoryIndex index.html
ScriptAlias /cgi/ /usr/bin/
<Location /cgi/>
	Require all granted
</Location>
CONF
start apache2 -f /tmp/httpd.conf -DFOREGROUND
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
# A program per request: fork and exec in the server. It prints no header, so the answer is an error, or its output's first line.
say "cgi $(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/cgi/true)"
load ab_rate -k http://127.0.0.1:8080/index.html
kill -USR1 "$server"
sleep 0.5
say "reloaded $(curl -fs http://127.0.0.1:8080/)"
finish TERM
