// What is asked of every page that somebody comes to see, whoever they are.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const RULES = {
	extends: ['html-validate:recommended'],
	rules: {
		// The tables' roles stand again for telephones, where the style makes rows of them lists.
		'no-redundant-role': 'off',
		// Boxes of one question share its name, as radios do.
		'form-dup-name': ['error', { shared: ['radio', 'button', 'reset', 'submit', 'checkbox'] }],
		// Organisations and services are called as they are; no search engine reads this.
		'long-title': 'off',
		// Templates leave blanks at line ends; nobody reads them.
		'no-trailing-whitespace': 'off',
	},
};
// What is in order is not described: of a page of a thousand rows that was most of the time.
const AXE = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] };

// A window in which somebody sits, and what is wrong with what it shows.
export class Window {
	constructor(page, tools) {
		this.page = page;
		this.tools = tools;
		this.faults = [];
		this.looked = tools.looked;
		this.kind = tools.kind;
		this.narrow = tools.narrow;
		this.scripts = tools.scripts !== false;
		this.styled = true;
		page.on('response', (r) => {
			if (r.request().isNavigationRequest() && r.frame() === page.mainFrame() &&
			    (r.status() < 300 || r.status() > 399))
				this.answer = r;
		});
		page.on('request', (r) => {
			if (!r.url().startsWith(tools.url + '/') && !r.url().startsWith('data:'))
				this.fault('asks elsewhere: ' + r.url());
		});
		page.on('console', (m) => {
			// A page that answers 403 or 422 is what we came to see, and look() judges it.  A look
			// at itself that has to wait, as much is going on, is done again by the next event.
			if (m.type() === 'error' && m.location().url !== this.answer?.url() && !/status of 503/.test(m.text()))
				this.fault(`the browser's console: ${m.text()} ${m.location().url}`);
		});
		page.on('pageerror', (e) => this.fault('a script: ' + e.message));
	}
	fault(words) {
		this.faults.push(new URL(this.page.url()).pathname + ': ' + words);
	}
	get status() {
		return this.answer.status();
	}

	async go(path, status = 200) {
		await this.page.goto(this.tools.url + path);
		await this.look(status);
	}
	// A click that leads to a page: on a button's or a link's words, or a locator.  opens: what is
	// opened first to reach it.  status null: it leads nowhere else.
	async click(what, status = 200, { opens } = {}) {
		if (opens)
			await this.page.locator('summary').filter({ hasText: opens }).first().click();
		const it = this.find(what, !!opens);
		await it.waitFor({ timeout: 5000 });
		if (status === null)
			return it.click();
		await Promise.all([this.page.waitForNavigation(), it.click()]);
		await this.look(status);
	}
	find(what, button) {
		if (typeof what !== 'string')
			return what;
		return this.page.locator(button ? 'button' : 'a, button, summary').filter({ hasText: new RegExp('^\\s*' + what), visible: true }).first();
	}
	// A file from the desktop, let go over what takes it.
	async drop(where, path) {
		const what = await this.page.evaluateHandle(({ bytes, name }) => {
			const data = new DataTransfer();
			data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
			return data;
		}, { bytes: readFileSync(path).toString('base64'), name: basename(path) });
		for (const event of ['dragenter', 'dragover', 'drop'])
			await this.page.dispatchEvent(where, event, { dataTransfer: what });
	}
	// A link of a table, by its words and the row's.
	link(words, row) {
		const from = row ? this.page.getByRole('row').filter({ hasText: row }).first() : this.page.locator('main');
		return from.getByRole('link', { name: words }).first();
	}
	async fill(fields) {
		for (const [id, value] of Object.entries(fields))
			await this.page.fill('#' + id, value);
	}
	async text(where = 'main') {
		return (await this.page.locator(where).first().innerText()).replace(/\s+/g, ' ');
	}
	async says(...words) {
		const said = await this.text();
		for (const w of words)
			if (!(w instanceof RegExp ? w.test(said) : said.includes(w)))
				throw new Error(`${this.page.url()} does not say "${w}": ${said.slice(0, 1500)}`);
	}

