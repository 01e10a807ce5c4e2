// The lead of a trust: evidence differs, on which devices, why; an inventory; verified.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { step } from './tap.mjs';

const ALERT = '/alerts/CC-2017-0001';

// Thursday's inventory two days later, with the update that three devices lacked, and where asked with
// the computers that no agent had been on.
export function saturday(service, whole) {
	const to = join(service.folder, 'T01-saturday.csv');
	const was = readFileSync(join(service.folder, 'inventories/T01-thursday.csv'), 'utf8');
	let now = was.replace(/^# taken:.*/m, `# taken: 2017-04-29T0${whole ? 6 : 5}:00Z`)
		.replace(/^(T01-(?:PC016|PC102|SRV100),.*)$/gm, '$1;KB4015549');
	const like = now.match(/^T01-PC001(,.*)$/m)[1];
	for (let n = 121; whole && n <= 125; n++)
		now += `T01-PC${n}${like}\n`;
	writeFileSync(to, now);
	return to;
}

export function trust(play) {
	let w;

	step('trust lead: signs in by a link', async () => {
		w = await play.sit(play.service.invite('Tess Trust', 'T01-lead'));
		await w.says('T01');
	});
	step('trust lead: sees that evidence differs, and on which devices', async () => {
		await w.click('Alerts');
		await w.click('CC-2017-0001');
		await w.click(w.link(/^T01$/));
		await w.says(/evidence differs/i, 'T01-PC016', 'T01-PC102', 'T01-SRV100', 'KB4012212');
	});
	step('trust lead: sees why, down to the missing update', async () => {
		await w.click(w.link(/^CVE-/, 'T01-PC016'));
		await w.says('CVE-2017-0144', 'KB4012212', 'Windows 7');
	});
	step('trust lead: sends an inventory, which contradicts no more and says what is missing', async () => {
		await w.go(ALERT + '/T01');
		await w.click('Send an inventory');
		await w.click('Send it', 422);
		await w.says('There is a problem', 'Choose a file to send');
		await w.page.setInputFiles('input[type=file]', saturday(play.service, false));
		await w.click('Send it');
		await w.says('What the inventory changed', '115 devices');
		await w.go(ALERT + '/T01');
		await w.says('unproven', '0 exposed', 'of the 124 devices that are expected');
	});
	step('trust lead: sends those that were missing, and the claim is verified', async () => {
		await w.click('Send an inventory');
		await w.page.setInputFiles('input[type=file]', saturday(play.service, true));
		await w.click('Send it');
		await w.says('120 devices');
		await w.go(ALERT + '/T01');
		await w.says('verified');
		await play.leave(w);
	});
}
