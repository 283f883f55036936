cat > /tmp/server.js << 'JS'
var threads = java.util.concurrent.Executors.newFixedThreadPool(4);
var page = new java.lang.String("a page\n").getBytes();
var server = Packages.com.sun.net.httpserver.HttpServer.create(new java.net.InetSocketAddress("127.0.0.1", 8080), 0);
server.createContext("/", new JavaAdapter(Packages.com.sun.net.httpserver.HttpHandler, { handle: function (exchange) {
	exchange.sendResponseHeaders(200, page.length);
	exchange.getResponseBody().write(page);
	exchange.close();
} }));
server.setExecutor(threads);
server.start();
JS
cat > /tmp/library.js << 'JS'
var file = java.nio.file.Files.createTempFile("x", ".tmp");
java.nio.file.Files.write(file, new java.lang.String("text").getBytes());
var channel = new java.io.RandomAccessFile(file.toFile(), "rw").getChannel();
channel.map(java.nio.channels.FileChannel.MapMode.READ_WRITE, 0, 4096).put(0, 1);
channel.lock().release();
var process = new java.lang.ProcessBuilder("echo", "x").start();
if (process.waitFor() != 0) throw "process";
java.net.InetAddress.getByName("localhost");
java.security.KeyPairGenerator.getInstance("RSA").generateKeyPair();
java.lang.management.ManagementFactory.getThreadMXBean().getThreadCount();
var garbage = 0;
for (var n = 0; n < 200; n++) garbage += new java.lang.StringBuilder(100000).capacity();
java.lang.System.gc();
print("@library fine");
JS
java="java -XX:-UsePerfData -jar /usr/share/java/js.jar"
# shellcheck disable=SC2086
{
$java -opt -1 /tmp/library.js
start $java -opt -1 /tmp/server.js
}
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
load ab_rate -k http://127.0.0.1:8080/
finish TERM
