// A service to look at: the demo's store, people who hold its posts, and a server of it.
import { spawn, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';

// A process that ends when this one does, however that ends: else a test that is killed leaves a
// server behind.  A group of its own, so that it and its children can be killed in one.
const begin = (folder, ...words) => spawn('setpriv', ['--pdeathsig', 'TERM', ...words],
	{ cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });

export const NOW = '2017-04-29T10:30Z';

export class Service {
	#parent;

	constructor(program, folder) {
		this.program = program;
		this.folder = folder;
		this.log = '';
	}

	// Made once; a second one begins as a copy of the first.
	make() {
		execFileSync(this.program, ['demo', '--story', '--dir', this.folder], { stdio: 'pipe' });
		return this;
	}
	copy(folder) {
		const other = new Service(this.program, folder);
		mkdirSync(folder, { recursive: true });
		cpSync(this.folder, folder, { recursive: true });
		return other;
	}

	run(...words) {
		return execFileSync(this.program, ['--now', NOW, ...words],
			{ cwd: this.folder, encoding: 'utf8', stdio: 'pipe' });
	}
	as(post, ...words) {
		return this.run('--as', post, ...words);
	}
	// Somebody who holds the posts, and a link to sign in with.
	invite(name, ...posts) {
		const address = name.toLowerCase().replace(/ /g, '.') + '@norland.example';
		this.run('person', 'invite', address, name, ...posts.flatMap((p) => ['--post', p]));
		return { address, name, posts };
	}
	link(person) {
		const said = this.run('person', 'link', person.address, '--kind', 'sign-in');
		return '/link/' + said.trim().split('\n').pop();
	}

	async start() {
		const listen = this.url ? new URL(this.url).host : '127.0.0.1:0';
		this.#parent = begin(this.folder, this.program, '--now', NOW, 'serve', '--listen', listen,
			'--workers', '4', '--quiet');
		this.#parent.stderr.on('data', (bytes) => { this.log += bytes; });
		this.ended = new Promise((done) => this.#parent.on('close', done));
		this.url = await new Promise((done, failed) => {
			let said = '';
			this.#parent.stdout.on('data', (bytes) => {
				said += bytes;
				const at = said.match(/^listening on (\S+)/m);
				if (at)
					done(at[1]);
			});
			this.ended.then(() => failed(new Error('the server ended: ' + this.log)));
		});
		return this;
	}
	async kill(signal) {
		if (!this.#parent)
			return;
		try {
			process.kill(-this.#parent.pid, signal);
		} catch {
			// It has ended by itself.
		}
		await this.ended;
		this.#parent = null;
	}
}

// A port that nobody listens on just now.
export const freePort = () => new Promise((done) => {
	const probe = createServer().listen(0, '127.0.0.1', () => {
		const { port } = probe.address();
		probe.close(() => done(port));
	});
});

// What `lynchpin demo` makes, serves and prints: a link for each of four people.
export class Demo {
	links = {};
	#child;

	constructor(program, folder, port) {
		this.folder = folder;
		this.#child = begin('.', program, 'demo', '--dir', folder, '--port', String(port));
		this.ended = new Promise((done) => this.#child.on('close', done));
		this.ready = new Promise((done, failed) => {
			let said = '';
			for (const from of [this.#child.stdout, this.#child.stderr])
				from.on('data', (bytes) => {
					said += bytes;
					this.url = said.match(/^listening on (\S+)/m)?.[1];
					if (!this.url)
						return;
					for (const [, who, path] of said.matchAll(/^ {2}(\S.*?) {2,}http:\/\/[^/]+(\/link\/\S+)$/gm))
						this.links[who] = path;
					done(this);
				});
			this.ended.then(() => failed(new Error('the demo ended: ' + said.slice(-2000))));
		});
		this.ready.catch(() => {});
	}
	async kill() {
		try {
			process.kill(-this.#child.pid, 'SIGKILL');
		} catch {
			// It has ended by itself.
		}
		await this.ended;
	}
}