	// Everything that is asked of the page that stands here now.
	async look(status = 200) {
		if (this.status !== status)
			this.fault(`answers ${this.status}, not ${status}: ${(await this.text('body')).replace(/^.*Sign out/, '').slice(0, 600)}`);
		await this.#shape();
		if (status === 422)
			await this.#refusal();
		// The same page of another organisation is not read again, nor its HTML in a smaller window.
		const key = `${this.kind}${this.narrow} ${status} ${(await this.page.title()).replace(/[A-Z]+-?[0-9]+/g, '')} ` +
			new URL(this.page.url()).pathname.replace(/[A-Z]+-?[0-9][^/]*/g, '*');
		if (this.looked.has(key))
			return;
		this.looked.add(key);
		if (!this.narrow && !this.looked.has(key.replace(/^\S+/, ''))) { // who looks makes little of HTML
			this.looked.add(key.replace(/^\S+/, ''));
			this.#words(await this.answer.text());
			await this.#paper();
		}
		if (this.scripts)
			await this.#axe();
	}
	async #shape() {
		const is = await this.page.evaluate(() => ({
			title: document.title,
			styled: !!document.querySelector('link[rel=stylesheet]'),
			h1: document.querySelectorAll('h1').length,
			strip: document.querySelectorAll('[aria-label="State of the service"]').length,
			wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
			widest: [...document.querySelectorAll('body *')].filter((e) =>
				e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
				.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)),
		}));
		if (!is.title)
			this.fault('has no title');
		if (is.h1 !== 1)
			this.fault(`has ${is.h1} headings of the first level`);
		if (is.strip !== 1)
			this.fault('has no strip of state');
		this.styled = is.styled; // else it was built where npm had nothing to make the style of
		if (is.wide > 0 && is.styled)
			this.fault(`is ${is.wide} px wider than its window: ${is.widest.join(' ')}`);
	}
	// A form that was not right comes back, says what is wrong and leads to the field.
	async #refusal() {
		const is = await this.page.evaluate(() => {
			const box = document.querySelector('.nhsuk-error-summary');
			const to = box?.querySelector('a')?.getAttribute('href') ?? '';
			return {
				box: !!box, to, there: !!document.getElementById(to.slice(1)),
				focus: !!box && document.activeElement === box, title: document.title,
			};
		});
		if (!is.box || !is.there)
			this.fault(`is a refusal whose summary leads to ${is.to || 'nothing'}`);
		if (!is.focus && this.scripts)
			this.fault('is a refusal whose summary has not the focus');
		if (!is.title.startsWith('Error: '))
			this.fault(`is a refusal called "${is.title}"`);
	}
	// As it is printed, on paper as wide as A4 between its margins.
	async #paper() {
		if (!this.styled)
			return;
		const was = this.page.viewportSize();
		await this.page.emulateMedia({ media: 'print' });
		await this.page.setViewportSize({ width: 680, height: 960 });
		const is = await this.page.evaluate(() => {
			const seen = (e) => e.getClientRects().length > 0;
			const all = (what) => [...document.querySelectorAll(what)];
			return {
				left: all('nav, form, button, input, .nhsuk-button, .lp-who').filter(seen).map((e) => e.outerHTML.slice(0, 100)),
				strip: all('[aria-label="State of the service"]').some(seen),
				lost: all('h1, table, svg').filter((e) => !seen(e) && !e.closest('details, form')).map((e) => e.outerHTML.slice(0, 100)),
				noise: all('a').some((a) => !/^(none|normal)$/.test(getComputedStyle(a, '::after').content)),
				wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
				clipped: all('table').filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
					.map((e) => e.outerHTML.slice(0, 100)),
			};
		});
		await this.page.setViewportSize(was);
		await this.page.emulateMedia({ media: 'screen' });
		if (is.left.length)
			this.fault('prints what can only be used: ' + is.left.slice(0, 3).join(' '));
		if (!is.strip)
			this.fault('prints no strip of state');
		if (is.lost.length)
			this.fault('does not print ' + is.lost.slice(0, 3).join(' '));
		if (is.noise)
			this.fault('prints addresses of links');
		if (is.wide > 0 || is.clipped.length)
			this.fault(`is ${is.wide} px wider than its paper: ${is.clipped.join(' ')}`);
	}
	#words(html) {
		const said = this.tools.validator.validateStringSync(html);
		for (const m of said.results.flatMap((r) => r.messages).slice(0, 5))
			this.fault(`html-validate ${m.ruleId}, line ${m.line}: ${m.message}`);
	}
	async #axe() {
		await this.page.mouse.move(0, 0); // a link under the mouse has lost its line
		await this.page.evaluate(this.tools.axe);
		const said = await this.page.evaluate(async (how) => (await window.axe.run(document, how)).violations
			.map((v) => ({ ...v, nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)) })), AXE);
		for (const v of said.filter((v) => this.styled || v.id !== 'target-size'))
			this.fault(`axe ${v.id}: ${v.help}: ${v.nodes.join(' ')}`);
	}
}

export function tools(need, url) {
	const { HtmlValidate, StaticConfigLoader } = need('html-validate');
	return {
		url,
		axe: readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8'),
		validator: new HtmlValidate(new StaticConfigLoader(RULES)),
		looked: new Set(),
	};
}
