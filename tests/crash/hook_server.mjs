// A real receiver of webhooks over HTTPS, which checks what comes with npm's standardwebhooks.
// usage: hook_server.mjs FOLDER MODULES       FOLDER has cert.pem and key.pem
// Says its port; appends "ID KIND ALERT..." to FOLDER/hooks for each that is right, "BAD why" else.  Answers
// with the status in FOLDER/answer, if there, and takes FOLDER/hook-slow seconds.  The secret is read from
// FOLDER/secret, what time it is from FOLDER/now.  Ends with its standard input.
import fs from 'node:fs'
import https from 'node:https'
import { createRequire } from 'node:module'

const [folder, modules] = process.argv.slice(2)
const { Webhook } = createRequire(modules + '/')('standardwebhooks')
const read = (name) => fs.existsSync(`${folder}/${name}`) ? fs.readFileSync(`${folder}/${name}`, 'utf8').trim() : ''
Date.now = () => Date.parse(read('now'))
const server = https.createServer({ cert: read('cert.pem'), key: read('key.pem') }, (req, res) => {
	let body = ''
	req.on('data', (piece) => { body += piece })
	req.on('end', () => {
		try {
			const said = new Webhook(read('secret')).verify(body, req.headers)
			const about = said.data.notices.map((n) => `${n.kind} ${n.alert}`).join(' ')
			fs.appendFileSync(`${folder}/hooks`, `${req.headers['webhook-id']} ${about}\n`)
			res.statusCode = Number(read('answer') || 204)
			if (res.statusCode >= 300 && res.statusCode < 400)
				res.setHeader('Location', 'https://127.0.0.1:1/')
		} catch (e) {
			fs.appendFileSync(`${folder}/hooks`, `BAD ${e.message}\n`)
			res.statusCode = 400
		}
		setTimeout(() => res.end(), 1000 * Number(read('hook-slow') || 0))
	})
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('data', () => {}).on('end', () => process.exit(0))
