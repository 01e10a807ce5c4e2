// What the demo prints and shows: each of its four links, the nation in five minutes, a trust in two.
import { saturday } from './trust.mjs';
import { step } from './tap.mjs';

const ALERT = '/alerts/CC-2017-0001';

export function demo(play) {
	const people = {
		'national lead': ['national-lead', 'What to do next'],
		'regional lead': ['r1-lead', 'Northmarch'],
		"trust's lead": ['T01-lead', 'Ashcombe Hospitals'],
		'who answers for 40 practices': ['fenwick-desk', /\b(37|40) organisations/],
	};
	const at = {};

	step('demo: each link that it prints opens the first page of who it is for', async () => {
		await play.demo.ready;
		for (const [who, [post, words]] of Object.entries(people)) {
			at[who] = await play.enter(play.demo.url, play.demo.links[who], { kind: post });
			if (new URL(at[who].page.url()).pathname !== '/')
				throw new Error(`${who} comes to ${at[who].page.url()}`);
			await at[who].says(words, 'CC-2017-0001');
			if (!(await at[who].text('.lp-who')).toLowerCase().includes(post.toLowerCase()))
				throw new Error(`${who} acts as ${await at[who].text('.lp-who')}`);
		}
		await play.screen(at['who answers for 40 practices'], 'responder', '/');
		await play.leave(at['regional lead'], at['who answers for 40 practices']);
	});
	step('demo nation: accepts the lead', async () => {
		const w = at['national lead'];
		await w.says('lead');
		await w.click('Who leads');
		await w.click('Accept the lead');
		if (!/Leads: national lead.*Cleo Kettle/i.test(await w.text('[aria-label="State of the service"]')))
			throw new Error('the strip says: ' + await w.text('[aria-label="State of the service"]'));
		await play.screen(w, 'nation', '/', 1.75);
	});
	step('demo nation: previews and publishes', async () => {
		const w = at['national lead'];
		await w.go('/');
		await w.click('Alerts');
		await w.click('CC-2017-0002');
		await w.click('See whom it will reach');
		await w.says('This will reach 20 organisations', /[0-9,]+ devices exposed/, /[0-9]+ % unknown/);
		await w.click('Go on: approve or publish it');
		await w.click('Approve this revision');
		await w.click('Publish it');
		await w.says('published', '20 organisations');
	});
	step('demo nation: finds the supplier that unlocks forty practices', async () => {
		const w = at['national lead'];
		await w.click('Alerts');
		await w.click('CC-2017-0001');
		await play.screen(w, 'alert');
		const row = w.page.getByRole('row').filter({ hasText: 'Fenwick Practice Systems' });
		const said = (await row.first().innerText()).replace(/\s+/g, ' ');
		if (!/\b(3[0-9]|40)\b/.test(said))
			throw new Error('the supplier\'s row says: ' + said);
		await w.click('Fenwick Practice Systems');
		await w.says('that wait for it', 'CC-2017-0001', /organisations wait for it/);
		await w.go(ALERT);
	});
	step('demo nation: opens a contradiction, down to its missing update', async () => {
		const w = at['national lead'];
		await w.page.selectOption('#state', 'evidence_differs');
		await w.click('Show these');
		await w.click(w.link(/^T01$/));
		await w.says(/evidence differs/i);
		await w.click('Open its list with a purpose');
		await w.fill({ purpose: 'to see what their claim missed' });
		await w.click('Open it');
		await w.go(ALERT + '/T01');
		await w.click(w.link(/^CVE-/, 'T01-PC016'));
		await w.says('KB4012212');
	});
	step('demo nation: replays who knew what on 28 April', async () => {
		const w = at['national lead'];
		await w.click('Alerts');
		await w.click('CC-2017-0001');
		await w.click('Who knew what, and when');
		await w.fill({ at: '2017-04-25T12:00' });
		await w.click('Replay', 422);
		await w.says('CC-2017-0001 was not drafted yet on');
		await w.fill({ at: '2017-04-28T12:00' });
		await w.click('Replay');
		await w.says('44 of 320 organisations knew of it by then; 43 had answered');
		// It answered; it was rung up, and was silent; it had heard nothing, as the one that answers that evening.
		for (const [code, words] of Object.entries({
			T01: /evidence differs .*fixed .*yes 26 April 2017, 11:00$/,
			T17: /exposed, unanswered .*no 28 April 2017, 10:00$/,
			T08: /exposed, unanswered .*no$/,
			T09: /exposed, unanswered .*no$/,
		})) {
			const row = w.page.getByRole('row').filter({ has: w.page.getByRole('link', { name: code, exact: true }) });
			const said = (await row.innerText()).replace(/\s+/g, ' ').trim();
			if (!words.test(said))
				throw new Error(`of ${code} it says: ${said}`);
		}
		await play.screen(w, 'replay');
		await new Promise((later) => setTimeout(later, 5000)); // a replay is heavy: a slow server takes no two at once
		await w.fill({ org: 'T01' });
		await w.click('Replay');
		await w.says('evidence differs, on 3 devices', 'record');
		await play.leave(w);
	});
	step('demo trust: drops an inventory, sees exposed, medical and unknown', async () => {
		const w = at["trust's lead"];
		await w.click('Alerts');
		await w.click('CC-2017-0001');
		await w.click(w.link(/^T01$/));
		await w.says('3 exposed', '4 unknown', 'MRI scanner', 'at least 3 more');
		await play.screen(w, 'trust');
		await w.click('Send an inventory');
		await w.drop('.lp-drop', saturday(play.demo, false));
		await w.click('Send it');
		await w.says('What the inventory changed', '115 devices');
		await w.go(ALERT + '/T01');
		await w.says('0 exposed', '4 unknown', 'T01-MD01', 'MRI scanner', 'never seen by any source');
	});
	step('demo trust: asks for an exception for a scanner alone', async () => {
		const w = at["trust's lead"];
		await w.click('Ask for an exception', 422, { opens: "It can't be done" });
		await w.fill({ 'excepted-reason': 'Its maker forbids updates', 'excepted-opinion': 'Safe where it stands',
			'excepted-controls': 'In a segment of its own', 'excepted-until': '2017-05-25', 'excepted-devices': 'T01-MD01' });
		await w.click(w.page.getByRole('button', { name: 'Ask for an exception' }));
		await w.says('1 device', 'Its maker forbids updates', 'Waits for a decision');
	});
	step('demo trust: reaches verified', async () => {
		const w = at["trust's lead"];
		await w.click('Send an inventory');
		await w.drop('.lp-drop', saturday(play.demo, true));
		await w.click('Send it');
		await w.go(ALERT + '/T01');
		await w.says(/It stands: verified/);
		await play.leave(w);
	});
}
