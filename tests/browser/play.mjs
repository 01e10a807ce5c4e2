// People play the loop of an alert on the console of the demo's service, and every page they come
// to is looked at (look.mjs).  Says TAP.
// usage: node play.mjs LYNCHPIN MODULES [--only WORDS] [--screens FOLDER]
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Demo, Service, freePort } from './service.mjs';
import { Window, tools } from './look.mjs';
import { runAll } from './tap.mjs';
import { answers } from './answers.mjs';
import { bulk } from './bulk.mjs';
import { demo } from './demo.mjs';
import { nation } from './nation.mjs';
import { trust } from './trust.mjs';

const [program, modules, ...options] = process.argv.slice(2);
const option = (name) => options.includes(name) ? options[options.indexOf(name) + 1] || true : null;
const screens = option('--screens');
const need = createRequire(join(modules, 'from'));
const { chromium } = need('playwright-core');
const folder = mkdtempSync(join(tmpdir(), 'lynchpin-browser-'));

// Chromium's own sandbox needs what containers and root don't give.
async function launch() {
	const how = { executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--disable-dev-shm-usage'] };
	try {
		return await chromium.launch({ ...how, chromiumSandbox: process.getuid() !== 0 });
	} catch {
		console.log('# chromium runs without its sandbox here');
		return chromium.launch({ ...how, chromiumSandbox: false });
	}
}

// What the parts share: the service, and windows on it.
class Play {
	windows = [];
	people = {};

	// Somebody signs in by a link, in a window of their own.
	sit(person, how = {}) {
		return this.enter(this.service.url, this.service.link(person), { kind: person.posts[0], ...how });
	}
	async enter(url, link, how = {}) {
		const { kind, width = 1100, height = 900, scripts = true, scale = 1 } = how;
		const context = await this.browser.newContext({
			viewport: { width, height }, deviceScaleFactor: scale,
			javaScriptEnabled: scripts, locale: 'en-GB',
		});
		const page = await context.newPage();
		page.setDefaultTimeout(20000);
		const w = new Window(page, { ...this.tools, url, scripts, kind: kind.replace(/[0-9]+/, ''),
			narrow: width < 1000 ? `${width} at ${scale}` : '' });
		this.windows.push(w);
		await w.go(link);
		await w.click('Sign in');
		return w;
	}
	async leave(...windows) {
		for (const w of windows)
			await w.page.context().close();
	}
	// Into the folder of --screens, if that is asked for.
	async screen(w, name, path, high = 1.4) {
		if (!screens)
			return;
		if (path)
			await w.go(path);
		// From the top of the page, most as high as a sheet of paper.
		const { width } = w.page.viewportSize();
		await w.page.mouse.move(0, 0);
		await w.page.screenshot({ path: join(screens, name + '.png'), fullPage: true,
			clip: { x: 0, y: 0, width, height: Math.min(width * high,
				await w.page.evaluate(() => document.documentElement.scrollHeight)) } });
	}
}

const play = new Play();
let bad = 1;
// Who is told to stop leaves nothing behind; who is killed leaves a folder.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(signal, () => {
		rmSync(folder, { recursive: true, force: true });
		process.exit(1);
	});
try {
	play.demo = new Demo(program, join(folder, 'shown'), await freePort()); // while others play
	play.service = new Service(program, join(folder, 'demo')).make();
	[play.browser] = await Promise.all([launch(), play.service.start()]);
	play.tools = tools(need, play.service.url);
	trust(play);
	nation(play);
	answers(play);
	bulk(play);
	demo(play);
	bad = await runAll(play.windows, option('--only'));
} finally {
	await play.browser?.close();
	await play.service?.kill('SIGKILL');
	await play.demo?.kill();
	rmSync(folder, { recursive: true, force: true });
}
process.exit(bad ? 1 : 0);
