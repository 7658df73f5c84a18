import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it } from 'vitest';
import { messageImage, storedImage } from '../../storage/images.fixture.ts';
import { messageOf } from '../../storage/records.fixture.ts';
import { settledView, textsOf } from '../app.fixture.ts';
import type { AttachedImage } from '../app.ts';
import { SEEING_ID } from '../engine.fixture.ts';
import { closeApps, openApp } from './ask.fixture.ts';
import { turnsOf } from './turns.ts';

afterEach(closeApps);

const pictureOf = (number: number, name: string): AttachedImage => {
  const { mimeType, width, height, bytes } = storedImage(number);
  return { mimeType, width, height, bytes, name };
};
const cat = pictureOf(1, 'cat.png');
const dog = pictureOf(2, 'dog.png');
const shown = ({ name: _name, ...image }: AttachedImage) => image;

describe('asking with pictures', () => {
  const openSeeing = async () => {
    const opened = openApp();
    await expect.poll(() => opened.app.engine.models.current.map(({ id }) => id)).toContain(SEEING_ID);
    await opened.app.engine.selectModel(SEEING_ID);
    return opened;
  };

  it('shows them to a model that sees, now and with every later question', async () => {
    const { app, scripted } = await openSeeing();
    const { conversationId } = await app.ask.send(null, 'Who is this?', { images: [cat, dog] });
    const view = await settledView(app, conversationId);
    expect(view.branch[0]?.message.images).toEqual([
      messageImage(storedImage(1), 'cat.png'),
      messageImage(storedImage(2), 'dog.png'),
    ]);
    await app.ask.send(conversationId, 'And the other?');
    await settledView(app, conversationId);
    const question = { role: 'user', content: 'Who is this?', images: [shown(cat), shown(dog)] };
    expect(scripted.requests[0]?.turns[1]).toEqual(question);
    expect(scripted.requests[1]?.turns[1]).toEqual(question);
    const blob = await app.chats.image(storedImage(1).sha256);
    expect(blob?.type).toBe('image/png');
    expect(new Uint8Array(await blob!.arrayBuffer())).toEqual(cat.bytes);
  });

  it('leaves them out for a model that does not see', async () => {
    const { app, scripted } = await openSeeing();
    const { conversationId } = await app.ask.send(null, 'Who is this?', { images: [cat] });
    await settledView(app, conversationId);
    await app.engine.selectModel('other');
    await app.ask.send(conversationId, 'And now?');
    await settledView(app, conversationId);
    expect(scripted.requests[1]?.turns[1]).toEqual({ role: 'user', content: 'Who is this?' });
  });

  it('takes a question without words, titled by the picture, and keeps it in another wording', async () => {
    const { app, scripted } = await openSeeing();
    const { conversationId } = await app.ask.send(null, ' ', { images: [cat] });
    const view = await settledView(app, conversationId);
    expect(view.conversation.title).toBe('cat.png');
    await app.ask.edit(view.branch[0]!.message.id, 'Who is this?');
    const edited = await settledView(app, conversationId);
    expect(textsOf(edited)[0]).toBe('Who is this?');
    expect(edited.branch[0]?.message.images).toEqual(view.branch[0]?.message.images);
    expect(scripted.requests[1]?.turns[1]).toMatchObject({ images: [shown(cat)] });
  });

  it('refuses more than four, and what is no picture', async () => {
    const { app } = await openSeeing();
    const many = app.ask.send(null, 'x', { images: [cat, cat, cat, cat, cat] });
    await expect(many).rejects.toMatchObject({ code: 'app/bad-request' });
    const drawing = { ...cat, bytes: new TextEncoder().encode('<svg/>') };
    await expect(app.ask.send(null, 'x', { images: [drawing] })).rejects.toMatchObject({ code: 'app/bad-request' });
    expect(app.chats.list.current.chats).toEqual([]);
  });

  it('brings them along in an export', async () => {
    const { app } = await openSeeing();
    const { conversationId } = await app.ask.send(null, 'Who is this?', { images: [cat, dog] });
    await settledView(app, conversationId);
    const { blob } = await app.chats.exportAll();
    const other = openApp();
    const report = await other.app.chats.importFile(blob);
    expect(report.skipped).toEqual([]);
    const [message] = (await settledView(other.app, report.chatIds[0]!)).branch;
    expect(message?.message.images).toHaveLength(2);
    expect((await other.app.chats.image(storedImage(2).sha256))?.size).toBe(dog.bytes.length);
  });

  it('deletes them with the chat', async () => {
    const { app } = await openSeeing();
    const { conversationId } = await app.ask.send(null, 'Who is this?', { images: [cat] });
    await settledView(app, conversationId);
    await app.chats.purge(conversationId);
    expect(await app.chats.image(storedImage(1).sha256)).toBeNull();
  });
});

describe('turns with pictures', () => {
  const question = (number: number, text: string) =>
    messageOf('c', `u${number}`, { text, images: [messageImage(storedImage(number), `${number}.png`)] });
  const images = new Map([1, 2].map((number) => [storedImage(number).sha256, shown(pictureOf(number, ''))]));

  it('become one where no answer stands between them', () => {
    expect(turnsOf([question(1, ''), question(2, 'Both?')], '', images)).toEqual([
      { role: 'user', content: 'Both?', images: [...images.values()] },
    ]);
  });

  it('name a picture that is gone or not seen, where there are no words', () => {
    expect(turnsOf([question(3, '')], '', images)).toEqual([{ role: 'user', content: '[Picture: 3.png]' }]);
    expect(turnsOf([question(1, 'What?')], '')).toEqual([{ role: 'user', content: 'What?' }]);
  });
});
