import { expect, test } from 'vitest';
import { faultText, invitationText } from './text-invitation';

const LINK = 'https://host/m/abcdefghijklmnop#secret.hash.p';

test('an encrypted invitation has all that a guest needs (R1)', () => {
  const wish = { title: 'Council', when: ' Thursday, 19:00 ', message: 'Bring the plan.\n', link: LINK };
  expect(invitationText({ ...wish, password: 'seven quiet otters' })).toBe(`You are invited to “Council”.

When: Thursday, 19:00

Bring the plan.

Open this link in your browser, on a computer or a phone. There is nothing to install and no account to make:
${LINK}

You will be asked for this password:
seven quiet otters

Keep both to yourself: they open the door.
`);
});

test('what there is not leaves no gap', () => {
  const text = invitationText({ title: '', when: ' ', message: '\n', link: LINK, password: null });
  expect(text).toBe(`You are invited to a meeting.

Open this link in your browser, on a computer or a phone. There is nothing to install and no account to make:
${LINK}

Keep the link to yourself: it opens the door.
`);
});

test('a fault names whose key it is, whatever the name', () => {
  expect(faultText('expired', 'A $& B')).toBe('The key of A $& B has expired. Ask for the present one.');
});
