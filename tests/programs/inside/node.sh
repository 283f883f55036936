cat > /tmp/server.js << 'JS'
const cluster = require('cluster'), http = require('http');
if (cluster.isPrimary) {
	cluster.fork(); cluster.fork();
	process.on('SIGTERM', () => process.exit(0));
} else {
	http.createServer((request, response) => response.end('a page\n')).listen(8080, '127.0.0.1');
}
JS
cat > /tmp/library.js << 'JS'
const fs = require('fs'), crypto = require('crypto'), zlib = require('zlib'), dns = require('dns');
const { Worker } = require('worker_threads'), { execFileSync, fork } = require('child_process');
const wait = promise => promise.catch(error => { console.error(error); process.exit(1); });
wait((async () => {
	await fs.promises.mkdir('/tmp/d');
	await Promise.all([...Array(50).keys()].map(n => fs.promises.writeFile('/tmp/d/' + n, 'x'.repeat(1000))));
	if ((await fs.promises.readdir('/tmp/d')).length !== 50) throw new Error('readdir');
	await fs.promises.copyFile('/tmp/d/1', '/tmp/d/copy');
	await fs.promises.rm('/tmp/d', { recursive: true });
	const watcher = fs.watch('/tmp');
	watcher.close();
	const work = 'require("worker_threads").parentPort.postMessage(6 * 7)';
	const value = await new Promise((resolve, reject) => new Worker(work, { eval: true })
		.on('message', resolve).on('error', reject));
	if (value !== 42) throw new Error('worker');
	if (execFileSync('echo', ['x']).toString() !== 'x\n') throw new Error('child');
	await new Promise(resolve => crypto.scrypt('x', 'salt', 32, resolve));
	crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
	zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(100000)));
	await dns.promises.lookup('localhost');
	const bytes = Buffer.from('0061736d010000000105016000017f0302010007050101660000' + '0a06010400412a0b', 'hex');
	if ((await WebAssembly.instantiate(bytes)).instance.exports.f() !== 42) throw new Error('wasm');
	let sum = 0;
	for (let n = 0; n < 3e7; n++) sum += n % 7;
	console.log('@library fine');
})());
JS
node /tmp/library.js
start node /tmp/server.js
wait_for curl -fs http://127.0.0.1:8080/
say "answer $(curl -fs http://127.0.0.1:8080/)"
load wrk_rate http://127.0.0.1:8080/
finish TERM
