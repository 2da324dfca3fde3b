// Reads documents as JSON lines and says of each whether PostHog's rich-text editor accepts it.
//
// The first argument: PostHog's own nodes, as JSON {"blocks": {type: attrs}, "inline": {type: attrs}}
// with the default of each attribute. One JSON line is printed for each that is read:
// {"problem": null} where it is accepted, else with what ProseMirror says.

import { createInterface } from 'node:readline'

import { Mark, Node, getSchema } from '@tiptap/core'
import { TaskItem, TaskList } from '@tiptap/extension-list'
import { TableKit } from '@tiptap/extension-table'
import { StarterKit } from '@tiptap/starter-kit'

const withDefaults = (attrs) => () =>
    Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, { default: value }]))

const atoms = (types, options) =>
    Object.entries(types).map(([name, attrs]) =>
        Node.create({ name, atom: true, addAttributes: withDefaults(attrs), ...options })
    )

const own = JSON.parse(process.argv[2])
const schema = getSchema([
    StarterKit,
    TaskList,
    TaskItem.configure({ nested: true }),
    TableKit,
    Mark.create({ name: 'comment', addAttributes: withDefaults({ id: null }) }),
    ...atoms(own.blocks, { group: 'block' }),
    ...atoms(own.inline, { group: 'inline', inline: true }),
])

for await (const line of createInterface({ input: process.stdin })) {
    let problem = null
    try {
        schema.nodeFromJSON(JSON.parse(line)).check()
    } catch (error) {
        problem = String(error.message)
    }
    console.log(JSON.stringify({ problem }))
}
