import { expect, it } from 'vitest';
import type { ModelEntry } from '../../node/app.ts';
import { modelEntry } from '../models.fixture.ts';
import { DownloadNews } from './download-news.ts';

const state = (stored: ModelEntry['stored']) => ({
  status: 'ready' as const,
  entries: [modelEntry('m', { stored })],
  hosts: [],
  areHostsAllowed: false,
  adapter: null,
});

it('tells once that a download ended, and how', () => {
  const news = new DownloadNews();
  const kinds = (stored: ModelEntry['stored']) => news.read(state(stored)).map(({ kind }) => kind);
  expect(kinds('downloading')).toEqual([]);
  expect(kinds('ready')).toEqual(['ready']);
  expect(kinds('ready')).toEqual([]);
  expect(kinds('waiting')).toEqual([]);
  expect(kinds('failed')).toEqual(['failed']);
});

it('says nothing of what was over before, paused or cancelled', () => {
  const news = new DownloadNews();
  expect(news.read(state('ready'))).toEqual([]);
  news.read(state('downloading'));
  expect(news.read(state('paused'))).toEqual([]);
  // A check found a damaged file of a paused model: the person is told by the check.
  expect(news.read(state('failed'))).toEqual([]);
  news.read(state('downloading'));
  expect(news.read(state('absent'))).toEqual([]);
});
