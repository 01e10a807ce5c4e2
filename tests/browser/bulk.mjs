// Several at once: a region chases and escalates, a responder answers for practices without scripts, a
// lead looks at settings and the outbox, and invites somebody.
import { step } from './tap.mjs';

const ALERT = '/alerts/CC-2017-0001';

export function bulk(play) {
	let region, desk, siro, lead;

	step('bulk: a region ticks two, sees what will happen, and chases them', async () => {
		region = await play.sit(play.service.invite('Rolf Region', 'r2-lead'));
		await region.go(ALERT + '?unanswered=1');
		await region.click('Chase them', 422);
		await region.says('Tick at least one organisation');
		await region.go(ALERT + '?unanswered=1');
		for (const at of [0, 1])
			await region.page.locator('.lp-tick-cell input').nth(at).check({ force: true });
		await region.click('Chase them');
		await region.says('it is asked again');
		await region.fill({ 'chase-note': 'Ring us before noon.' });
		await region.click('Chase 2 organisations');
		await region.says('2 organisations were chased');
		await region.go(ALERT + '?chased=yes');
		await region.says('chased 29 April 2017', 'by r2-lead');
		await region.page.locator('#which-all').check({ force: true });
		await region.click('Escalate them');
		await region.click('Escalate 2 organisations');
		await region.says('2 organisations were escalated');
		await play.leave(region);
	});
	step('bulk: a responder on a telephone without scripts answers for practices', async () => {
		desk = await play.sit(play.service.invite('Dina Desk', 'fenwick-desk'), { scripts: false, width: 320, height: 640 });
		await desk.go(ALERT);
		await desk.page.locator('#which-all').check({ force: true });
		await desk.click('Answer for them');
		await desk.click('Say for 40 that it does not apply', 422, { opens: 'It does not apply to them' });
		await desk.says('Say why it does not apply');
		await desk.fill({ 'not_applicable-reason': 'None of it is here' });
		await desk.click('Say for 40 that it does not apply');
		await desk.says('40 organisations say that it does not apply');
		await play.leave(desk);
	});
	step('bulk: settings, the outbox, an invitation', async () => {
		lead = await play.sit(play.service.invite('Nils Nation', 'duty-analyst'));
		await lead.go('/settings');
		await lead.says('people sign in with passwords', 'alert-clocks.csv');
		await lead.go('/outbox');
		await lead.go('/people/invite', 403);
		siro = await play.sit(play.service.invite('Sven Siro', 'T02-siro'), { width: 320, height: 640 });
		await siro.go('/people');
		await siro.click('Invite somebody');
		await siro.click('Invite them', 422);
		await siro.fill({ email: 'nora.new@t02.example', name: 'Nora New' });
		await siro.page.selectOption('#post', 't02-lead');
		await siro.click('Invite them');
		await siro.says('Nora New is invited', '/link/');
		await play.leave(siro, lead);
	});
}
