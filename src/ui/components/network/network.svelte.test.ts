import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { WeftError } from '../../../protocol/errors.ts';
import { atStart, closeProfiles, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';
import { account, createFakeMesh, knownNode, relayLink, relayOffer } from '../../mesh.fixture.ts';

beforeEach(async () => {
  await atStart();
  history.replaceState(null, '', '#/network');
});
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const heading = (name: string) => page.getByRole('heading', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const linkField = () => page.getByRole('textbox', { name: 'Invitation link or address of a relay' });

async function openNetwork(init: Parameters<typeof createFakeMesh>[0] = {}, prepare?: (mesh: FakeMesh) => void) {
  const mesh = createFakeMesh(init);
  prepare?.(mesh);
  const { app } = openProfile(3, undefined, mesh);
  await render(App, { app });
  await expect.element(heading('Network')).toBeVisible();
  return mesh;
}
type FakeMesh = ReturnType<typeof createFakeMesh>;

describe('Network before anything is joined', () => {
  it('says so, teaches what a mesh is, and shows nobody', async () => {
    await openNetwork();
    await expect.element(page.getByText('This browser has joined no mesh.')).toBeVisible();
    await expect.element(page.getByText(/^A mesh is a group of people/)).toBeVisible();
    await expect.element(heading('Who is here')).not.toBeInTheDocument();
    await expect.element(heading('Use from your tools')).not.toBeInTheDocument();
  });

  it('looks at a pasted link, says what joining means, and joins', async () => {
    const mesh = await openNetwork();
    await expect.element(button('Look')).toBeDisabled();
    await linkField().fill('https://relay.example.org/#/join/aW52aXRl');
    await button('Look').click();
    await expect.element(page.getByText('Run by the library on Mill Street.')).toBeVisible();
    await expect.element(page.getByText(/Your link holds an invitation/)).toBeVisible();
    expect(mesh.calls).toEqual(['look https://relay.example.org/#/join/aW52aXRl']);
    await button('Join The reading room').click();
    await expect.element(page.getByText('You joined The reading room.')).toBeVisible();
    await expect.element(heading('Relays you joined')).toBeVisible();
    await expect.element(page.getByText('Nobody else is here right now. Members appear')).toBeVisible();
    expect(mesh.calls[1]).toBe('join https://relay.example.org aW52aXRl');
    await expect.element(linkField()).toHaveValue('');
  });

  it('says what is wrong with a link beside its field', async () => {
    const mesh = await openNetwork();
    mesh.next = new WeftError('mesh/bad-invite', 'This is neither an invitation nor the address of a relay.', {
      hints: ['Paste the whole link.'],
    });
    await linkField().fill('hello');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('This is neither an invitation nor the address of a relay.')).toBeVisible();
    await expect.element(linkField()).toHaveAttribute('aria-invalid', 'true');
    await linkField().fill('hell');
    await expect.element(linkField()).toHaveAttribute('aria-invalid', 'false');
  });

  it('offers the relay that served the page', async () => {
    const mesh = await openNetwork({}, (fake) => {
      fake.own = relayOffer({ name: 'This house', invite: null, admission: 'open' });
    });
    await button('Join This house').click();
    await expect.element(page.getByText('You joined This house.')).toBeVisible();
    expect(mesh.calls[0]).toBe('join https://relay.example.org without an invitation');
  });

  it('shows a refusal on the card and stays', async () => {
    const mesh = await openNetwork();
    await linkField().fill('https://relay.example.org');
    await button('Look').click();
    mesh.fails = new WeftError('mesh/invite-used', 'This invitation was used up.', {
      hints: ['Ask for a new one.'],
    });
    await button('Join The reading room').click();
    await expect.element(page.getByText('This invitation was used up.')).toBeVisible();
    await expect.element(button('Join The reading room')).toBeEnabled();
  });
});

describe('Who is here', () => {
  it('is a picture, and a table that says the same', async () => {
    const mesh = await openNetwork({ isJoined: true });
    await expect
      .element(page.getByRole('img', { name: /^You and one relay, 2 other nodes: 1 direct, 1 through a relay/ }))
      .toBeVisible();
    const [, direct, relayed] = page.getByRole('row').elements();
    expect(direct!.textContent).toMatch(/0x0101…0101.*Qwen 3 · 8B.*Answering.*12 ms.*Direct.*Good/s);
    expect(relayed!.textContent).toMatch(/0x0202…0202.*96 ms.*Through the relay/s);
    mesh.setState({ nodes: [knownNode(3, { path: null, roundTripMs: null, score: -4 })] });
    await expect.element(page.getByRole('row', { name: /0x0303…0303.*–.*Not connected.*Poor/ })).toBeVisible();
  });
});

describe('Relays', () => {
  it('say where they stand in words, with the button that may help', async () => {
    const mesh = await openNetwork({ isJoined: true });
    const error = new WeftError('mesh/relay-unreachable', 'The relay does not answer.', { hints: ['Wait a moment.'] });
    mesh.setHealth('relay-lost');
    mesh.setState({ relays: [relayLink({ phase: 'waiting', retryAtMs: Date.now() + 30_000, error: error.toWire() })] });
    await expect.element(page.getByText('Relay lost', { exact: true }).first()).toBeVisible();
    await expect.element(page.getByText(/^Not connected, tries again in \d+ s$/)).toBeVisible();
    await expect.element(page.getByText('The relay does not answer.', { exact: true })).toBeVisible();
    await button('Try again now with The reading room').click();
    expect(mesh.calls).toContain('retry https://relay.example.org');
    mesh.setState({ relays: [relayLink({ phase: 'joining' })] });
    await expect.element(page.getByText('Asking to be let in…')).toBeVisible();
    await expect.element(button('Try again now with The reading room')).not.toBeInTheDocument();
  });

  it('are left only after a second word', async () => {
    const mesh = await openNetwork({ isJoined: true });
    await button('Leave… The reading room').click();
    await dialog().getByRole('button', { name: 'Stay' }).click();
    expect(mesh.calls.filter((call) => call.startsWith('leave'))).toEqual([]);
    await button('Leave… The reading room').click();
    await dialog().getByRole('button', { name: 'Leave' }).click();
    await expect.element(page.getByText('You left The reading room.')).toBeVisible();
    await expect.element(heading('Relays you joined')).not.toBeInTheDocument();
  });
});

describe('An admin', () => {
  it('makes an invitation as a link and a picture for cameras', async () => {
    const mesh = await openNetwork({ isJoined: true, role: 'admin' });
    await button('Invite people…').click();
    const uses = dialog().getByRole('textbox', { name: 'How many people may use it' });
    await uses.fill('0');
    await dialog().getByRole('button', { name: 'Make a link' }).click();
    await expect.element(dialog().getByText('Enter a number from 1 to 1,000.')).toBeVisible();
    await expect.element(uses).toHaveFocus();
    await uses.fill('5');
    await dialog().getByRole('textbox', { name: 'Days until it runs out' }).fill('2');
    await dialog().getByRole('checkbox', { name: 'Invite as an admin' }).click();
    await dialog().getByRole('button', { name: 'Make a link' }).click();
    await expect.element(dialog().getByRole('img', { name: 'QR code of the invitation link' })).toBeVisible();
    await expect.element(dialog().getByText(/^https:\/\/relay\.example\.org\/#\/join\/aB3_/)).toBeVisible();
    await expect.element(dialog().getByText(/It counts until Nov 23, 2026/)).toBeVisible();
    expect(mesh.calls).toContain(`invite 5 ${2 * 86_400} admin`);
    await dialog().getByRole('button', { name: 'Done' }).click();
    await button('Invite people…').click();
    await expect.element(uses).toHaveValue('1');
  });

  it('sees the members and shuts one out and in again', async () => {
    const member = { role: 'member', joinedAtMs: 0, lastSeenAtMs: null, isBlocked: false } as const;
    const mesh = await openNetwork({ isJoined: true, role: 'admin' }, (fake) => {
      fake.memberList = [{ ...member, address: account(9) }];
    });
    await button('Shut out 0x0909…0909').click();
    await expect.element(page.getByText(/^0x0909…0909 is shut out/)).toBeVisible();
    await button('Let in again 0x0909…0909').click();
    await expect.element(button('Shut out 0x0909…0909')).toBeVisible();
    expect(mesh.calls).toContain(`block ${account(9)}`);
    expect(mesh.calls).toContain(`unblock ${account(9)}`);
  });

  it('is the only one who sees them', async () => {
    await openNetwork({ isJoined: true });
    await expect.element(heading('Use from your tools')).toBeVisible();
    await expect.element(heading('Members of The reading room')).not.toBeInTheDocument();
    await expect.element(button('Invite people…')).not.toBeInTheDocument();
  });
});

describe('Use from your tools', () => {
  it('tells address and model, who reads along, and gives a key once', async () => {
    const mesh = await openNetwork({ isJoined: true });
    const tools = page.getByRole('region', { name: 'Use from your tools' });
    await expect.element(tools.getByText('https://relay.example.org/v1', { exact: true })).toBeVisible();
    await expect.element(tools).toHaveTextContent(/whoever runs the relay can read your question/);
    await expect.element(tools.getByRole('combobox', { name: 'Model' })).toHaveValue('Qwen3-8B-q4f16_1-MLC');
    await tools.getByText('Examples to paste').click();
    await expect.element(tools.getByText(/curl https:\/\/relay\.example\.org\/v1\/chat\/completions/)).toBeVisible();
    await tools.getByRole('button', { name: 'Create a key…' }).click();
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await expect.element(dialog().getByText('Give it a name of up to 60 characters.')).toBeVisible();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('My editor');
    await dialog().getByRole('textbox', { name: 'Tokens a day' }).fill('10,000');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await expect.element(dialog().getByText('weft-0123456789abcdef')).toBeVisible();
    await dialog().getByRole('button', { name: 'Done' }).click();
    await expect.element(tools.getByText('Not used yet')).toBeVisible();
    await expect.element(page.getByText('weft-0123456789abcdef')).not.toBeInTheDocument();
    await button('Revoke the key My editor').click();
    await expect.element(page.getByText('The key My editor no longer works.')).toBeVisible();
    expect(mesh.calls.filter((call) => call.includes('key ') || call.startsWith('revoke'))).toEqual([
      'create key My editor 10000',
      'revoke My editor',
    ]);
  });
});

describe('Check my connection', () => {
  it('shows each finding with its verdict and what to do, and sums up', async () => {
    await openNetwork({ isJoined: true }, (fake) => {
      fake.findings = [
        { name: 'webrtc', verdict: 'good', sentence: 'This browser can connect directly.', action: null },
        { name: 'clock', verdict: 'poor', sentence: 'Your clock is 40 s behind.', action: 'Set it by the network.' },
        { name: 'providers', verdict: 'bad', sentence: 'Nobody answers questions.', action: 'Ask somebody to.' },
      ];
    });
    await button('Check').click();
    await expect.element(page.getByText('Done: one thing does not work.')).toBeVisible();
    const list = page.getByRole('region', { name: 'Check my connection' }).getByRole('listitem');
    await expect.element(list.nth(0)).toHaveTextContent(/Direct connections Good/);
    await expect.element(list.nth(1)).toHaveTextContent(/Your clock Could be better.*Set it by the network\./);
    await expect.element(list.nth(2)).toHaveTextContent(/Does not work.*Ask somebody to\./);
    await expect.element(button('Check again')).toBeEnabled();
  });

  it('that breaks off says why', async () => {
    const mesh = await openNetwork();
    mesh.fails = new WeftError('app/no-leader', 'No tab leads right now.');
    await button('Check').click();
    await expect.element(page.getByText('No tab leads right now.')).toBeVisible();
  });
});

describe('An invitation that is opened', () => {
  async function openLink(prepare?: (mesh: FakeMesh) => void) {
    const mesh = createFakeMesh();
    prepare?.(mesh);
    const { app } = openProfile(3, undefined, mesh);
    history.replaceState(null, '', '#/join/aW52aXRl');
    await render(App, { app });
    await expect.element(heading('Join')).toBeVisible();
    return mesh;
  }

  it('shows who runs it before anything is joined', async () => {
    const mesh = await openLink();
    await expect.element(page.getByText('Run by the library on Mill Street.')).toBeVisible();
    expect(mesh.calls).toEqual([`look ${location.origin}/#/join/aW52aXRl`]);
    await button('Join The reading room').click();
    await expect.element(heading('Network')).toBeVisible();
    expect(location.hash).toBe('#/network');
  });

  it('that is spent says so and leads on', async () => {
    await openLink((fake) => {
      fake.next = new WeftError('mesh/invite-expired', 'This invitation has run out.', { hints: ['Ask for another.'] });
    });
    await expect.element(page.getByText('This invitation has run out.')).toBeVisible();
    await button('Go on without it').click();
    await expect.element(page.getByRole('textbox', { name: 'Message', exact: true })).toBeVisible();
  });

  it('of a relay that does not answer can be tried again', async () => {
    const mesh = await openLink((fake) => {
      fake.next = new WeftError('mesh/relay-unreachable', 'The relay does not answer.', { retryable: true });
    });
    await expect.element(page.getByText('The relay does not answer.')).toBeVisible();
    mesh.next = relayOffer({ isJoined: true });
    await button('Try again').click();
    await expect.element(page.getByText('You have joined this mesh already.')).toBeVisible();
    await expect.element(page.getByText('The relay does not answer.')).not.toBeInTheDocument();
  });
});

describe('The network in the list of places', () => {
  it('tells how it is, also to a screen reader', async () => {
    const mesh = await openNetwork({ isJoined: true });
    await expect.element(page.getByRole('link', { name: 'Network Connected' })).toBeVisible();
    mesh.setHealth('refused');
    await expect.element(page.getByRole('link', { name: 'Network Not let in' })).toBeVisible();
    mesh.setHealth('off');
    await expect.element(page.getByRole('link', { name: 'Network', exact: true })).toBeVisible();
  });
});
