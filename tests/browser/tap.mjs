// Steps one after the other, told in TAP; tools/count counts them.
const steps = [];

export function step(name, run) {
	steps.push({ name, run });
}
// Windows are asked what is wrong with them after each step.  A step that fails ends the person's part.
export async function runAll(windows, only) {
	const lost = new Set();
	let n = 0, bad = 0;
	for (const { name, run } of steps) {
		const who = name.split(':')[0], began = Date.now();
		if (only && !name.includes(only))
			continue;
		n++;
		let wrong = [];
		if (lost.has(who)) {
			console.log(`not ok ${n} - ${name}`);
			console.log('# not come to, as what went before failed');
			bad++;
			continue;
		}
		try {
			await run();
		} catch (e) {
			wrong = String(e.stack || e).split('\n').slice(0, 12);
			lost.add(who);
		}
		for (const w of windows)
			wrong.push(...w.faults.splice(0));
		bad += wrong.length > 0;
		console.log(`${wrong.length ? 'not ok' : 'ok'} ${n} - ${name}`);
		for (const w of wrong)
			console.log('# ' + w);
		if (process.env.LYNCHPIN_TIMES)
			console.log(`# ${Date.now() - began} ms`);
	}
	console.log(`1..${n}`);
	return bad;
}
