// The nation's two: an alert is written, previewed, approved by the second person, published; the lead
// is offered and accepted; a list of devices is opened with a purpose.  And who only reads.
import { step } from './tap.mjs';

export function nation(play) {
	let analyst, lead, auditor;

	step('analyst: writes an alert, which is asked for what is missing', async () => {
		analyst = await play.sit(play.service.invite('Anna Analyst', 'duty-analyst'));
		await analyst.click('Write an alert');
		await analyst.click('Keep it as a draft', 422);
		await analyst.fill({ title: 'Flash: update it or take it off', text: 'Take it off where nobody needs it.',
			cves: 'CVE-2016-4117' });
		await analyst.page.getByLabel('fix', { exact: true }).check();
		await analyst.page.getByLabel('trust', { exact: true }).check();
		await analyst.page.getByLabel('gp_practice', { exact: true }).check();
		await analyst.click('Keep it as a draft');
		await analyst.says('This will reach 320 organisations', /[0-9,]+ devices exposed/);
		await play.leave(analyst);
	});
	step('nation: the lead sees what to do next', async () => {
		lead = await play.sit(play.service.invite('Nora Nation', 'national-lead'));
		await lead.says('What to do next', 'CC-2017-0001', 'How much is seen');
	});
	step('nation: approves the draft of another, and it goes out', async () => {
		await lead.go('/alerts/CC-2017-0002');
		await lead.click('See whom it will reach');
		await lead.says('This will reach 320 organisations');
		await lead.click('Go on: approve or publish it');
		await lead.click('Approve this revision');
		await lead.says('Done');
		await lead.click('Publish it');
		await lead.says('published', '320 organisations');
	});
	step('nation: an alert by state, by region, by what it filters', async () => {
		await lead.go('/alerts');
		await lead.click('CC-2017-0001');
		await lead.says('Since it was asked', 'Northmarch', 'T17');
		if ((await lead.text()).includes('Acknowledge for all'))
			throw new Error('the nation is led to answer for everybody');
		await lead.page.selectOption('#state', 'evidence_differs');
		await lead.click('Show these');
		await lead.go('/alerts/CC-2017-0001?reached=no&help=1&pending=1');
		for (const id of ['#reached', '#help', '#pending'])
			if (!await lead.page.isChecked(id))
				throw new Error(`the filter ${id} of the address is not seen in the form`);
		await lead.page.uncheck('#help');
		await lead.click('Show these');
		if (!lead.page.url().includes('reached=no') || lead.page.url().includes('help'))
			throw new Error('the filter leads to ' + lead.page.url());
		await lead.click('Withdraw it', 422, { opens: 'Withdraw it' });
	});
	step('nation: opens the devices of a trust with a purpose, and sees why', async () => {
		await lead.go('/organisations/T17');
		await lead.says('You see counts');
		await lead.go('/organisations/T17/devices', 403);
		await lead.says('sees counts of T17');
		if ((await lead.text()).includes('lynchpin') || !(await lead.text('nav')).includes('Journal'))
			throw new Error('what is refused loses the menu, or names a command: ' + await lead.text());
		await lead.click(lead.link(/^T17$/));
		await lead.click('Open it', 422);
		await lead.fill({ purpose: 'to help them patch tonight' });
		await lead.click('Open it');
		await lead.click('Its devices');
		await lead.click(lead.link(/^T17-/));
		await lead.click(lead.link(/^CVE-/));
		await lead.says('By region');
	});
	step('nation: who leads is offered, accepted, and stands on every page', async () => {
		await lead.go('/lead');
		await lead.page.selectOption('#offer-post', 'national-lead');
		await lead.fill({ 'offer-authority': 'Incident plan, section 7', 'offer-until': '2017-05-06T08:00',
			'offer-accept': '2017-04-29T12:00' });
		await lead.click('Offer it');
		await lead.click('Accept the lead');
		await lead.fill({ 'level-reason': 'A worm is about' });
		await lead.page.selectOption('#level-level', 'heightened');
		await lead.click('Set it');
		const strip = await lead.text('[aria-label="State of the service"]');
		if (!/Heightened/.test(strip) || /nobody/.test(strip))
			throw new Error('the strip says: ' + strip);
	});
	step('nation: every listing, as a page', async () => {
		for (const path of ['/organisations', '/search', '/search?q=class:medical', '/names', '/feeds', '/people',
			'/delegations', '/vulnerabilities/CVE-2017-0144', '/account', '/post'])
			await lead.go(path);
		await lead.go('/nowhere', 404);
		await lead.go('/organisations/T99', 404);
		await play.leave(lead);
	});
	step('auditor: reads who did what, and the journal is whole', async () => {
		auditor = await play.sit(play.service.invite('Ida Inquiry', 'inquiry'));
		await auditor.click('Journal');
		await auditor.go('/journal?number=1&limit=5');
		await auditor.says('service.init');
		await auditor.go('/journal?act=disclosure.open');
		await auditor.says('disclosure.open', 'nora.nation@norland.example', 'to help them patch tonight');
		await auditor.click('Verify the journal');
		await auditor.says('the journal is whole');
	});
	step('auditor: may neither see devices nor write', async () => {
		await auditor.go('/organisations/T01/devices', 403);
		await auditor.go('/alerts/new', 403);
		await auditor.go('/alerts/CC-2017-0001');
		for (const no of ['Acknowledge', 'Withdraw it', 'Write its next revision'])
			if ((await auditor.text()).includes(no))
				throw new Error(`an auditor is shown "${no}"`);
		await play.leave(auditor);
	});
}
