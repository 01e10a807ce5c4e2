// Who answers: a responder for forty practices at once, trusts with and without proof, an exception and
// who decides on it, a region that looks on.
import { join } from 'node:path';
import { step } from './tap.mjs';

const ALERT = '/alerts/CC-2017-0001';

export function answers(play) {
	let desk, t4, siro, region, phone, plain, far;

	step('responder: acknowledges for forty practices at once', async () => {
		desk = await play.sit(play.service.invite('Dora Desk', 'fenwick-desk'));
		await desk.says('What you have to do', '40 organisations');
		await desk.go('/alerts/CC-2017-0002');
		await desk.says('40 of the organisations that you answer for have not answered');
		await desk.click('Acknowledge for all of them');
		await desk.says('acknowledged for 40 organisations');
	});
	step('responder: what it may not answer for says so', async () => {
		await desk.go(ALERT + '/T01', 403);
		await desk.go('/organisations/T01/devices', 403);
		await play.leave(desk);
	});
	step('exception: a trust asks for one, and is asked for what is missing', async () => {
		t4 = await play.sit(play.service.invite('Timo Trust', 'T04-lead'));
		await t4.go(ALERT + '/T04');
		await t4.click('Ask for an exception', 422, { opens: "It can't be done" });
		await t4.fill({ 'excepted-reason': 'The maker forbids it', 'excepted-opinion': 'Safe while apart',
			'excepted-controls': 'In a segment of its own', 'excepted-until': '2017-05-25' });
		await t4.click(t4.page.getByRole('button', { name: 'Ask for an exception' }));
		await t4.says('excepted');
	});
	step('exception: its SIRO grants it', async () => {
		siro = await play.sit(play.service.invite('Sira Siro', 'T04-siro'));
		await siro.go(ALERT + '/T04');
		await siro.says('To be decided', 'The maker forbids it', 'Safe while apart');
		await siro.click('Grant it', 422);
		await siro.says('Say why you grant it');
		await siro.fill({ 'decide-reason': 'Until the maker has come' });
		await siro.click('Grant it');
		await siro.says(/excepted/i);
		await play.leave(siro, t4);
	});
	step('region: sees its own, counts of them, not their devices', async () => {
		region = await play.sit(play.service.invite('Rita Region', 'r1-lead'));
		await region.says('What to do next');
		await region.go(ALERT);
		await region.says('T17');
		await region.go(ALERT + '/T17');
		await region.says('Open its list with a purpose');
		await region.go('/organisations/T17/devices', 403);
		await play.leave(region);
	});
	step('telephone: a trust claims without evidence, and is unproven', async () => {
		phone = await play.sit(play.service.invite('Tara Trust', 'T08-lead'), { width: 320, height: 640 });
		await phone.go(ALERT);
		await phone.click(phone.link(/^T08$/));
		await phone.says(/exposed, unanswered/i);
		await phone.click('It is fixed on all our devices');
		await phone.says(/unproven/i, 'record');
		for (const path of ['/', '/organisations/T08', '/organisations/T08/devices', '/account'])
			await phone.go(path);
		await phone.go('/journal', 403);
		await play.leave(phone);
	});
	step('no scripts: a trust acknowledges, says how far it is, sends an inventory', async () => {
		plain = await play.sit(play.service.invite('Tom Trust', 'T17-lead'), { scripts: false });
		await plain.click('Alerts');
		await plain.click('CC-2017-0001');
		await plain.click(plain.link(/^T17$/));
		await plain.click('Acknowledge: we have read it');
		await plain.says('That is done');
		await plain.click('Say that it is being done', 422, { opens: 'It is being done' });
		await plain.fill({ 'in_progress-date': '2017-05-06' });
		await plain.click('Say that it is being done');
		await plain.says('in progress');
		await plain.click('Send an inventory');
		await plain.page.setInputFiles('input[type=file]', join(play.service.folder, 'inventories/others/T17.csv'));
		await plain.click('Send it');
		await plain.says('What the inventory changed');
		await play.leave(plain);
	});
	step('four times as large: a trust finds its way', async () => {
		far = await play.sit(play.service.invite('Tina Trust', 'T20-lead'), { width: 320, height: 256, scale: 2 });
		for (const path of ['/', '/alerts', ALERT, ALERT + '/T20', '/organisations/T20', '/search?q=os:windows'])
			await far.go(path);
	});
	step('server killed: what was said stands, the session goes on', async () => {
		await far.go(ALERT + '/T20');
		await far.click('Acknowledge: we have read it');
		await play.service.kill('SIGKILL');
		await play.service.start();
		await far.go(ALERT + '/T20');
		await far.says('That is done');
		await far.click('It is fixed on all our devices');
		await far.says(/unproven/i);
	});
}
