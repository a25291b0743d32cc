// SPDX-License-Identifier: Apache-2.0
import { gitProgram } from '../../test/support/git.ts'
import type { Part, Say } from './part.ts'
import { tellPublishingStory } from './publishing-story.ts'

/** Tells the story of those who release, install and steal, command by command. Needs git, since releases are tags. */
export async function publishingPart(say: Say): Promise<Part> {
  if (gitProgram === undefined) return { state: 'not done', summary: 'there is no git here, and releases are tags' }
  const { scenes, scene } = await tellPublishingStory()
  await scene.close()
  for (const { title, command, ran } of scenes)
    say(`  ${title}\n\n  $ ${command}\n${indent(`${ran.stdout}${ran.stderr}`.trimEnd())}\n`)
  const wrong = scenes.filter(({ ran, expectedCode }) => ran.code !== expectedCode)
  return wrong.length === 0
    ? {
        state: 'as documented',
        summary:
          'published without a token, and a stolen one refused by the guard, by who installs, and by the registry',
      }
    : {
        state: 'not as documented',
        summary: wrong.map(({ title, ran }) => `${title}: exit code ${ran.code}`).join('; '),
      }
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gmu, '    ')
}
