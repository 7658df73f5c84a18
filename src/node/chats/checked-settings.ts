import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { chatSettingsSchema } from '../../storage/records.ts';
import type { ChatSettings } from '../app.ts';

/** The settings when each is in its range, as storage will read them back; throws app/bad-request. */
export function checkedSettings(settings: ChatSettings): ChatSettings {
  const result = v.safeParse(chatSettingsSchema, settings);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? 'settings';
  throw new WeftError('app/bad-request', `The settings of this chat are not valid: ${path}: ${issue.message}.`);
}
