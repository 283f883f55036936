PATH=/usr/lib/rabbitmq/bin:$PATH
export HOME=/var/lib/rabbitmq RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_LOGS=- RABBITMQ_MNESIA_BASE=/var/lib/rabbitmq/mnesia \
	RABBITMQ_CONFIG_FILE=/tmp/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=/tmp/enabled_plugins RABBITMQ_CONF_ENV_FILE=/dev/null \
	RABBITMQ_SCHEMA_DIR=/var/lib/rabbitmq/schema RABBITMQ_GENERATED_CONFIG_DIR=/var/lib/rabbitmq/config
echo '[rabbitmq_management].' > /tmp/enabled_plugins
cat > /tmp/rabbitmq.conf << 'CONF'
listeners.tcp.1 = 127.0.0.1:5672
management.tcp.ip = 127.0.0.1
log.console.level = warning
vm_memory_high_watermark.absolute = 256MiB
CONF
cat > /tmp/load.py << 'PY'
import sys, threading, time
import pika
COUNT = int(sys.argv[1])
def channel():
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1")).channel()
def publish():
    sender = channel()
    for n in range(COUNT):
        sender.basic_publish("", "load", b"x" * 100, pika.BasicProperties(delivery_mode=2))
    sender.connection.close()
receiver = channel()
receiver.queue_declare("load", durable=True)
receiver.basic_qos(prefetch_count=100)
begun = time.monotonic()
sender = threading.Thread(target=publish)
sender.start()
for got, (method, _, body) in enumerate(receiver.consume("load"), 1):
    assert body == b"x" * 100
    receiver.basic_ack(method.delivery_tag)
    if got == COUNT:
        break
sender.join()
print(COUNT / (time.monotonic() - begun))
PY
start rabbitmq-server
wait_for curl -fs -u guest:guest http://127.0.0.1:15672/api/health/checks/local-alarms
# rabbitmqctl is a virtual machine of its own, and speaks to the broker's.
say "answer $(rabbitmqctl -q eval '6 * 7.')"
rabbitmqadmin -q declare queue name=kept durable=true > /dev/null
rabbitmqadmin -q publish routing_key=kept payload=value properties='{"delivery_mode": 2}' > /dev/null
wait_for sh -c 'rabbitmqadmin -q -f tsv get queue=kept | grep -q value'
say "kept $(rabbitmqadmin -q -f tsv get queue=kept | cut -f 4 | tail -n 1)"
messages() {
	begin
	python3 /tmp/load.py "${REQUESTS:-5000}" > /tmp/load
	did "${REQUESTS:-5000}"
	say "rate $(cat /tmp/load)"
}
load messages
finish TERM
