mkdir /tmp/site
head -c 3000000 /dev/zero > /tmp/site/large
server library
start server
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
say "hashed $(curl -fs --data-binary @/tmp/site/large http://127.0.0.1:8080/hash | cut -c 1-16)"
say "fetched $(curl -fs http://127.0.0.1:8080/files/large | wc -c)"
load wrk_rate http://127.0.0.1:8080/
finish TERM
