// Waylay's own JavaScript client against a gateway, whose address is the argument.
'use strict'

const assert = require('node:assert/strict')
const Waylay = require('@waylay/client')

const TEMPLATE = { name: 'from JavaScript', template: 'internet.json', type: 'periodic', frequency: 900000, start: false }

async function main (gateway) {
  const waylay = new Waylay({ domain: gateway, clientID: 'any', secret: 'any' })
  const { tasks } = waylay
  const total = await tasks.count()
  assert.ok(total > 100)
  assert.equal((await tasks.list({ limit: 5, offset: 2 })).length, 5)
  assert.equal((await tasks.list({ 'tags.site': 'ghent', status: 'running', limit: 3 })).length, 3)
  const { ID } = await tasks.create(TEMPLATE)
  assert.equal(await tasks.count(), total + 1)
  assert.equal((await tasks.get(ID)).status, 'stopped')
  assert.equal((await tasks.start(ID)).status, 'running')
  await assert.rejects(tasks.remove(ID), (error) => {
    assert.equal(error.response.data.error, 'Not possible to remove task in status running')
    return true
  })
  assert.equal((await tasks.update(ID, { ...TEMPLATE, name: 'renamed', start: true })).name, 'renamed')
  await tasks.stopAndRemove(ID)
  await assert.rejects(tasks.get(ID), (error) => error.response.status === 404)
  assert.equal(await tasks.count({ name: 'renamed' }), 0)
  console.log('the JavaScript client works')
}

main(process.argv[2]).catch((error) => {
  console.error(error)
  process.exit(1)
})
