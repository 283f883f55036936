cat > /tmp/server.py << 'PY'
import http.server, socketserver
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"a page\n")
    def log_message(self, *words):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64
Server(("127.0.0.1", 8080), Page).serve_forever()
PY
cat > /tmp/library.py << 'PY'
import asyncio, concurrent.futures, ctypes, mmap, multiprocessing, os, secrets, signal, socket, sqlite3, ssl, subprocess, tempfile
def square(n):
    return n * n
async def child():
    process = await asyncio.create_subprocess_exec("echo", "x", stdout=subprocess.PIPE)
    return (await process.communicate())[0]
if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        assert sum(pool.map(square, range(100))) == 328350
    for context in ("spawn", "forkserver"):
        with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context(context)) as pool:
            assert list(pool.map(square, [3, 4])) == [9, 16]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(square, [3, 4])) == [9, 16]
    database = sqlite3.connect("/tmp/x.db")
    database.execute("pragma journal_mode=wal")
    database.execute("create table t (n)")
    database.executemany("insert into t values (?)", [(n,) for n in range(1000)])
    database.commit()
    assert database.execute("select sum(n) from t").fetchone() == (499500,)
    assert asyncio.run(child()) == b"x\n"
    assert len(secrets.token_bytes(16)) == 16 and ssl.create_default_context().cert_store_stats()["x509_ca"] > 50
    assert socket.getaddrinfo("localhost", 80, proto=socket.IPPROTO_TCP)
    with tempfile.TemporaryFile() as file:
        file.truncate(4096)
        mmap.mmap(file.fileno(), 4096)[0] = 1
    os.sched_getaffinity(0), os.getloadavg(), os.cpu_count(), os.urandom(4)
    signal.setitimer(signal.ITIMER_REAL, 10)
    fd = os.memfd_create("x")
    os.sendfile(fd, os.open("/etc/passwd", os.O_RDONLY), 0, 10), os.posix_fallocate(fd, 0, 4096)
    libc = ctypes.CDLL(None)
    assert libc.getpid() == os.getpid()
    print("@library fine")
PY
python3 /tmp/library.py
start python3 /tmp/server.py
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
load wrk_rate http://127.0.0.1:8080/
finish TERM
